"""Cones for states and last letters: hand-made certificates against the definition, and planted errors."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from functools import cache

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from helpers.lemmas import (
    changed,
    claims_too_much,
    document_of,
    eye,
    first_wrong,
    inverse,
    loaded,
    longest_claim,
    outcome,
    planted,
    read,
    stored,
)

TABLES = ([[0, 1], [0, 1]], [[0, 1], [1, 1]], [[1, 0], [0, 1]], [[0, 0], [1, 0]])  # the first: the last letter
LONGEST = 5
SEEDS = 150


def drawn(seed: int, prefix: int = 0, fuzzy: bool = False) -> dict:
    """Two states in three dimensions: codes (1, ±1, 0), letters that nearly do what they should, and cones as they are.

    Args:
        seed: of all numbers.
        prefix: length of the words that are multiplied out.
        fuzzy: whether L is not quite the inverse of P.
    """
    draw = random.Random(seed)
    table = TABLES[seed % len(TABLES)]

    def noise(size: float) -> Fraction:
        return Fraction(round(draw.uniform(-size, size) * 2**10), 2**10)

    size = draw.choice((0.02, 0.1, 0.3))
    grow = draw.choice((0, Fraction(1, 2), Fraction(5, 4)))
    codes = [[Fraction(1), Fraction(1), Fraction(0)], [Fraction(1), Fraction(-1), Fraction(0)]]
    A = []
    for x in range(2):
        images = [codes[table[q][x]] for q in range(2)]
        first = [(a + b) / 2 for a, b in zip(*images, strict=True)]  # of (1, 0, 0)
        second = [(a - b) / 2 for a, b in zip(*images, strict=True)]  # of (0, 1, 0)
        columns = [first, second, [Fraction(0), Fraction(0), Fraction(grow)]]
        unit = draw.choice((1, 4, Fraction(1, 8)))
        A.append([[unit * (columns[j][i] + noise(size)) for j in range(3)] for i in range(3)])
    back = [[[codes[v][i], Fraction(int(i == 1)), Fraction(int(i == 2))] for i in range(3)] for v in range(2)]
    to = [inverse(P) for P in back]
    if fuzzy:
        to = [[[value + noise(0.05) for value in row] for row in L] for L in to]
    start = [value + noise(size) for value in codes[0]]
    C = [[noise(size), Fraction(q), noise(size)] for q in (1, -1)]
    begins = [0]
    for _ in range(prefix):
        begins = [table[v][x] for x in range(2) for v in begins]
    cones = {
        "states": [0, 1],
        "next": [q for row in table for q in row],
        "begins": begins,
        "to": stored(to),
        "from": stored(back),
    }
    return document_of(A, start, C, table, 0, {"prefix": prefix, "cones": cones})


@cache
def sample() -> tuple[dict, ...]:
    return tuple(drawn(seed, seed % 3, seed % 5 == 0) for seed in range(SEEDS))


def with_ball(document: dict, radius: float) -> dict:
    cones = document["proof"]["cones"] | {"ball": stored([radius] * len(document["proof"]["cones"]["states"]))}
    return changed(document, cones=cones) | {"horizon": "infinity"}


def test_no_claim_is_contradicted_and_many_are_long() -> None:
    checker = loaded()
    reached = [longest_claim(checker, document, 8) for document in sample()]
    wrong = [first_wrong(document, LONGEST) for document in sample()]
    assert not [seed for seed, (t, w) in enumerate(zip(reached, wrong, strict=True)) if w is not None and t >= w]
    assert sum(t == 8 for t in reached) > 10
    assert sum(w is not None and w > 0 for w in wrong) > 10


def test_balls_are_right_for_ever_or_refused() -> None:
    held = 0
    for document in sample():
        outcomes = [outcome(loaded_once(), with_ball(document, radius)) for radius in (0.1, 0.3, 0.7)]
        if math.inf in outcomes:
            assert first_wrong(document, LONGEST) is None
            held += 1
    assert held > 5


@cache
def loaded_once():
    return loaded()


def tight(seed: int) -> dict:
    """One letter that stays in state 0 with the code (1, 0), and errors that add up with one sign.

    The radii are those of the one word there is, which is right as long as they are below 1; with an odd seed L is not
    the inverse of P.
    """
    draw = random.Random(seed)
    g, d, start = (Fraction(draw.randrange(2, 8), 32) for _ in range(3))
    G = draw.choice((Fraction(1, 2), Fraction(1), Fraction(9, 8)))
    A, h = [[[Fraction(1), -g], [d, G]]], [Fraction(1), start]
    L = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]]
    if seed % 2:
        L = [[Fraction(5, 4), Fraction(0)], [Fraction(0), Fraction(3, 4)]]
    cones = {"states": [0], "next": [0], "begins": [0], "to": stored([L]), "from": stored([eye(2)])}
    C = [[Fraction(1), Fraction(-1)], [Fraction(0), Fraction(0)]]
    return document_of(A, h, C, [[0], [1]], 0, {"prefix": 0, "cones": cones})


def test_one_word_has_the_horizon_of_its_recursion() -> None:
    found = [(longest_claim(loaded_once(), document, 12), first_wrong(document, 13)) for document in tights()[::2]]
    assert all(wrong is None or horizon == wrong - 1 for horizon, wrong in found)
    assert sum(wrong is not None for _, wrong in found) > 10


@cache
def tights() -> tuple[dict, ...]:
    return tuple(map(tight, range(80)))


def stubborn() -> list[dict]:
    """A task of two states in turn, and networks that do not follow it: always one state, the sign turned around."""
    one, half = Fraction(1), Fraction(1, 2)
    cones = {"states": [0], "next": [0], "begins": [0], "to": stored([eye(2)]), "from": stored([eye(2)])}
    found = []
    for table, sign, start in (([[1], [0]], one, one), ([[0], [1]], -one, one), ([[0], [1]], one, -one)):
        A, C = [[[sign, Fraction(0)], [Fraction(0), sign * half]]], [[one, Fraction(0)], [Fraction(0), Fraction(0)]]
        proof = {"prefix": 0, "cones": cones}
        found.append(document_of(A, [start, Fraction(0)], C, table, 0, proof, shortest=1))
    return [*found, two_words()]


def two_words() -> dict:
    """Two letters that stay in state 0, one with a larger error than the other; 1 is too large an error."""
    A = [[[Fraction(1), Fraction(0)], [Fraction(0), G]] for G in (Fraction(1, 2), Fraction(17, 16))]
    C = [[Fraction(1), Fraction(-1)], [Fraction(0), Fraction(0)]]
    cones = {"states": [0], "next": [0, 0], "begins": [0, 0], "to": stored([eye(2)]), "from": stored([eye(2)])}
    return document_of(A, [Fraction(1), Fraction(29, 32)], C, [[0, 0], [1, 1]], 0, {"prefix": 1, "cones": cones})


def far_out() -> dict:
    """Errors below 1/2 fade, e' = 3/4 e / (1 - e/2), and larger ones grow: the start has 5/8."""
    A = [[[Fraction(1), Fraction(-1, 2)], [Fraction(0), Fraction(3, 4)]]]
    C = [[Fraction(1), Fraction(-1)], [Fraction(0), Fraction(0)]]
    cones = {"states": [0], "next": [0], "begins": [0], "to": stored([eye(2)]), "from": stored([eye(2)])}
    return document_of(A, [Fraction(1), Fraction(5, 8)], C, [[0], [1]], 0, {"prefix": 0, "cones": cones})


