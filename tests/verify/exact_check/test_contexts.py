"""Lemma 3: letters in coordinates that depend on the last letters, edge by edge by fractions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product as pairs
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from helpers.lemmas import (
    Matrix,
    changed,
    difference,
    drawn,
    eye,
    fractions_of,
    inverse,
    lemmas,
    loaded,
    outcome,
    planted,
    product,
    read,
    scaled,
    signed,
    sizes_of,
    square_of,
    stored,
    times,
)

TRUE = loaded()
CLOSE = 1 + Fraction(1, 2**50)
COARSE = {"arithmetic": "float32", "terms": 2**19}


KEPT_STATES = ((1, 0, "bfloat16"), (2, 1, "float16"), (2, 0, "tf32"), (1, 1, "int8"))


def documents() -> list[dict]:
    """Without contexts and with them, exact and coarsely rounded, letters of different size."""
    found = [drawn(seed, memory=memory) for seed, memory in ((0, 0), (4, 0), (5, 0), (1, 1), (2, 1), (4, 2))]
    found += [drawn(seed, memory=memory, **COARSE) for seed, memory in ((1, 0), (2, 1), (5, 1))]
    found += [drawn(seed, memory=memory, arithmetic=kept, terms=3) for seed, memory, kept in KEPT_STATES]
    return [*found, drawn(2, "l1 l2"), larger(drawn(4, memory=1)), larger(drawn(4, **COARSE))]


def larger(document: dict) -> dict:
    """The last letter five times as large, and its scales with it."""
    A, scales = read(document["weights"]["transitions"]), read(document["proof"]["scales"])
    A[-1] = scaled(A[-1], 5)
    scales = [[5 * v if i % len(A) == len(A) - 1 else v for v in row] for i, row in enumerate(scales)]
    weights = document["weights"] | {"transitions": stored(A)}
    return signed(changed(document, scales=stored(scales)) | {"weights": weights})


def turn(tilt: Matrix, n: int, sign: int) -> Matrix:
    """[[I, 0], [sign Φ, I]]."""
    found, d = eye(n), n - len(tilt)
    for i, row in enumerate(tilt):
        found[d + i][:d] = [sign * v for v in row]
    return found


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    proof, found = document["proof"], lemmas(checker, document)
    A, L, P = read(document["weights"]["transitions"]), read(proof["to"]), read(proof["from"])
    n, letters, edges = len(L), len(A), found.edges
    d = proof["sizes"][0]
    tilts = read(proof["tilts"]) if "tilts" in proof else [[[Fraction(0)] * d] * (n - d)]
    scales = read(proof["scales"])
    yield len(edges.edges) == letters * len(tilts)
    t = edges.contexts.tilt
    squares = [sum(map(square_of, tilt)) for tilt in tilts]
    yield max(squares) <= t**2 <= max(squares) * CLOSE
    nu = found.coordinates.defect * (1 + t) ** 2
    yield nu / (1 - nu) <= edges.nu <= nu / (1 - nu) * CLOSE
    gamma = found.rounding.gamma if found.rounding else Fraction(0)
    for i, (v, x) in enumerate(pairs(range(len(tilts)), range(letters))):
        edge, w = edges.edges[i], (v * letters + x) % len(tilts)
        yield (edge.before, edge.letter, edge.after) == (v, x, w)
        left, right = product(turn(tilts[w], n, -1), L), product(P, turn(tilts[v], n, 1))
        G = product(product(left, A[x]), right)
        yield scaled(fractions_of(edge.G), edge.unit) == G
        yield [s * edge.unit for s in edge.scales] == scales[i]
        largest = max(map(max, sizes_of(A[x]))) / edge.unit
        yield Fraction(1, 2) <= largest < 1
        off, rounded = Fraction(0), None
        if found.rounding:
            exact = product(product(sizes_of(left), fractions_of(found.rounding.N[x])), scaled(sizes_of(right), gamma))
            kept = scaled(product(sizes_of(left), sizes_of(product(A[x], right))), found.rounding.coarse)
            if found.rounding.even:
                yield from even_facts(edge, product(A[x], right), left, read(proof["codes"]), found.rounding.even)
                rest = scaled(fractions_of(edge.even.rest), edge.unit)
                yield all(a >= b for r, s in zip(rest, exact, strict=True) for a, b in zip(r, s, strict=True))
                tall = [[max(column) for column in zip(*sizes_of(product(A[x], right)), strict=True)]]
                kept = scaled(product([[sum(row)] for row in sizes_of(left)], tall), found.rounding.even)
            rounded = scaled(fractions_of(edge.rounding), edge.unit)
            for r, s, k in zip(exact, rounded, kept, strict=True):
                yield all(a + c <= b for a, b, c in zip(r, s, k, strict=True))
            crude = (sum(map(sum, exact)) + sum(map(sum, kept)) * 2) * ((1 + t) / (1 - t)) ** 2 * 2
            yield sum(map(sum, rounded)) <= crude
            off = sum(map(square_of, rounded))
        # both Frobenius norms: 2 √ab is the mixed term of (a + b)², from below
        inside = edge.leak * edge.unit / edges.nu
        least = sum(map(square_of, G)) + off
        yield inside**2 >= least
        yield (inside**2 - least) ** 2 >= 4 * sum(map(square_of, G)) * off
        source = product(turn(tilts[v], n, -1), L)
        more = difference(inverse(product(source, right)), eye(n))  # N', for which B = G (I + N')
        yield difference(product(product(left, A[x]), inverse(source)), G) == product(G, more)
        yield all(square_of(times(more, u)) <= edges.nu**2 * square_of(u) for u in [*eye(n), *more])
        if edges.rest:
            block = [row[d:] for row in fractions_of(edge.G)[d:]]
            for u in [*eye(n - d), *block, [Fraction(1)] * (n - d)]:
                yield square_of(times(block, u)) <= edges.rest[x] ** 2 * square_of(u)
        for a, b in ((left, True), (right, False)):
            square = sum(map(square_of, a))
            yield square <= (edges.reach / n) ** 2 if b else square <= (edges.size / 4) ** 2
    yield from scale_facts(found, tilts, P, n)


def even_facts(edge: SimpleNamespace, moved: Matrix, left: Matrix, codes: Matrix, even: Fraction) -> Iterator[bool]:
    """The column and the heights of what every entry may be off by."""
    lift = [even * sum(row) for row in sizes_of(left)]
    yield all(a <= b[0] for a, b in zip(lift, fractions_of(edge.even.lift), strict=True))
    yield sum(b[0] for b in fractions_of(edge.even.lift)) <= sum(lift) * 2
    yield [v * edge.unit for v in edge.even.tall] == [max(map(abs, times(moved, code))) for code in codes]


def scale_facts(found: SimpleNamespace, tilts: list[Matrix], P: Matrix, n: int) -> Iterator[bool]:
    """1/s for states of norm 1/2, L h = s (c + e): one whose code P maps to as much as it can."""
    for tilt in tilts:
        for u in [*eye(n), *P]:
            h = times(product(P, turn(tilt, n, 1)), u)
            size, length = square_of(h), square_of(u)  # ‖h‖ = 1/2 for s = 1 / (2 √size)
            at_most = found.edges.unit_scale(Fraction(1), Fraction(0)) ** 2 * length
            yield 4 * size <= at_most
    yield found.edges.unit_scale(Fraction(2), Fraction(3)) == 5 * found.edges.size


def fine(checker: SimpleNamespace, document: dict) -> bool:
    return all(facts(checker, document))


@pytest.mark.parametrize("number", range(len(documents())))
def test_every_edge_is_that_of_the_definition(number):
    assert fine(TRUE, documents()[number])


ERRORS = [
    ("U has −Φ", "contexts.turned(plain[x], w, -1)", "contexts.turned(plain[x], w, 1)"),
    ("U⁻¹ has Φ", "exact.at(v, 1)", "exact.at(v, -1)"),
    ("the tilt after the letter counts", "contexts.turned(plain[x], w, -1)", "contexts.turned(plain[x], v, -1)"),
    ("the tilt before the letter counts", "exact.at(v, 1)", "exact.at(w, 1)"),
    ("the next context forgets the first letter", "w = (v * claim.letters + x) % count", "w = v"),
    ("ν grows by (1 + t)²", "(1 + contexts.tilt) ** 2", "(1 + contexts.tilt)"),
    ("ν' = ν / (1 − ν)", "nu = up(nu / (1 - nu))", "nu = up(nu)"),
    ("t is the largest", "max(sqrt(sum_of_squares(m), 2 * e) for", "min(sqrt(sum_of_squares(m), 2 * e) for"),
    ("Γ has |Φ| on the left", "contexts.turned(given, w, 0)", "contexts.turned(given, w, -1)"),
    ("Γ has |Φ| on the right", "rounded.at(v, 0)", "rounded.at(v, 1)"),
    ("Γ has γ", "ceiling(product, rounding.gamma * F", "ceiling(product, rounding.gamma / 2 * F"),
    ("Γ has |L| and |P|", "N * coordinates.around[1]", "N * coordinates.P[0]"),
    ("Γ has s", "ceiling(moved, rounding.coarse * F", "ceiling(moved, rounding.coarse / 2 * F"),
    ("Γ has |L| |A P|", "around[0] * absolute(A * coordinates.P[0])", "around[0] * (A * coordinates.P[0])"),
    ("s is counted in units", "(ROUNDED_TO - depth - g - shift)", "(ROUNDED_TO - depth - g - 2 * shift)"),
    ("σ moves every entry", "sums = fmpz_mat([[sum(row)]", "sums = fmpz_mat([[max(row)]"),
    ("σ is counted in units", "rounding.even * Fraction(2) ** (R", "rounding.even * Fraction(2) ** (-1 + R"),
    ("σ counts the largest entry", "[max(column) for column", "[min(column) for column"),
    ("in its context", "_tallest(moved[x]), v, 0)", "_tallest(moved[x]), v, 1)"),
    ("σ lifts with |Φ|", "contexts.turned(lift, w, 0), c", "contexts.turned(lift, w, -1), c"),
    ("heights are those of codes", "contexts.turned_back(moved[x], v, 1), columns", "moved[x], columns"),
    ("Γ counts σ", "more = _split(_added(more.whole, times(up_by, row)), contexts)", "pass"),
    ("Γ_0 is there", "even = Even(more, up_by", "even = Even(Halves(more.first * 0, more.rest, more.e), up_by"),
    ("a sum has one exponent", "Fraction(2) ** (matrix[1] - more[1])", "Fraction(2) ** (matrix[1] - more[1] - 1)"),
    ("the leak counts G", "leak = up((G.frobenius + ", "leak = up(("),
    ("the leak counts Γ", "(more.frobenius if more is not None else 0)", "0"),
    ("the leak counts what edges share", "0 if self.rest is None else self.rest.squares", "0"),
    ("what edges share is in the units of the product", "Rest(plain * (1 << f))", "Rest(plain)"),
    ("G is counted in units", "times((A, e + shift), coordinates.P)", "times((A, e), coordinates.P)"),
    ("scales are counted in units", "tuple(scale / units[x] for", "tuple(scale for"),
    ("Γ is counted in units", "(ROUNDED_TO - depth - f - shift)", "(ROUNDED_TO - depth - f)"),
    ("units come near the largest entry", "bit_length() - matrix[1]", "bit_length() - matrix[1] + 2"),
    ("the rest counts G_01", "own + contexts.tilt * side", "own"),
    ("the rest counts G_11", "own + contexts.tilt * side", "contexts.tilt * side"),
    ("a scale counts P", "coordinates.sides[1],", "coordinates.sides[0] / 8,"),
    ("a scale counts the tilt", "size=4 * (1 + contexts.tilt)", "size=3"),
    ("a scale counts codes and errors", "self.size * (codes + errors)", "self.size * codes"),
    ("errors reach n entries", "reach=claim.hidden * (1", "reach=(1"),
    ("scales belong to edges", "scales[len(edges)]", "scales[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_an_edge_is_noticed(hypothesis, old, new):
    checker = planted("contexts", old, new)
    assert not all(fine(checker, document) for document in documents()), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


def tilted(size: int) -> dict:
    """Contexts whose tilts make ν, which is small by itself, too large."""
    document = drawn(1, memory=1)
    return changed(document, tilts=stored([scaled(tilt, size) for tilt in read(document["proof"]["tilts"])]))


def test_coordinates_that_are_not_inverse_in_a_context_are_refused():
    assert "in some context" not in str(outcome(TRUE, tilted(1)))
    with pytest.raises(CheckError, match="the coordinates are not inverse to each other in some context"):
        check(tilted(2**8))
    checker = planted("contexts", "nu < Fraction(1, 2)", "nu != 1")
    assert lemmas(checker, tilted(2**8)).edges.nu < 0  # and N' has no norm below 0


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ({"memory": 2}, "contexts need that their letters have been multiplied out"),
        ({"memory": 0}, "contexts need that their letters have been multiplied out"),
        ({"prefix": 0}, "contexts need that their letters have been multiplied out"),
        ({"memory": -2}, "has to be from -1"),
        ({"memory": True}, "'memory' is bool"),
        ({"norms": ["l1", "l2"]}, "contexts are for two components and the 2-norm"),
        ({"norms": ["l2", "l1"]}, "contexts are for two components and the 2-norm"),
        ({"sizes": [4], "norms": ["l2"], "squarings": [0]}, "contexts are for two components"),
        ({"sizes": [2, 1, 1], "norms": ["l2"] * 3, "squarings": [0] * 3}, "contexts are for two components"),
        ({"tilts": stored([[[1.0, 0.0]]])}, "another shape"),
        ({"tilts": None}, "'tilts' is NoneType"),
        ({"scales": stored([[1.0, 1.0]] * 2)}, "another shape"),
        ({"scales": stored([[1.0, 1.0]] * 3 + [[1.0, 0.0]])}, "scales have to be positive"),
        ({"scales": stored([[1.0, 1.0]] * 3 + [[1.0, -1.0]])}, "scales have to be positive"),
    ],
)
def test_contexts_and_scales_that_do_not_fit_are_refused(proof, reason):
    document = drawn(1, memory=1)
    assert document["proof"]["sizes"] == [2, 2]
    with pytest.raises(FormatError, match=reason):
        check(changed(document, **proof))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MOST_WORDS", 3, "there are too many contexts"),
        ("MOST_NUMBERS", 63, "the contexts hold too many numbers"),
        ("MOST_PAIRS", 31, "2 contexts of 2 states and 4 hidden units"),
        ("MOST_COMPARED", 7, "4 edges of 2 states and 2 components"),
        ("MOST_BLOCKS", 15, "4 edges of 2 states and 2 components"),
        ("MOST_SQUARED", 383, "4 edges of 2 states and 2 components"),
    ],
)
def test_more_edges_than_can_be_checked_are_refused(name, value, reason):
    document = drawn(1, memory=1)
    checker = loaded()
    setattr(checker.contexts, name, value + 1)
    assert "can be checked" not in str(outcome(checker, document))
    setattr(checker.contexts, name, value)
    with pytest.raises(checker.errors.FormatError, match=reason):
        checker.checker.check(document)
