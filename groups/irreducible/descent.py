"""Galois descent: an irreducible representation over K rewritten over a smaller field.

Let ρ be over an abelian field K, its character in F ⊂ K, and σ a generator of the Galois group of K/L, F ⊆ L, of prime
degree p. Then ρ and σ(ρ) are isomorphic: σ(ρ(g)) T = T ρ(g) for a matrix T, unique up to a factor from K, and

    σ^{p−1}(T) ⋯ σ(T) T = c I   with c in L.

ρ can be written over L if and only if c = N_{K/L}(a) for some a in K (Schur index 1 over L). Then T/a satisfies the
equation with c = 1, v ↦ (T/a)^{−1} σ(v) generates an action of the Galois group on K^d, and any basis P of fixed
vectors gives σ(P) = (T/a) P (Hilbert 90), so that P^{−1} ρ P has its entries in L.

For ρ of real type the same is done with σ the complex conjugation and √c in place of a, a solution over K(√c): so ρ can
be written over the real field K(√c) ∩ R. Sources: I. M. Isaacs, Character Theory of Finite Groups, chapter 10;
S. P. Glasby and R. B. Howlett, Writing representations over minimal fields, Comm. Algebra 25 (1997).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from math import lcm

from flint import fmpz

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.exact_matrix import ExactMatrix
from ..arithmetic.square_roots import square_root
from ..fields.local_norms import local_degree
from ..fields.norm_equation import norm, solve_norm
from ..fields.number_field import NumberField, conjugate, galois

Intertwiner = Callable[[int], ExactMatrix]  # k ↦ T with σ_k(ρ(g)) T = T ρ(g)


@dataclass(frozen=True)
class Form:
    """A representation over a field, as matrices of generators with an invariant form.

    Attributes:
        images: ρ of the generators.
        form: the invariant Hermitian form.
        field: K, which holds all entries.
        modulus: N, such that Q(ζ_N) holds these matrices and all that they came from.
        change: P with images = P⁻¹ (first images) P.
        index: a number that divides the Schur index, proved by norm equations without a solution.
    """

    images: tuple[ExactMatrix, ...]
    form: ExactMatrix
    field: NumberField
    modulus: int
    change: ExactMatrix
    index: int = 1

    def changed(self, step: ExactMatrix, field: NumberField) -> Form:
        """In the basis given by the columns of `step`."""
        images = tuple(step.solve(matrix @ step) for matrix in self.images)
        modulus = lcm(self.modulus, field.conductor)
        form = step.H @ self.form @ step
        # The form is unique up to a factor; ⟨e_1, e_1⟩ = 1 puts it over the field. That number is totally positive.
        form = form * form[0, 0].inverse()
        return Form(images, form, field, modulus, self.change @ step)


def descend_to(start: Form, target: NumberField, least: int, twist: Intertwiner) -> Form:
    """The representation over as small a field between `target` and its present one as is found.

    Args:
        start: matrices over a field K.
        target: F, the field of the character.
        least: a number known to divide the Schur index; no field of smaller degree over F is looked for.
        twist: intertwiners for the first images, k prime to the modulus.
    """
    return _Search(target, least, twist).smallest(start)


@dataclass
class _Search:
    """Depth first through the fields between, until one of the least degree is reached."""

    target: NumberField
    least: int
    twist: Intertwiner
    seen: dict[NumberField, Form] = field(default_factory=dict)
    index: int = 1  # known to divide the Schur index

    def smallest(self, current: Form) -> Form:
        """The best form that can be reached from the current one."""
        if current.field in self.seen:
            return self.seen[current.field]
        self.seen[current.field] = best = current
        for lower, k, prime in self.steps(current):
            if self.reached(best):
                break
            smaller, place = _step(current, lower, k, prime, self.twist)
            if smaller is not None:
                found = self.smallest(smaller)
                best = found if found.field.degree < best.field.degree else best
                self.index = lcm(self.index, found.index)
            elif place is not None:
                self.index = lcm(self.index, self.proved_index(lower, prime, place))
        best = replace(best, index=lcm(best.index, self.index))
        self.seen[current.field] = best
        return best

    def proved_index(self, lower: NumberField, prime: int, place: int) -> int:
        """What divides the Schur index if the algebra of ρ has index p over L at a place above q.

        The local index i over F has p | i/gcd(i, t), t = [L_q : F_q], so p times the power of p in t divides it.
        """
        t = local_degree(lower, place) // local_degree(self.target, place)
        power = prime
        while t % prime == 0:
            t, power = t // prime, power * prime
        return power

    def reached(self, form: Form) -> bool:
        """Whether no smaller field can exist."""
        return form.field.degree <= lcm(self.least, self.index) * self.target.degree

    def steps(self, current: Form) -> list[tuple[NumberField, int, int]]:
        """The fields L with F ⊆ L ⊂ K of prime degree p = [K : L], a generator σ_k, and p; small p first."""
        n = current.modulus
        inside = current.field.over(n)
        found: dict[NumberField, tuple[int, int]] = {}
        for k in sorted(self.target.over(n) - inside):
            power, order = k, 1
            while power not in inside:
                power, order = power * k % n, order + 1
            if fmpz(order).is_prime():
                found.setdefault(NumberField.fixed_by(n, {*inside, k}), (k, order))
        return sorted(((lower, k, p) for lower, (k, p) in found.items()), key=lambda step: (step[2], step[0].conductor))


def _step(current: Form, lower: NumberField, k: int, prime: int, twist: Intertwiner) -> tuple[Form | None, int | None]:
    """The form over `lower`, or None and a place where it is proved impossible, if there is one."""
    cocycle, scalar = _simplest(_normalised(_twisted(current, k, twist)), k, prime)
    answer = solve_norm(current.field, lower, k, scalar)
    if answer.solution is None:
        return None, answer.place
    basis = _fixed_basis(cocycle * answer.solution.inverse(), k, prime, current.field)
    return current.changed(basis, lower), None


def _simplest(cocycle: ExactMatrix, k: int, prime: int) -> tuple[ExactMatrix, Cyclotomic]:
    """T divided by one of its entries so that c becomes as simple as possible, and c."""
    scalar = _scalar(cocycle, k, prime)
    size = cocycle.shape[0]
    entries = {cocycle[i, j] for i in range(min(size, 6)) for j in range(min(size, 6))}
    best = Cyclotomic([1])
    for entry in entries:
        if entry and _height(scalar / norm(entry, k, prime)) < _height(scalar / norm(best, k, prime)):
            best = entry
    return cocycle * best.inverse(), scalar / norm(best, k, prime)


def _height(value: Cyclotomic) -> tuple[int, int]:
    """How complicated a number is: its conductor, and the digits of its coefficients."""
    return value.conductor, sum(abs(c.numerator) + c.denominator for c in value.coefficients)


def _twisted(current: Form, k: int, twist: Intertwiner) -> ExactMatrix:
    """σ(P)⁻¹ T P, the intertwiner of the changed representation."""
    return galois(current.change, k).solve(twist(k) @ current.change)


def _normalised(matrix: ExactMatrix) -> ExactMatrix:
    """The multiple whose first non-zero entry of the first column is a positive integer, over one denominator.

    Its entries lie where those of ρ do.
    """
    lead = next(value for value in (matrix[i, 0] for i in range(matrix.shape[0])) if value)
    scaled = (matrix * lead.inverse()).reduced()
    return scaled * lcm(*(int(part.numer_denom()[1]) for part in scaled._parts))


def _scalar(cocycle: ExactMatrix, k: int, prime: int) -> Cyclotomic:
    """C with σ^{p−1}(T) ⋯ σ(T) T = c I, from the first column."""
    column, moved = cocycle.submatrix(range(cocycle.shape[0]), [0]), cocycle
    for _ in range(prime - 1):
        moved = galois(moved, k)
        column = moved @ column
    return column[0, 0]


def _fixed_basis(cocycle: ExactMatrix, k: int, prime: int, field: NumberField) -> ExactMatrix:
    """An invertible P with σ(P) = T P: sums Σ_i φ^i(t e_j) with φ(v) = T⁻¹ σ(v), t running through the field.

    P_t = Σ_i σ^i(t) M_i with M_0 = I, M_i = M_{i−1} σ^{i−1}(T⁻¹).
    """
    size = cocycle.shape[0]
    inverse = cocycle.inverse()
    terms = [ExactMatrix.identity(size)]
    moved = inverse
    for _ in range(prime - 1):
        terms.append(terms[-1] @ moved)
        moved = galois(moved, k)
    columns: list[ExactMatrix] = []
    for t in _trial_numbers(field):
        images = [t]
        for _ in range(prime - 1):
            images.append(conjugate(images[-1], k))
        total = ExactMatrix.zeros(size, size)
        for factor, term in zip(images, terms, strict=True):
            total = total + term * factor
        columns.append(total)
        stacked = ExactMatrix.hstack(columns)
        pivots = stacked.rref()[1]
        if len(pivots) == size:
            return _primitive(stacked.submatrix(range(size), pivots))
    raise AssertionError("by Hilbert 90 the fixed vectors span")


def _trial_numbers(field: NumberField) -> list[Cyclotomic]:
    basis = list(field.basis)
    return basis + [a + b for a, b in combinations(basis, 2)]


def _primitive(matrix: ExactMatrix) -> ExactMatrix:
    """Each column divided by the content of its rational coefficients: the same lines, smaller numbers."""
    size = matrix.shape[0]
    scales = []
    for j in range(matrix.shape[1]):
        entries = [c for part in matrix._parts for c in (part[i, j] for i in range(size)) if c != 0]
        numerator, denominator = 0, 1
        for c in entries:
            numerator, denominator = int(fmpz(numerator).gcd(c.p)), lcm(denominator, int(c.q))
        scales.append(Fraction(denominator, numerator))
    return matrix @ ExactMatrix.diagonal(scales)


def through_quadratic_fields(start: Form, target: NumberField, radicands: Iterable[int], twist: Intertwiner) -> Form:
    """As `descend_to`, to quadratic extensions F(√d) that need not lie in the present field K.

    Over K(√d) nothing changes, and if F(√d) splits the algebra there is a way down to it.

    Args:
        start: matrices over a field K.
        target: F, the field of the character.
        radicands: the d to try, squarefree integers.
        twist: intertwiners for the first images.
    """
    for d in radicands:
        quadratic = target * NumberField.quadratic(d)
        if quadratic == target or start.field.contains_field(quadratic):
            continue
        larger = replace(start, field=start.field * quadratic, modulus=lcm(start.modulus, quadratic.conductor))
        found = descend_to(larger, quadratic, 1, twist)
        if found.field == quadratic:
            return found
    return start


def make_real(current: Form, twist: Intertwiner) -> Form | None:
    """A representation of real type over a real field, by adjoining the root of a rational number if need be.

    Returns:
        None if the intertwiner T with the complex conjugate has T̄ T = c I with c not rational.
    """
    if current.field.is_real:
        return current
    cocycle = _normalised(_twisted(current, current.modulus - 1, twist))
    scalar = _scalar(cocycle, current.modulus - 1, 2)
    if not scalar.is_rational or scalar.sign() <= 0:
        return None
    root = square_root(scalar.to_fraction())
    lower = NumberField.fixed_by(current.modulus, {*current.field.over(current.modulus), current.modulus - 1})
    real = lower * NumberField.containing([root])
    whole = lcm(current.modulus, root.conductor)
    basis = _fixed_basis(cocycle * root.inverse(), whole - 1, 2, current.field * real)
    return current.changed(basis, real)


def radicands(order: int, signs: Sequence[int]) -> list[int]:
    """Squarefree d, small ones first, whose square roots are worth adjoining: products of primes that divide 2|G|."""
    found = {1}
    for q, _ in fmpz(2 * order).factor():
        found |= {d * int(q) for d in found}
    return [sign * d for d in sorted(found) for sign in signs if sign * d != 1]