DEFECT = ("up(nodes.leak[v] * frobenius((matrix, e))), Fraction(0)", "Fraction(0), Fraction(0)")

# each text of the lemma, with an error in its place that lets a false claim through
ERRORS = (
    ("the scale that errors take", "self.kept - (self.lost * E >> GRID) - 1", "self.kept"),
    ("growth", "self.drift + (self.growth * E >> GRID) + 1", "self.drift"),
    ("drift", "self.drift + (self.growth * E >> GRID) + 1", "(self.growth * E >> GRID) + 1"),
    ("the error of a word of the prefix", "found[v] = max(E, found[v] or 0)", "found[v] = 0"),
    ("the largest of all words", "max(E, found[v] or 0)", "min(E, E if found[v] is None else found[v])"),
    ("the largest of all edges", "max(step.radius(E), moved[step.after] or 0)", "step.radius(E) // 4"),
    ("what errors take from a lead", "- side * radius", ""),
    ("the defect in a step", *DEFECT),
    ("the lead itself", "require(margin > 0,", "require(margin > -1,"),
    ("every rival", "for p in claim.rivals(q):", "for p in claim.rivals(q)[1:]:"),
    ("the next state", "require(states[w] == claim.table[q][x],", "require(True,"),
    ("a positive scale", "require(scale > lost,", "require(scale != lost,"),
    ("a scale that does not vanish", "require(below > 0,", "require(below != 0,"),
)


