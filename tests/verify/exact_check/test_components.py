"""Lemma 2: what coordinates, norms and blocks are, by fractions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from math import isqrt
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from bistate.verify.exact_check import components as lemma
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.dyadic import GRID
from flint import fmpz_mat
from helpers.lemmas import (
    Vector,
    changed,
    difference,
    drawn,
    eye,
    fractions_of,
    inverse,
    loaded,
    outcome,
    planted,
    product,
    read,
    square_of,
    stored,
    times,
)

TRUE = loaded()
STEP = Fraction(1, 2**GRID)
NORMS = ("l1", "l2")
SHAPES = [(1, 1), (1, 3), (3, 1), (2, 3), (3, 3)]


def root_below(square: Fraction) -> Fraction:
    return Fraction(isqrt(int(square * 2**300)), 2**150)


def norm(vector: Vector, kind: str) -> Fraction:
    """Of the definition, from below."""
    return sum(map(abs, vector), Fraction(0)) if kind == "l1" else root_below(square_of(vector))


def norm_above(vector: Vector, kind: str) -> Fraction:
    return sum(map(abs, vector), Fraction(0)) if kind == "l1" else root_below(square_of(vector)) + Fraction(1, 2**149)


def two(checker: SimpleNamespace, sizes: tuple[int, int], norms: tuple[str, str]) -> lemma.Components:
    return checker.components.Components(sizes, norms, (20, 20), (0, sizes[0], sum(sizes)))


def tried(rows: list[list[int]], seed: int) -> Iterator[Vector]:
    """Vectors that a matrix stretches much: units, signs, rows, and steps of the power method from them."""
    draw, n = random.Random(seed), len(rows[0])
    yield from eye(n)
    yield [Fraction(draw.choice((-1, 1))) for _ in range(n)]
    for row in rows:
        v = [Fraction(x) for x in row]
        for _ in range(6):
            if any(v):
                yield v
            v = times([list(column) for column in zip(*rows, strict=True)], times(rows, v))
            v = [Fraction(round(x / max(map(abs, v)) * 2**20), 2**20) if any(v) else x for x in v]


# what the methods say, as facts that can be false -------------------------------------------------------------------


def norms_hold(checker: SimpleNamespace) -> Iterator[bool]:
    """Norms are those of the definition up to a step; dual norms are the largest value on vectors of norm 1."""
    for kind, vector, e in itertools.product(NORMS, ([3, -4, 12], [-7], [1, 1], [0, 0]), (0, 5)):
        parts = two(checker, (len(vector), 1), (kind, "l2"))
        exact = [Fraction(v, 2**e) for v in vector]
        yield norm(exact, kind) <= parts.norm(vector, 0, e) <= norm(exact, kind) + 2 * STEP
        best = exact if kind == "l2" else max(eye(len(vector)), key=lambda u: abs(times([exact], u)[0]))
        most = abs(times([exact], best)[0])
        differences, others = parts.apart((fmpz_mat([[*vector, 0], [0] * len(vector) + [1]]), e))
        yield Fraction(1, 2**e) <= STEP * others[0][1] <= Fraction(1, 2**e) + 2 * STEP
        yield differences[0][1] == differences[1][0]
        yield differences[0][0] == differences[1][1] == 0
        for found in (parts.dual(vector, 0, e), STEP * differences[0][1]):
            size = norm_above(best, kind)
            yield most <= found * size
            yield (found - 2 * STEP) * norm(best, kind) <= most
        both = parts.duals([*vector, -9], e)
        yield both[0] >= parts.dual(vector, 0, e)
        yield both[1] >= Fraction(9, 2**e)
        ones = [Fraction(1)] * len(vector)
        yield norm(ones, kind) <= parts.width(0) * norm_above(ones, "l2")
        yield parts.width(0) ** 2 <= len(vector) + 4 * STEP


def blocks_hold(checker: SimpleNamespace, seeds: int = 6) -> Iterator[bool]:
    """‖M x‖_k ≤ bound ‖x‖_m for every x tried; the bound is at most √min(sizes) √(size k) too large."""
    for seed, (s, t), k, m, crude in itertools.product(range(seeds), SHAPES, NORMS, NORMS, (False, True)):
        draw, e = random.Random(seed), 4
        block = [[draw.randint(-99, 99) * (seed > 0 or i == 0) for _ in range(t)] for i in range(s)]
        rows = [[0] * s + row for row in block] + [[1000] * (s + t) for _ in range(t)]
        bound = two(checker, (s, t), (k, m)).block_norm(rows, e, 0, 1, crude)
        shares = []
        for x in tried(block, seed):
            image = [v / 2**e for v in times(block, x)]
            yield norm(image, k) <= bound * norm_above(x, m)
            shares.append(norm(image, k) / norm_above(x, m))
        yield bound**2 <= max(shares) ** 2 * (min(s, t) * s) * (1 + Fraction(1, 2**60)) + STEP
        if m == "l1" or (k == "l2" and not crude):  # exact; or spectral, with enough squarings within a component
            yield bound <= max(shares) * Fraction(11, 10)
        own = two(checker, (s, t), (k, m)).block_norm(rows, e, 1, 1)
        yield own >= 1000 * Fraction(t, 2**e) if m == "l1" else own >= Fraction(1000, 2**e)


def coordinates_hold(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """L, P and codes are those of the document; N' and what is said of sizes."""
    proof = document["proof"]
    found = checker.components.coordinates_of(checker.document.claim_of(document))
    L, P, codes = (read(proof[name]) for name in ("to", "from", "codes"))
    yield (fractions_of(found.L), fractions_of(found.P), fractions_of(found.codes)) == (L, P, codes)
    yield all(square_of(c) <= size**2 for c, size in zip(codes, found.lengths, strict=True))
    for matrix, size, around in zip((L, P), found.sides, found.around, strict=True):
        square = sum(map(square_of, matrix))
        yield square <= size**2 <= square * (1 + STEP * 2**10)
        exact = [[abs(v) for v in row] for row in matrix]
        e = found.L[1] if matrix is L else found.P[1]
        yield fractions_of((around, e)) == exact
    N = difference(eye(len(L)), product(L, P))
    square = sum(map(square_of, N))
    yield square <= found.defect**2 <= (square + STEP) * (1 + STEP * 2**40)
    more = difference(inverse(product(L, P)), eye(len(L)))
    nu = found.defect / (1 - found.defect)
    yield all(square_of(times(more, x)) <= nu**2 * square_of(x) for x in [*eye(len(L)), *more])
    for A in read(document["weights"]["transitions"]):  # B = G + G N'
        G = product(product(L, A), P)
        B = product(product(L, A), inverse(L))
        yield difference(B, G) == product(G, more)


