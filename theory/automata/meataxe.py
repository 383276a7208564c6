"""The composition factors over Q of the module spanned by the states of an automaton.

The letter x acts on Q^n by e_q ↦ e_δ(q,x). The MeatAxe takes a random element a of the algebra of the letters, an
irreducible factor f of its characteristic polynomial and a vector v with f(a)v = 0, and spins v up to the span of all
its images under words. If that is everything, so is what a vector of the null space of f(aᵀ) spans under the transposed
letters, and the null space of f(a) has dimension deg f, then the module is irreducible (Norton's criterion). It also is
if the null space has the dimension of the endomorphism algebra and that is a skew field: then all vectors of the null
space are images of v under automorphisms.

All bases are bases of lattices that the letters map to themselves, reduced by LLL: matrices have small integer entries.
Source: D. F. Holt and S. Rees, Testing modules for irreducibility, J. Austral. Math. Soc. 57 (1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations, permutations
from math import gcd
from operator import mul
from typing import Any

import numpy as np
from flint import fmpz, fmpz_mat, fmpz_poly
from sympy import symbols
from sympy.solvers.diophantine.diophantine import diop_ternary_quadratic_normal

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.errors import TooLargeError
from ...groups.fields.local_norms import hilbert_symbol
from .automaton import Automaton

STATE_LIMIT = 60  # states: elimination over Q of matrices of this size is a matter of seconds
TRIES = 24  # random elements of the algebra before endomorphisms are looked at
_PRIME = 2**26 - 5  # so that a sum of 2000 products of remainders fits into an int64
_PAIRS = 60  # pairs of endomorphisms among whose sums and products one with a kernel is looked for

Module = Sequence[fmpz_mat]  # a square matrix per letter, acting on columns
Element = Sequence[tuple[int, Sequence[int]]]  # coefficients and words: an element of the algebra of the letters
Sources = Sequence[tuple[int, int]]  # for each vector of a spun basis the vector and the letter it comes from


@dataclass(frozen=True)
class CompositionFactor:
    """A composition factor of the module of the states.

    Attributes:
        dimension: its dimension over Q.
        multiplicity: how often it, or a factor isomorphic to it, occurs.
        trivial: whether its dimension is 1 and every letter acts as the identity.
        irreducible: True if proved; None if neither a proof nor a submodule was found in `TRIES` tries. Undecided
            factors count as isomorphic if an isomorphism was found.
        matrices: the action of each letter on columns, integer matrices of shape (dimension, dimension).
    """

    dimension: int
    multiplicity: int
    trivial: bool
    irreducible: bool | None
    matrices: tuple[ExactMatrix, ...]


@dataclass(frozen=True)
class _Answer:
    """A proper submodule as rows, or whether there is none; then `vector` generates, and factor(element) kills it."""

    submodule: fmpz_mat | None
    irreducible: bool | None = None
    element: Element = ()
    factor: Any = None
    vector: Any = None


def composition_factors(automaton: Automaton, limit: int = STATE_LIMIT) -> tuple[CompositionFactor, ...]:
    """The composition factors of Q^n under the letters, n the number of states; dimension · multiplicity adds up to n.

    They come by dimension, a trivial one first. On a factor of dimension 1 all letters may act as zero.

    Args:
        automaton: the automaton.
        limit: the most states.

    Raises:
        TooLargeError: for more than `limit` states.

    Example:
        >>> from bistate.theory import Automaton
        >>> [(f.dimension, f.multiplicity, f.trivial) for f in composition_factors(Automaton.modular_addition(3))]
        [(1, 1, True), (2, 1, False)]
    """
    size = len(automaton.states)
    if size > limit:
        raise TooLargeError(f"{automaton!r} has {size} states, and composition factors are for {limit}: raise limit")
    draw = np.random.default_rng(0)
    waiting: list[Module] = [[_map_matrix(column) for column in automaton.table.T.tolist()]]
    classes: list[list[tuple[Module, _Answer]]] = []  # isomorphic modules
    while waiting:
        module = waiting.pop()
        answer = _meataxe(module, draw)
        if answer.submodule is not None:
            waiting += _split(module, answer.submodule)
            continue
        for members in classes:
            if _isomorphic(*members[0], module, answer):
                members.append((module, answer))
                break
        else:
            classes.append([(module, answer)])
    found = (_factor(*members[0], len(members)) for members in classes)
    return tuple(sorted(found, key=lambda factor: (factor.dimension, not factor.trivial)))


def _factor(module: Module, answer: _Answer, multiplicity: int) -> CompositionFactor:
    matrices = tuple(ExactMatrix.from_integers([matrix]) for matrix in module)
    size = module[0].nrows()
    trivial = size == 1 and all(matrix.is_identity for matrix in matrices)
    return CompositionFactor(size, multiplicity, trivial, answer.irreducible, matrices)


def _meataxe(module: Module, draw: np.random.Generator) -> _Answer:
    """A proper submodule, or a proof that there is none, or neither."""
    size = module[0].nrows()
    transposed = [matrix.transpose() for matrix in module]
    best, least = _Answer(None), size + 1
    for attempt in range(TRIES):
        words = [draw.integers(len(module), size=draw.integers(1, 5)).tolist() for _ in range(3 - attempt % 3)]
        element = [(int(draw.choice([-2, -1, 1, 2, 3])), word) for word in words]
        a = _evaluate(element, module)
        # A simple factor decides at once; otherwise a small null space is the most likely to lie across a submodule.
        f, _ = min(a.charpoly().factor()[1], key=lambda pair: (pair[1] > 1, pair[1] * pair[0].degree()))
        kernel = _kernel(_at(f, a))
        for vector in kernel.tolist()[:3]:  # a few: most often they are alike
            rows, _ = _spin(module, vector)
            if rows.nrows() < size:
                return _Answer(rows)
        rows, _ = _spin(transposed, _kernel(_at(f, a).transpose()).tolist()[0])
        if rows.nrows() < size:
            return _Answer(_annihilator(rows))
        answer = _Answer(None, True, element, f, kernel.tolist()[0])
        if kernel.nrows() == f.degree():
            return answer
        if kernel.nrows() < least:
            best, least = answer, kernel.nrows()
    return _by_endomorphisms(module, best)


def _evaluate(element: Element, module: Module) -> fmpz_mat:
    return _combination([c for c, _ in element], [reduce(mul, [module[x] for x in word]) for _, word in element])


def _at(f: fmpz_poly, a: fmpz_mat) -> fmpz_mat:
    """f(a), by Horner's rule."""
    return reduce(lambda value, c: value * a + _scalar(a.nrows(), c), reversed(f.coeffs()), a * 0)