@pytest.mark.parametrize(("old", "new"), [pair[1:] for pair in ERRORS], ids=[error[0] for error in ERRORS])
def test_planted_errors_are_noticed(old: str, new: str) -> None:
    checker = planted("cones", old, new)
    assert any(claims_too_much(checker, document, 12) for document in tights()) or any(
        claims_too_much(checker, document, LONGEST) for document in [*stubborn(), *sample(), *swapped()]
    )


def test_the_defect_of_the_coordinates_counts_in_a_lead() -> None:
    with_it, without = loaded("cones", DEFECT), loaded("cones", DEFECT, ("whole * nodes.leak[v] + shaken", "shaken"))
    reached = [(longest_claim(with_it, d, 12), longest_claim(without, d, 12)) for d in tights()[1::2]]
    assert all(a <= b for a, b in reached)
    assert any(a < b for a, b in reached)


def swapped() -> list[dict]:
    """Nodes whose edges, or whose coordinates, belong to the wrong state."""
    found = []
    for document in sample()[:60]:
        cones = document["proof"]["cones"]
        constant = cones | {"next": [0] * 4, "begins": [0] * len(cones["begins"])}
        found.append(changed(document, cones=constant))
        minus = [[[-value for value in row] for row in matrix] for matrix in (eye(3), eye(3))]
        found.append(changed(document, cones=cones | {"to": stored(minus), "from": stored(minus)}))
    return found


BALL_ERRORS = (
    ("the start is inside", "E is None or most >= E for E", "True for E"),
    ("no letter leaves", "require(step.radius(ball[step.before]) <= ball[step.after],", "require(True,"),
)


@pytest.mark.parametrize(("old", "new"), [pair[1:] for pair in BALL_ERRORS], ids=[e[0] for e in BALL_ERRORS])
def test_planted_errors_of_balls_are_noticed(old: str, new: str) -> None:
    checker = planted("cones", old, new)
    balls = [with_ball(d, radius) for d in [far_out(), *sample(), *swapped()] for radius in (0.001, 0.1, 0.5)]
    assert any(outcome(checker, ball) == math.inf and first_wrong(ball, LONGEST) is not None for ball in balls)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"states": []}, "are none, or more than can be checked"),
        ({"states": [0, 2]}, "whole numbers from 0 to 1"),
        ({"next": [0, 1, 0]}, "one node for each node and letter"),
        ({"begins": [0, 1]}, "one node for each word"),
        ({"begins": [2]}, "whole numbers from 0 to 1"),
        ({"to": stored([eye(3)])}, "another shape"),
        ({"from": 1}, "'from' is int"),
    ],
)
def test_what_is_no_certificate_is_refused(more: dict, reason: str) -> None:
    document = drawn(0)
    with pytest.raises(FormatError, match=reason):
        check(changed(document, cones=document["proof"]["cones"] | more) | {"horizon": 3})