def facts(checker: SimpleNamespace) -> Iterator[bool]:
    yield from norms_hold(checker)
    yield from blocks_hold(checker, 3)
    for seed in range(6):
        yield from coordinates_hold(checker, drawn(seed))


def test_the_facts_that_planted_errors_are_held_against_are_true():
    assert all(facts(TRUE))


def test_norms_and_dual_norms_are_those_of_the_definition():
    assert all(norms_hold(TRUE))


def test_blocks_stretch_no_vector_by_more_than_their_bound():
    assert all(blocks_hold(TRUE))


@pytest.mark.parametrize("seed", range(12))
def test_coordinates_are_inverse_up_to_what_is_said(seed):
    assert all(coordinates_hold(TRUE, drawn(seed)))


ERRORS = [
    ("a 1-norm adds sizes", "Fraction(sum(map(abs, vector)), 2**e)", "Fraction(abs(sum(vector)), 2**e)"),
    ("a 2-norm has squared units", "for v in vector), 2 * e)", "for v in vector), 3 * e)"),
    ("the dual of a 1-norm is the largest entry", "Fraction(max(map(abs, row)), 2**e)", "Fraction(max(row), 2**e)"),
    ("and of a difference", "max(abs(a - b) for a, b", "max(a - b for a, b"),
    ("a difference is rounded upwards", "-(-(size << GRID) >> matrix[1])", "((size << GRID) - 1 >> matrix[1])"),
    ("a difference has units", "2 * (GRID - matrix[1])", "2 * GRID"),
    ("differences of every component", "row[self.part(k)] for row in rows]", "row[self.part(0)] for row in rows]"),
    (
        "the dual of a 2-norm is a 2-norm",
        "v in row), 2 * e)\n\n    def duals",
        "v in row[:1]), 2 * e)\n\n    def duals",
    ),
    ("each component has its own part", "self.dual(row[self.part(k)], k, e)", "self.dual(row[self.part(0)], k, e)"),
    ("a 1-norm is at most √s times the 2-norm", "sqrt(self.sizes[k], 0)", "Fraction(1)"),
    ("from a 1-norm the largest column counts", "return max(self.norm([row", "return min(self.norm([row"),
    ("a column is measured where it goes", "for row in block], k, e)", "for row in block[:1]], k, e)"),
    ("into a 1-norm the width counts", "size * self.width(k)", "size"),
    ("the Frobenius norm is of all entries", "chain.from_iterable(block)", "chain.from_iterable(block[:1])"),
    (
        "a spectral norm is between 2-norms alone",
        '[k] == "l1":\n            return size',
        '[k] == "l0":\n            return size',
    ),
    ("blocks are those of their components", "for row in rows[self.part(k)]]", "for row in rows[self.part(0)]]"),
    ("columns are those of their components", "row[self.part(m)] for row", "row[self.part(0)] for row"),
    ("ν is that of I − L P", "- product), 2 * e)", "- product), 2 * e + 2)"),
    ("the sides are those of L and P", "sides=(frobenius(L), frobenius(P))", "sides=(frobenius(P), frobenius(L))"),
    ("|L| and |P|", "around=(absolute(L[0]), absolute(P[0]))", "around=(L[0], P[0])"),
    ("the codes have their lengths", "2 * codes[1]) for row in", "2 * codes[1] + 2) for row in"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_a_norm_is_noticed(hypothesis, old, new):
    assert not all(facts(planted("components", old, new))), hypothesis


ROOTS = [
    ("a square of a difference", "a + b - 2 * both", "a + b - both"),
    ("a root is rounded upwards", "square >> -shift) + 1", "square >> -shift)"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ROOTS, ids=[e[0] for e in ROOTS])
def test_an_error_planted_in_a_difference_is_noticed(hypothesis, old, new):
    assert not all(facts(planted("dyadic", old, new))), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


def off_by(size: Fraction) -> dict:
    """L = I and P = (1 − size) I in one hidden unit and a rest: ν = size in one entry."""
    document = drawn(1)
    n = len(read(document["proof"]["to"]))
    P = eye(n)
    P[0][0] -= size
    return changed(document, **{"to": stored(eye(n)), "from": stored(P)})


def test_coordinates_that_are_off_by_a_half_are_refused():
    assert lemma.coordinates_of(claim_of(off_by(Fraction(1, 2) - Fraction(1, 2**40)))).defect < Fraction(1, 2)
    for size in (Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(-1, 2)):
        with pytest.raises(CheckError, match="the coordinates are not inverse to each other"):
            lemma.coordinates_of(claim_of(off_by(size)))


def test_without_that_the_bound_is_below_zero():
    """Lemma 3 asks once more, with the tilts of the contexts: both have to be left out."""
    checker, document = planted("components", "defect < Fraction(1, 2)", "True"), off_by(Fraction(3))
    coordinates = checker.components.coordinates_of(checker.document.claim_of(document))
    assert coordinates.defect / (1 - coordinates.defect) < 0  # and N' has no norm below 0
    assert outcome(TRUE, document) == "the coordinates are not inverse to each other"
    assert "in some context" in str(outcome(checker, document))


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ({"sizes": [2, 1]}, "the components do not fill the hidden space"),
        ({"sizes": [2, 3]}, "the components do not fill the hidden space"),
        ({"sizes": [3, 0]}, "'sizes' has to be whole numbers from 1 to 4"),
        ({"sizes": [4, -1]}, "'sizes' has to be whole numbers from 1 to 4"),
        ({"norms": ["l2"]}, "norms are 'l1' or 'l2', one each"),
        ({"norms": ["l2", "l3"]}, "norms are 'l1' or 'l2', one each"),
        ({"norms": ["l2", 2]}, "norms are 'l1' or 'l2', one each"),
        ({"squarings": [6]}, "squarings are one number for each component"),
        ({"squarings": [6, 65]}, "'squarings' has to be whole numbers from 0 to 64"),
        ({"squarings": [6, -1]}, "'squarings' has to be whole numbers from 0 to 64"),
        ({"to": stored([[1.0]])}, "another shape"),
        ({"from": stored([[1.0, 0.0]])}, "another shape"),
        ({"codes": stored([[1.0] * 4])}, "another shape"),
        ({"codes": None}, "'codes' is NoneType"),
    ],
)
def test_components_that_do_not_fill_the_space_are_refused(proof, reason):
    document = drawn(1)
    assert sum(document["proof"]["sizes"]) == 4
    with pytest.raises(FormatError, match=reason):
        check(changed(document, **proof))