def _spin(module: Module, vector: Sequence[fmpz], prime: int = _PRIME) -> tuple[fmpz_mat, Sources]:
    """A basis, as rows, of the submodule that a vector generates: the vector and images of it under words.

    Independence is decided modulo a prime. Vectors that are independent there are independent; that all their images
    depend on them is checked exactly, and another prime is taken if it is not so.
    """
    size = len(vector)
    rows: list[list[fmpz]] = []
    sources: list[tuple[int, int]] = []
    reduced, pivots = np.empty((size, size), dtype=np.int64), list[int]()  # in reduced echelon form
    queue = [((-1, -1), fmpz_mat(size, 1, list(vector)))]
    for source, column in queue:
        known = reduced[: len(pivots)]
        rest = np.array([int(entry) % prime for entry in column.entries()])  # (size,)
        rest = (rest - rest[pivots] @ known) % prime
        if rest.any():
            pivot = int(np.flatnonzero(rest)[0])
            rest = rest * pow(int(rest[pivot]), -1, prime) % prime
            known[:] = (known - known[:, pivot, None] * rest) % prime
            reduced[len(pivots)] = rest
            pivots.append(pivot)
            queue += [((len(rows), letter), matrix * column) for letter, matrix in enumerate(module)]
            rows.append(column.entries())
            sources.append(source)
            if len(rows) == size:
                return fmpz_mat(rows), sources
    if rows:  # there are none if the prime divides the vector
        found = fmpz_mat(rows)
        functionals, columns = _annihilator(found), found.transpose()
        if all((functionals * matrix * columns).is_zero() for matrix in module):
            return found, sources
    return _spin(module, vector, next(p for p in range(prime - 2, 2, -2) if fmpz(p).is_prime()))


def _images(module: Module, vector: Sequence[fmpz], sources: Sources) -> fmpz_mat:
    """The images of a vector, as rows, under the words that make a spun basis."""
    columns = [fmpz_mat(len(vector), 1, list(vector))]
    for source, letter in sources[1:]:
        columns.append(module[letter] * columns[source])
    return fmpz_mat([column.entries() for column in columns])


def _annihilator(rows: fmpz_mat) -> fmpz_mat:
    """A reduced basis, as rows, of all integer vectors orthogonal to independent rows."""
    count, unit = rows.nrows(), _scalar(rows.ncols(), 1).tolist()
    wide = fmpz_mat([[*column, *e] for column, e in zip(rows.transpose().tolist(), unit, strict=True)])
    return fmpz_mat([row[count:] for row in wide.hnf().tolist()[count:]]).lll()