def test_coordinates_have_to_be_nearly_inverse_and_words_of_the_state() -> None:
    document = drawn(0)
    cones = document["proof"]["cones"]
    with pytest.raises(CheckError, match="not inverse to each other"):
        check(changed(document, cones=cones | {"to": stored([[[v * 2 for v in row] for row in eye(3)]] * 2)}))
    with pytest.raises(CheckError, match="another state"):
        check(changed(document, cones=cones | {"begins": [1]}))
    with pytest.raises(FormatError, match="the radii of the ball"):
        check(with_ball(document, -0.5))
    with pytest.raises(FormatError, match="too many for"):
        check(document | {"horizon": 250_000, "proof": many(document)})


def many(document: dict) -> dict:
    """Sixty copies of the nodes."""
    cones, copies = document["proof"]["cones"], 60
    return document["proof"] | {
        "cones": {
            "states": cones["states"] * copies,
            "next": cones["next"] * copies,
            "begins": cones["begins"],
            "to": stored([inverse(P) for P in backs()] * copies),
            "from": stored(backs() * copies),
        }
    }


def backs() -> list:
    return [[[1, 0, 0], [sign, 1, 0], [0, 0, 1]] for sign in (Fraction(1), Fraction(-1))]


# rounding -------------------------------------------------------------------------------------------------------

COARSE = {"arithmetic": "float32", "terms": 2**17}  # γ is about 1/128
GAMMA = Fraction(2**17, 2**24 - 2**17)


def rounded(seed: int, prefix: int = 0, shrink: bool = False) -> dict:
    """One letter of one state: the code (1, 0), and an error that fades or adds up; start and readout of norm 1."""
    draw = random.Random(seed)
    d, g, start = (Fraction(draw.randrange(0, 4), 64) for _ in range(3))
    G = draw.choice((Fraction(1, 2), Fraction(7, 8), Fraction(1)))
    least = Fraction(1, 2**60) if shrink else Fraction(1)
    A = [[[v * least for v in row] for row in ([Fraction(1), -g], [d, G])]]
    cones = {"states": [0], "next": [0], "begins": [0], "to": stored([eye(2)]), "from": stored([eye(2)])}
    C = [[Fraction(1), Fraction(-1)], [Fraction(0), Fraction(0)]]
    return document_of(A, [Fraction(1), start], C, [[0], [1]], 0, {"prefix": prefix, "cones": cones}, **COARSE)


def slow(start: int, prefix: int, **more: object) -> dict:
    """The letter that changes nothing, and an error of start / 64: only rounding lets it grow."""
    cones = {"states": [0], "next": [0], "begins": [0], "to": stored([eye(2)]), "from": stored([eye(2)])}
    C, proof = [[Fraction(1), Fraction(-1)], [Fraction(0), Fraction(0)]], {"prefix": prefix, "cones": cones}
    return document_of([eye(2)], [Fraction(3, 4), Fraction(3 * start, 256)], C, [[0], [1]], 0, proof, **(COARSE | more))


@cache
def shaken() -> tuple[dict, ...]:
    many = [slow(start, prefix) for start in (52, 54, 56, 58, 60) for prefix in (3, 5, 7)]
    whole = [slow(start, prefix, arithmetic="int8", terms=1) for start in (52, 56, 60) for prefix in (0, 3)]
    return (*many, *whole, *(rounded(seed, seed % 2) for seed in range(60)))


def first_wrong_of_adversary(document: dict, longest: int) -> int | None:
    """The first length at which rounding of the worst sign, as large as lemma 0 allows, can make the word wrong."""
    A, h = read(document["weights"]["transitions"])[0], read(document["weights"]["start"])
    gamma, even = (GAMMA, 0) if document["arithmetic"] == "float32" else (0, Fraction(1, 254))
    h = [h[0] - even * max(h), h[1] + even * max(h)]
    for length in range(longest + 1):
        if length:
            sizes = [sum(abs(a) * abs(b) for a, b in zip(row, h, strict=True)) for row in A]
            moved = [sum(a * b for a, b in zip(row, h, strict=True)) for row in A]
            off = [gamma * size + even * max(map(abs, moved)) for size in sizes]
            h = [moved[0] - off[0], moved[1] + off[1]]
        if h[0] <= h[1]:
            return length
    return None


