"""What the table of a group has to satisfy, in exact arithmetic.

    rows:        Σ_j |C_j| χ(z_j) ψ̄(z_j) = |G| δ_χψ, with as many rows as classes
    class sums:  χ(z_j) and |C_j| χ(z_j) / χ(1) are algebraic integers
    powers:      χ(g^q) ≡ χ(g)^q modulo q, for primes q; checked as χ(g)^q ≡ Σ a_i ζ^{iq} for χ(g) = Σ a_i ζ^i

As a square matrix with orthonormal rows has orthonormal columns, Σ_χ χ(z_i) χ̄(z_j) = |C_G(z_i)| δ_ij follows.

The rows are multiplied modulo primes. Automorphisms of Q(ζ_e) permute them, which is checked on values. For a prime
p ≡ 1 (mod e) and one map Z[ζ_e] → F_p let all differences x = Σ_j |C_j| χ(z_j) ψ̄(z_j) − |G| δ_χψ go to 0. The σ(x) are
differences of other pairs of rows, so that they go to 0 as well: p divides x. If this holds for p_1, …, p_k and x is
not 0, then |N(x)| ≥ (p_1 ⋯ p_k)^φ(e), and |σ(x)| ≥ p_1 ⋯ p_k for some σ. With a bound m of all |σ(χ(z_j))| it is at
most |G| (m² + 1). So x = 0 when p_1 ⋯ p_k is larger.

Source: Isaacs, Character Theory of Finite Groups, 2.13, 2.18, 3.7 and problem 4.7.
"""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq, fmpz, nmod_mat

from ..arithmetic.cyclotomic import Cyclotomic
from ..arithmetic.cyclotomic_field import combine
from ..arithmetic.prime_field import root_of_unity
from ..arithmetic.reduction import reduced
from ..errors import RepresentationError
from ..fields.number_field import units
from ..permutations.listed_group import ListedGroup

Row = tuple[Cyclotomic, ...]
Codes = list[list[int]]
LARGEST = 2**62  # primes that are used lie below


def check_table(group: ListedGroup, rows: tuple[Row, ...]) -> None:
    """Check integrality, orthogonality of rows, and power maps.

    Raises:
        RepresentationError: naming what fails.
    """
    classes = group.conjugacy_classes()
    if {len(row) for row in rows} != {len(rows)} or len(rows) != len(classes):
        raise RepresentationError(f"the table of {group._short}, with {len(classes)} classes, has {len(rows)} rows")
    values, codes = _numbered(rows)
    sizes = [cls.size for cls in classes]
    _require_integral(group, values, codes, sizes)
    _require_galois_closed(group, values, codes)
    _require_orthonormal(group, values, codes, sizes)
    for q in (int(prime) for prime, _ in fmpz(group.order).factor()):
        powers = group.power_map(q)
        congruent: set[tuple[int, int]] = set()
        for i, row in enumerate(codes):
            for value, power in {(value, row[powers[j]]) for j, value in enumerate(row)} - congruent:
                if not _congruent(values[value], values[power], q):
                    raise RepresentationError(f"row {i} of the table of {group._short} contradicts powers by {q}")
                congruent.add((value, power))


def _numbered(rows: tuple[Row, ...]) -> tuple[list[Cyclotomic], Codes]:
    """The different values, and the rows as positions among them."""
    of_object: dict[int, int] = {}  # by identity, as equal values are mostly one object
    of_value: dict[Cyclotomic, int] = {}
    for value in (value for row in rows for value in row):
        if id(value) not in of_object:
            of_object[id(value)] = of_value.setdefault(value, len(of_value))
    return list(of_value), [[of_object[id(value)] for value in row] for row in rows]


def _require_integral(group: ListedGroup, values: list[Cyclotomic], codes: Codes, sizes: list[int]) -> None:
    """Raise unless χ(z_j) and |C_j| χ(z_j) / χ(1) are algebraic integers."""
    integral: set[tuple[int, int, int]] = set()
    for i, row in enumerate(codes):
        for code, size, first in {(c, size, row[0]) for c, size in zip(row, sizes, strict=True)} - integral:
            value = values[code]
            for number in (value, value * Fraction(size) / values[first]):
                if any(c.q != 1 for c in number._coefficients):
                    raise RepresentationError(f"a class sum of row {i} of the table of {group._short} is not integral")
            integral.add((code, size, first))


def _require_galois_closed(group: ListedGroup, values: list[Cyclotomic], codes: Codes) -> None:
    """Raise unless σ_k permutes the rows, for k that generate (Z/e)^×."""
    exponent, there = group.exponent, set(map(tuple, codes))
    if any(exponent % value.conductor for value in values):
        raise RepresentationError(f"a value of the table of {group._short} is not in Q(ζ_{exponent})")
    position = {value: code for code, value in enumerate(values)}
    generated = {1}
    for k in units(exponent):
        if k in generated:
            continue
        moved = [position.get(value.galois(k % value.conductor or 1), -1) for value in values]
        if any(tuple(moved[code] for code in row) not in there for row in codes):
            raise RepresentationError(f"the automorphism ζ ↦ ζ^{k} does not permute the rows of {group._short}")
        power, products = k, set(generated)
        while power not in generated:
            products |= {a * power % exponent for a in generated}
            power = power * k % exponent
        generated = products


def _require_orthonormal(group: ListedGroup, values: list[Cyclotomic], codes: Codes, sizes: list[int]) -> None:
    """Raise unless the rows are orthonormal: integers of Q(ζ_e) that automorphisms permute."""
    order, count, exponent = group.order, len(codes), group.exponent
    largest = max(sum(abs(int(c.p)) for c in value._coefficients) for value in values)
    bound, modulus, prime = order * (largest**2 + 1), 1, LARGEST // exponent * exponent + 1
    while modulus <= bound:
        prime -= exponent
        while not fmpz(prime).is_prime():
            prime -= exponent
        root = root_of_unity(prime, exponent)
        left, right = ([reduced(v, prime, r, exponent) for v in values] for r in (root, pow(root, -1, prime)))
        weighted = [left[code] * size % prime for row in codes for code, size in zip(row, sizes, strict=True)]
        mirrored = nmod_mat(count, count, [right[code] for row in codes for code in row], prime)
        gram = nmod_mat(count, count, weighted, prime) * mirrored.transpose()
        wrong = [n for n, x in enumerate(gram.entries()) if int(x) != order * (n % (count + 1) == 0) % prime]
        if wrong:
            i, k = divmod(wrong[0], count)
            raise RepresentationError(f"rows {i} and {k} of the table of {group._short} are not orthonormal")
        modulus *= prime


def _congruent(value: Cyclotomic, power: Cyclotomic, q: int) -> bool:
    terms = [(k * q, c) for k, c in enumerate(value._coefficients)]
    difference = Cyclotomic(combine(value.conductor, terms, fmpq(0)), value.conductor) - power
    return all((c / q).q == 1 for c in difference._coefficients)