def _kernel(matrix: fmpz_mat) -> fmpz_mat:
    """A reduced basis of integer vectors x with M x = 0, as rows."""
    basis, nullity = matrix.nullspace()
    rows = [(row, gcd(*map(int, row))) for row in basis.transpose().tolist()[: int(nullity)]]
    return fmpz_mat([[x // common for x in row] for row, common in rows]).lll() if rows else fmpz_mat(0, 0)


def _split(module: Module, rows: fmpz_mat) -> list[Module]:
    """A proper submodule and its quotient; the quotient's dual is the annihilator in the dual module."""
    functionals = _annihilator(rows)
    dual = _restricted([matrix.transpose() for matrix in module], functionals)
    return [_restricted(module, _annihilator(functionals)), [matrix.transpose() for matrix in dual]]


def _restricted(module: Module, rows: fmpz_mat) -> Module:
    """The X with A Sᵀ = Sᵀ X for each letter: integers, as the rows of S are a basis of all integer vectors there."""
    columns = rows.transpose()
    return [(rows * columns).solve(rows * matrix * columns).numer_denom()[0] for matrix in module]


def _map_matrix(images: Sequence[int], value: Any = 1) -> fmpz_mat:
    """The matrix with e_q ↦ value · e_images[q]."""
    size = len(images)
    return fmpz_mat(size, size, [value if image == i else 0 for i in range(size) for image in images])


def _scalar(size: int, value: Any) -> fmpz_mat:
    return _map_matrix(range(size), value)


def _homomorphisms(left: Module, vector: Sequence[fmpz], right: Module, targets: fmpz_mat) -> list[fmpz_mat]:
    """A basis of the homomorphisms that take `vector`, which generates `left`, into the span of some rows."""
    basis, sources = _spin(left, vector)
    images = [_images(right, target, sources) for target in targets.tolist()]  # of the basis, for each target
    for a, b in zip(left, right, strict=True):
        if images:
            # b_i goes to A b_i = Σ_j c_ij b_j; its image has to go to the same combination of images.
            relation, denominator = basis.transpose().solve(a * basis.transpose()).numer_denom()
            moved = [image * b.transpose() * denominator - relation.transpose() * image for image in images]
            solutions = _kernel(fmpz_mat([difference.entries() for difference in moved]).transpose())
            images = [_combination(row, images) for row in solutions.tolist()]
    return [basis.solve(image).numer_denom()[0].transpose() for image in images]


def _combination(coefficients: Sequence[Any], matrices: Sequence[fmpz_mat]) -> fmpz_mat:
    return sum((matrix * c for c, matrix in zip(coefficients, matrices, strict=True)), start=matrices[0] * 0)


def _isomorphic(left: Module, known: _Answer, right: Module, answer: _Answer) -> bool:
    """Whether two modules are isomorphic; for undecided ones False if no isomorphism was found."""
    a, b = _evaluate(known.element, left), _evaluate(known.element, right)
    if any(x.charpoly() != y.charpoly() for x, y in [(a, b), *zip(left, right, strict=True)]):
        return False
    found = _homomorphisms(left, known.vector, right, _kernel(_at(known.factor, b)))
    if not found or (known.irreducible and answer.irreducible):
        return bool(found)  # Schur's lemma
    return bool(_combination([3**k for k in range(len(found))], found).rank() == left[0].nrows())


def _by_endomorphisms(module: Module, best: _Answer) -> _Answer:
    """The MeatAxe's answer for a module in which null spaces are larger than the degrees of the factors."""
    kernel = _kernel(_at(best.factor, _evaluate(best.element, module)))
    basis = _homomorphisms(module, best.vector, module, kernel)
    pairs = list(combinations(basis, 2))[:_PAIRS]
    degree = 1
    for phi in [*basis, *(c for a, b in pairs for c in (a + b, a - b, a * b))]:
        g = phi.charpoly().factor()[1][0][0]
        value = _at(g, phi)  # singular
        if not value.is_zero():
            return _Answer(_kernel(value))
        degree = max(degree, g.degree())  # Q(φ) is a field of that degree
    skew, divisor = (degree == len(basis), None) if degree > 2 or len(basis) != 4 else _quaternion(basis)
    if divisor is not None:
        return _Answer(_kernel(divisor))
    return replace(best, irreducible=True if skew and len(basis) == kernel.nrows() else None)


def _quaternion(basis: Sequence[fmpz_mat]) -> tuple[bool, fmpz_mat | None]:
    """Whether an algebra of dimension 4 is seen to be a skew field (a, b) over Q; if (a, b) is none, a zero divisor."""
    size = basis[0].nrows()
    one = _scalar(size, 1)
    pure = [phi * size + one * phi.charpoly()[size - 1] for phi in basis]  # of trace 0: their squares are rational
    for i, other in permutations(pure, 2):
        a, t = (i * i)[0, 0], (i * other + other * i)[0, 0]
        j = other * (2 * a) - i * t  # anticommutes with i
        b = (j * j)[0, 0]
        if a and b and i * i == one * a and j * j == one * b and (i * j + j * i).is_zero():
            primes = [int(q) for q, _ in abs(2 * a * b).factor()]
            if (a < 0 and b < 0) or any(hilbert_symbol(int(a), int(b), q) == -1 for q in primes):
                return True, None
            x, y, z = symbols("x y z", integer=True)
            point = diop_ternary_quadratic_normal(x**2 - int(a) * y**2 - int(b) * z**2)
            return False, _combination([int(c) for c in point], [one, i, j])
    return False, None