def test_rounding_of_the_worst_sign_contradicts_no_claim() -> None:
    documents = shaken()
    found = [(longest_claim(loaded_once(), d, 40), first_wrong_of_adversary(d, 41)) for d in documents]
    assert all(wrong is None or claim < wrong for claim, wrong in found)
    assert sum(wrong is not None and claim > wrong / 4 for claim, wrong in found) > 10  # not far below it either


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("leak, least = up(leak + rho * unit), up(smallest * unit)", "least = up(smallest * unit)"),
        ("more * (rounding.whole * frobenius(wide) +", "more * ("),
        ("if rounding.even:", "if False:"),
        ("sqrt(sum(v**2 for v in row), 2 * g)", "sqrt(sum(v**2 for v in row), 2 * g + 4)"),
        ("Fraction(2) ** (exponent - e)", "Fraction(2) ** (exponent - e - 3)"),
        ("require(scale > lost,", "lost, added = 0, []\n        require(scale > lost,"),
    ],
    ids=[
        "rounding of a step",
        "its relative part",
        "states of whole numbers",
        "their size",
        "its unit",
        "rounding of the first words",
    ],
)
def test_planted_errors_of_rounding_are_noticed(old: str, new: str) -> None:
    checker = planted("cones", old, new)
    documents = shaken()
    wrong = [first_wrong_of_adversary(d, 41) for d in documents]
    assert any(w is not None and longest_claim(checker, d, 40) >= w for d, w in zip(documents, wrong, strict=True))


def test_what_rounding_adds_is_what_the_statement_says() -> None:
    """L = P = I in two dimensions, where the numbers are short."""
    checker, document = loaded_once(), rounded(0)
    claim = checker.document.claim_of(document)
    rounding = checker.float_model.rounding_of(claim)
    nodes = checker.cones._nodes(claim)
    omega, n = Fraction(1, 2**126), 2
    size = math.sqrt(2)  # ‖P‖_F = ‖L‖_F, L = P = I
    gamma, w, read_off, r = rounding.gamma, rounding.step[0], rounding.read, 8 * n * omega * 2
    wide = math.sqrt(sum(float(v) ** 2 for row in read(document["weights"]["transitions"])[0] for v in row))
    rho, smallest = checker.cones._rounded(rounding, nodes, claim.A[0], 0, 0, 0)
    assert float(rho) == pytest.approx(float(gamma) * wide + 2 * float(w) * size * size, rel=1e-6)
    assert float(smallest) == pytest.approx(2 * 2.0**-50 * 2, rel=1e-6)
    shaken = checker.cones._shaken(claim, rounding, nodes, 0, 0)
    assert float(shaken[0]) == pytest.approx(float(read_off) * size + 2 * float(r) * size, rel=1e-3)


def test_states_that_may_become_too_small_are_refused() -> None:
    checker = loaded_once()
    small, ordinary = rounded(4, shrink=True) | {"horizon": 1}, rounded(4) | {"horizon": 1}
    assert outcome(checker, ordinary) == 1
    assert "its square may underflow" in str(outcome(checker, small))
    through = planted("cones", "require_range(enough,", "require_range(True,")
    assert outcome(through, small) == 1


def test_the_number_of_edges_is_looked_at_before_they_are_made() -> None:
    few = loaded("cones", ("MOST_EDGES = 2**20", "MOST_EDGES = 3"))
    assert "more than can be checked" in str(outcome(few, sample()[0]))
    assert outcome(loaded_once(), sample()[0] | {"horizon": 0}) == 0
