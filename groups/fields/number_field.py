"""Abelian number fields: the subfields K of the cyclotomic fields Q(ζ_n).

By the theorem of Kronecker and Weber these are all abelian extensions of Q. A field is given by n and by the subgroup
S of (Z/n)^× that fixes it: K = {x ∈ Q(ζ_n) : σ_k(x) = x for k ∈ S}, where σ_k(ζ_n) = ζ_n^k.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, lcm

from flint import fmpq_mat, fmpz

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.cyclotomic_field import combine, field_degree, root_powers
from ..arithmetic.exact_matrix import ExactMatrix
from ..errors import FieldError

KEPT = 32  # numbers n whose units are kept


@lru_cache(maxsize=KEPT)
def units(n: int) -> tuple[int, ...]:
    """The residues prime to n, as numbers from 1 to n."""
    return tuple(k for k in range(1, n + 1) if gcd(k, n) == 1)


@dataclass(frozen=True)
class NumberField:
    """An abelian number field.

    Attributes:
        conductor: the least n with K ⊆ Q(ζ_n).
        fixing: the residues k modulo n with σ_k the identity on K.

    Example:
        >>> from bistate.groups import E
        >>> field = NumberField.containing([E(5) + E(5)**4])
        >>> field.degree, str(field), str(NumberField.cyclotomic(12)), field.is_real
        (2, 'Q(√5)', 'Q(ζ_12)', True)
    """

    conductor: int
    fixing: frozenset[int]

    @classmethod
    def fixed_by(cls, n: int, fixing: Iterable[int]) -> NumberField:
        """The subfield of Q(ζ_n) that the automorphisms σ_k, k in `fixing`, leave fixed, at its own conductor."""
        group = generated(n, fixing)
        for prime, _ in fmpz(n).factor() if n > 1 else []:
            while n % int(prime) == 0:
                smaller = n // int(prime)
                # K lies in Q(ζ_m) when every σ_k with k ≡ 1 modulo m fixes it.
                if not all(k in group for k in units(n) if (k - 1) % smaller == 0):
                    break
                group, n = frozenset(k % smaller or 1 for k in group), smaller
        return cls(n, group)

    @classmethod
    def containing(cls, values: Iterable[Cyclotomic]) -> NumberField:
        """Q(values): the smallest field that holds all the values."""
        distinct = set(values)
        n = lcm(*(value.conductor for value in distinct))
        irrational = [value for value in distinct if not value.is_rational]
        return cls.fixed_by(n, (k for k in units(n) if all(value.galois(k) == value for value in irrational)))

    @classmethod
    def of_matrices(cls, matrices: Iterable[ExactMatrix]) -> NumberField:
        """The smallest field that holds all entries of the matrices."""
        reduced = [matrix.reduced() for matrix in matrices]
        irrational = [matrix for matrix in reduced if matrix.conductor > 1]
        n = lcm(*(matrix.conductor for matrix in irrational))
        return cls.fixed_by(n, (k for k in units(n) if all(galois(matrix, k) == matrix for matrix in irrational)))

    @classmethod
    def cyclotomic(cls, n: int) -> NumberField:
        """Q(ζ_n)."""
        return cls.fixed_by(n, [1])

    @classmethod
    def quadratic(cls, d: int) -> NumberField:
        """Q(√d) for a squarefree integer d ≠ 1: σ_k(√d) = (D/k) √d, D its discriminant."""
        discriminant = d if d % 4 == 1 else 4 * d
        n = abs(discriminant)
        return cls.fixed_by(n, (k for k in units(n) if kronecker_symbol(discriminant, k) == 1))

    @property
    def degree(self) -> int:
        """[K : Q]."""
        return field_degree(self.conductor) // len(self.fixing)

    @property
    def is_rational(self) -> bool:
        """Whether K = Q."""
        return self.conductor == 1

    @property
    def is_real(self) -> bool:
        """Whether K lies in the real numbers: complex conjugation fixes it."""
        return self.conductor - 1 in self.fixing or self.conductor <= 2

    def over(self, n: int) -> frozenset[int]:
        """The subgroup of (Z/n)^× that fixes K, for a multiple n of the conductor."""
        if n % self.conductor:
            raise FieldError(f"{self} has conductor {self.conductor}, which does not divide {n}")
        return frozenset(k for k in units(n) if (k % self.conductor or 1) in self.fixing)

    def __contains__(self, value: Cyclotomic) -> bool:
        n = lcm(self.conductor, value.conductor)
        return all(value.galois(k % value.conductor) == value for k in self.over(n)) if value.conductor > 1 else True

    def contains_field(self, other: NumberField) -> bool:
        """Whether the other field is a subfield of this one."""
        n = lcm(self.conductor, other.conductor)
        return self.over(n) <= other.over(n)

    def __mul__(self, other: NumberField) -> NumberField:
        """The compositum: the smallest field that holds both."""
        n = lcm(self.conductor, other.conductor)
        return NumberField.fixed_by(n, self.over(n) & other.over(n))

    def embeddings(self) -> list[int]:
        """One k for each embedding K → C, x ↦ σ_k(x); the identity first."""
        found, seen = [], set[int]()
        for k in units(self.conductor):
            if k not in seen:
                found.append(k)
                seen |= {k * s % self.conductor or 1 for s in self.fixing}
        return found

    @cached_property
    def basis(self) -> tuple[Cyclotomic, ...]:
        """A basis of K over Q of algebraic integers, 1 first: traces of powers of ζ_n down to K, n the conductor."""
        chosen: list[Cyclotomic] = []
        rank = 0
        for j in range(self.conductor):
            trace = _trace(j, self)
            rows = [list(value.over(self.conductor)) for value in (*chosen, trace)]
            larger = fmpq_mat(rows).rank()
            if larger > rank:
                chosen.append(trace)
                rank = larger
            if rank == self.degree:
                break
        return tuple(chosen)

    @cached_property
    def _coordinates(self) -> tuple[tuple[int, ...], fmpq_mat]:
        """Coefficient positions that determine an element of K, and the matrix from there to basis coordinates."""
        rows = fmpq_mat([list(value.over(self.conductor)) for value in self.basis])  # (degree, φ(n))
        echelon, rank = rows.rref()
        pivots, row = [], 0
        for column in range(rows.ncols()):
            if row < rank and echelon[row, column] == 1 and all(echelon[i, column] == 0 for i in range(row)):
                pivots.append(column)
                row += 1
        square = fmpq_mat([[rows[i, column] for column in pivots] for i in range(rank)])
        return tuple(pivots), square.inv()

    def parts(self, matrix: ExactMatrix) -> list[fmpq_mat]:
        """The rational matrices R_i with matrix = Σ_i R_i b_i, b the basis.

        Raises:
            FieldError: if an entry does not lie in K.
        """
        matrix = matrix if self.conductor % matrix.conductor == 0 else matrix.reduced()
        if self.conductor % matrix.conductor:
            raise FieldError(f"a matrix over Q(ζ_{matrix.conductor}) does not lie over {self}")
        pivots, inverse = self._coordinates
        coefficients = matrix._over(self.conductor)
        found = []
        for i in range(self.degree):
            total = fmpq_mat(*matrix.shape)
            for row, column in enumerate(pivots):
                if inverse[row, i] != 0:
                    total = total + coefficients[column] * inverse[row, i]
            found.append(total)
        return found

    def multiplication(self, value: Cyclotomic) -> fmpq_mat:
        """The matrix of y ↦ value·y on K in the basis: (degree, degree)."""
        pivots, inverse = self._coordinates
        products = [(value * b).over(self.conductor) for b in self.basis]
        rows = fmpq_mat([[product[column] for column in pivots] for product in products]) * inverse
        return rows.transpose()

    def trace(self, value: Cyclotomic) -> Fraction:
        """Tr_{K/Q}(value) of an element of K: that from its own cyclotomic field Q(ζ_m), times [K:Q]/φ(m)."""
        n = value.conductor
        total = sum((c * ramanujan_sum(n, j) for j, c in enumerate(value.coefficients)), start=Fraction(0))
        return total * self.degree / field_degree(n)

    def norm(self, value: Cyclotomic) -> Fraction:
        """N_{K/Q}(value) of an element of K."""
        result = Cyclotomic([1])
        for k in self.embeddings():
            result = result * conjugate(value, k)
        return result.to_fraction()

    def __str__(self) -> str:
        if self.is_rational:
            return "Q"
        if self.degree == 2:
            return f"Q(√{self._radicand})"
        if len(self.fixing) == 1:
            return f"Q(ζ_{self.conductor})"
        if self.fixing == {1, self.conductor - 1}:
            return f"Q(ζ_{self.conductor})⁺"
        fixing = ", ".join(str(k) for k in sorted(self.fixing))
        return f"Q(ζ_{self.conductor})^{{{fixing}}}"

    @property
    def _radicand(self) -> int:
        """The squarefree d with K = Q(√d): its discriminant is ± the conductor."""
        d = self.conductor if self.is_real else -self.conductor
        return d // 4 if self.conductor % 4 == 0 else d


def generated(n: int, generators: Iterable[int]) -> frozenset[int]:
    """The subgroup of (Z/n)^× that some numbers generate: one after the other, with its powers until one is known."""
    found = {1}
    for k in generators:
        powers, power = [1], k % n or 1
        while power not in found:
            powers.append(power)
            power = power * k % n or 1
        if len(powers) > 1:
            found = {a * b % n or 1 for a in found for b in powers}
    return frozenset(found)


def _trace(j: int, field: NumberField) -> Cyclotomic:
    """Σ_{k∈S} ζ_n^{jk}; for j = 0 the number 1."""
    if j == 0:
        return Cyclotomic([1])
    n = field.conductor
    coefficients = combine(n, [(j * k, 1) for k in field.fixing], 0)
    return Cyclotomic(coefficients, n) if len(field.fixing) > 1 else Cyclotomic(root_powers(n)[j], n)


def ramanujan_sum(n: int, j: int) -> int:
    """Tr(ζ_n^j) = Σ_k ζ_n^{jk} over k prime to n: μ(n/g) φ(n)/φ(n/g), g = gcd(n, j) (Hölder)."""
    reduced = n // gcd(n, j)
    factors = fmpz(reduced).factor() if reduced > 1 else []
    if any(exponent > 1 for _, exponent in factors):
        return 0
    return (-1) ** len(factors) * field_degree(n) // field_degree(reduced)


def kronecker_symbol(discriminant: int, k: int) -> int:
    """The Kronecker symbol (D/k) for k > 0 prime to D."""
    result = 1
    for q, exponent in fmpz(k).factor() if k > 1 else []:
        if int(q) == 2:
            symbol = 1 if discriminant % 8 == 1 else -1
        else:
            symbol = 1 if pow(discriminant % int(q), (int(q) - 1) // 2, int(q)) == 1 else -1
        result *= symbol**exponent
    return result


def conjugate(value: Cyclotomic, k: int) -> Cyclotomic:
    """σ_k(value), for k prime to the conductor of the value or given modulo a multiple of it."""
    return value if value.is_rational else value.galois(k % value.conductor)


def galois(matrix: ExactMatrix, k: int) -> ExactMatrix:
    """σ_k of every entry, for k given modulo a multiple of the conductor."""
    return matrix if matrix.conductor == 1 else matrix.galois(k % matrix.conductor)
