"""The theorem for rotations, against all words by flint's balls, and each number against its definition."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from bistate.verify.exact_check.angles import MOST_ORDER
from bistate.verify.exact_check.trigonometry import FINE
from flint import arb, ctx
from helpers.lemmas import changed, document_of, loaded, outcome, planted, read, signed, stored
from helpers.lemmas import first_wrong as first_wrong_of_all
from helpers.rotations import CYCLE, exact, first_wrong, turning

TRUE = loaded()
COARSE = {"arithmetic": "float32", "terms": 2}


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    before, ctx.prec = ctx.prec, 300
    yield
    ctx.prec = before


def longest(checker: SimpleNamespace, document: dict, most: int) -> int:
    return max((t for t in range(most + 1) if outcome(checker, document | {"horizon": t}) == t), default=-1)


def drawn(seed: int) -> dict:
    draw = random.Random(seed)
    m, planes = 2 + seed % 2, 1 + seed % 3
    drift = [[draw.choice((-1, 1)) * draw.uniform(0.05, 0.3) for _ in range(planes)] for _ in range(m)]
    readout = [1.0] + [draw.uniform(-0.4, 0.6) for _ in range(planes - 1)]
    return turning(m, drift, readout, 0)


# all words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_horizons_end_just_before_a_word_is_wrong(seed):
    """The hull holds more than the words, so that one letter in ten or so is lost."""
    document = drawn(seed)
    wrong = first_wrong(document, 24)
    found = longest(TRUE, document, 24)
    assert found < (25 if wrong is None else wrong)
    assert found >= 0.85 * (24 if wrong is None else wrong) - 2


def test_a_start_or_a_readout_that_is_wrong_proves_nothing():
    document = turning(3, [[0.0]] * 3, [-1.0], 0)
    assert first_wrong(document, 0) == 0
    assert "need not be classified rightly" in str(outcome(TRUE, document))


# number by number ---------------------------------------------------------------------------------------------------


def angle_facts(checker: SimpleNamespace) -> Iterator[bool]:
    """δ, ρ and by how much angles are off, against arguments and sizes of the complex numbers."""
    slopes = ((0.0, 1.0), (0.01, 1.0), (-0.02, 1.03125), (0.3, 0.96875))
    for (off, stretch), m in itertools.product(slopes, (2, 3)):
        document = turning(m, [[0.125, -0.25], [0.5, 0.25], [-0.125, 0.0]][:m], [1.0, 1.0], 3, stretch)
        angles = [[v + Fraction(off) for v in row] for row in read(document["proof"]["angles"])]
        angles = [[Fraction(float(v)) for v in row] for row in angles]
        claim = checker.document.claim_of(changed(document, angles=stored(angles)))
        turns = document["proof"]["turns"]
        drift = checker.angles._drift(claim, checker.angles._rotations(claim), m, turns, checker.trigonometry.pi())
        A = read(document["weights"]["transitions"])
        for x, j in itertools.product(range(m), range(2)):
            c, s = exact(A[x][2 * j][2 * j]), exact(A[x][2 * j + 1][2 * j])
            given = exact(angles[x][j])
            delta = arb(drift.delta[x][j]) / arb(2) ** FINE
            yield abs(delta - (given - 2 * arb.pi() * turns[x][j] / m)) < arb(2) ** -150
            across = c * given.sin() - s * given.cos()
            along = c * given.cos() + s * given.sin()
            yield abs((across / along).atan()) < exact(drift.off)
            yield abs((c * c + s * s).sqrt() - 1) <= exact(drift.rho) + arb(2) ** -290
        yield drift.off < abs(off) + 0.1
        yield drift.rho < 3 * abs(stretch - 1) + 0.001


def lost_facts(checker: SimpleNamespace) -> Iterator[bool]:
    """What stretching, angles, rounding and underflow may add to a product of T letters, in units of its size."""
    for T, rho, off, gamma in itertools.product((0, 1, 7), (0, 0.02), (0, 0.03), (None, 2.0**-24, 2.0**-8)):
        drift = SimpleNamespace(rho=Fraction(rho), off=Fraction(off))
        unit, tiny, w = Fraction(1, 2**24), Fraction(1, 2**125), Fraction(1, 2**100)
        rounding = None
        if gamma is not None:
            step, gamma = (w / 8, w), Fraction(gamma)
            rounding = SimpleNamespace(whole=gamma, unit=unit, alone=step, tiny=tiny, read=w, logit=w / 8)
        claim = SimpleNamespace(hidden=4)
        off_by, lost, read_by = checker.angles._disturbed(claim, rounding, drift, T)
        added = Fraction(gamma or 0) * Fraction(181, 128)  # √2 from below
        start = 4 * unit if rounding else 0
        yield off_by >= (1 + start) * ((1 + Fraction(rho)) * (1 + added)) ** T - 1 + T * Fraction(off)
        yield off_by <= 3 * (start + T * (2 * rho + 2 * added + off)) + Fraction(1, 2**100)
        if rounding is not None:
            yield lost[0] >= 6 * ((T + 1) * w + tiny)
            yield lost[1] >= 2 * 6 * w / 8
            yield read_by == w


def wave_facts(checker: SimpleNamespace) -> Iterator[bool]:
    """Amplitudes, and the lead of two rows at turned planes as a sinusoid of the error of the angle."""
    own, rival, h = [3, 1, -2, 5], [2, 4, 2, 2], [2, 1, -1, 3]
    for s in (0.0, 1.0, 4.0):
        around = [(int(math.cos(s) * 2**52) << (FINE - 52), int(math.sin(s) * 2**52) << (FINE - 52)) for _ in range(2)]
        turned = [(c * h[2 * j] - v * h[2 * j + 1], v * h[2 * j] + c * h[2 * j + 1]) for j, (c, v) in enumerate(around)]
        waves, size, wide = checker.angles._waves(own, rival, h, turned)
        total = 0.0
        for j, (alpha, beta, bound, least) in enumerate(waves):
            d = complex(own[2 * j] - rival[2 * j], own[2 * j + 1] - rival[2 * j + 1])
            z = complex(h[2 * j], h[2 * j + 1])
            true = abs(d) * abs(z)
            yield bound >= true - 1e-9
            yield -least / 2 ** (2 * FINE) >= true
            yield -least / 2 ** (2 * FINE) <= true + 2
            for e in (0.0, 0.5, -2.0):
                lead = (d.conjugate() * z * complex(math.cos(s + e), math.sin(s + e))).real
                yield abs(alpha / 2**FINE * math.cos(e) + beta / 2**FINE * math.sin(e) - lead) < 1e-9
            total += bound
        yield size == total
        sums = [(abs(own[2 * j]) + abs(own[2 * j + 1]), abs(rival[2 * j]) + abs(rival[2 * j + 1])) for j in range(2)]
        yield wide >= sum((a + b) * math.hypot(h[2 * j], h[2 * j + 1]) for j, (a, b) in enumerate(sums)) - 1e-9


def minorant_facts(checker: SimpleNamespace) -> Iterator[bool]:
    """Between any two ends the chord of the minorant is below the wave."""
    unit_pi, trig = checker.trigonometry.pi(), checker.trigonometry
    for k, length in itertools.product(range(24), (1, 8, 16, 20, 24, 25, 26, 40)):
        phase, first = k * math.pi / 12, 0.1
        alpha, beta = round(2**40 * math.cos(phase)), round(2**40 * math.sin(phase))
        ends = [int(e * 2**50) << (FINE - 50) for e in (first, first + length / 16, first + length / 8)]
        wave = (alpha << FINE, beta << FINE, 2**41, -((2**40 + 1) << 2 * FINE))
        for order in (ends, ends[::-1], [ends[1], ends[0], ends[2]]):
            values, below = checker.angles.minorant(wave, order, [trig.cosine_and_sine(e) for e in order], unit_pi)
            for i, j in itertools.combinations(range(3), 2):
                for part in range(9):
                    e = (order[i] * part + order[j] * (8 - part)) / 8 / 2**FINE
                    chord = (below[i] * part + below[j] * (8 - part)) / 8 / 2 ** (2 * FINE)
                    yield chord <= alpha * math.cos(e) + beta * math.sin(e) + 2**10
            yield all(b <= v for b, v in zip(below, values, strict=True))


def facts(checker: SimpleNamespace) -> Iterator[bool]:
    yield from wave_facts(checker)
    yield from lost_facts(checker)
    yield from angle_facts(checker)
    yield from minorant_facts(checker)


@pytest.mark.parametrize("some", [angle_facts, lost_facts, wave_facts, minorant_facts])
def test_numbers_are_those_of_the_definition(some):
    assert all(some(TRUE))


ERRORS = [
    ("angles are measured across", "off = max(off, Fraction(abs(across) + unsure, along - unsure))", "pass"),
    ("the largest angle is off", "off = max(off, Fraction(", "off = max(Fraction(0), Fraction("),
    ("stretching counts", "rho = max(rho, abs(Fraction(c * c + s * s, 1 << 2 * e) - 1))", "pass"),
    (
        "stretching either way counts",
        "abs(Fraction(c * c + s * s, 1 << 2 * e) - 1)",
        "Fraction(c * c + s * s, 1 << 2 * e) - 1",
    ),
    ("δ is without the turn", "angle - 2 * unit_pi * turns[x][j] // order", "angle"),
    ("T factors are stretched", "shaken = T * rho / (1", "shaken = rho / (1"),
    ("factors multiply", "shaken = T * rho / (1 - T * rho)", "shaken = T * rho"),
    ("T angles are off", "shaken + T * drift.off +", "shaken + drift.off +"),
    ("rounding stretches", "rho = (1 + drift.rho) * (1 + 2 * gamma) - 1", "rho = drift.rho"),
    ("rounding stretches by √2 γ", "(1 + 2 * gamma)", "(1 + gamma)"),
    ("the start is rounded", "(1 + 4 * rounding.unit) - 1", "1 - 1"),
    ("underflow of every letter", "steps = (T + 1) * max(rounding.alone)", "steps = max(rounding.alone)"),
    ("of the worst letter", "(T + 1) * max(rounding.alone)", "(T + 1) * min(rounding.alone)"),
    ("underflow is over κ", "(32 * steps, 32 * rounding.logit)", "(2 * steps, 32 * rounding.logit)"),
    ("of logits too", "(32 * steps, 32 * rounding.logit)", "(32 * steps, rounding.logit)"),
    (
        "logits are rounded",
        "lost, read = (32 * steps, 32 * rounding.logit), rounding.read",
        "lost = (32 * steps, 32 * rounding.logit)",
    ),
    (
        "amplitudes are of both rows",
        "d = own[2 * j] - rival[2 * j], own[2 * j + 1] - rival[2 * j + 1]",
        "d = own[2 * j], own[2 * j + 1]",
    ),
    ("an amplitude is of both entries", "bound = (abs(d[0]) + abs(d[1])) * length", "bound = abs(d[0]) * length"),
    ("a wave turns the right way", "d[1] * h_j[0] - d[0] * h_j[1]", "d[0] * h_j[1] - d[1] * h_j[0]"),
    (
        "sizes of both rows",
        "for row in (own, rival) for i in (0, 1)) * length",
        "for row in (own,) for i in (0, 1)) * length",
    ),
    ("the least of a wave", "-((isqrt(square) + 1) << 2 * FINE)", "-(isqrt(square) << 2 * FINE - 1)"),
    ("a range of π is too long", "highest - lowest >= unit_pi - (1", "highest - lowest >= 2 * unit_pi - (1"),
    (
        "a positive wave is positive at both ends",
        "if min(values[low], values[high]) >= unsure",
        "if max(values[low], values[high]) >= unsure",
    ),
    ("a negative wave has a tangent", "return values, tangent(middle)", "return values, values"),
    (
        "a wave with both signs has one at its lower end",
        "return values, list(map(min, values, tangent(end)))",
        "return values, values",
    ),
    ("the tangent is at the negative end", "if values[end] <= -unsure:", "if values[end] >= unsure:"),
    (
        "a tangent has a slope",
        "(beta * c - alpha * s) * (e - ends[i]) >> FINE",
        "(beta * s - alpha * c) * (e - ends[i]) >> FINE",
    ),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_an_angle_is_noticed(hypothesis, old, new):
    assert not all(facts(planted("angles", old, new))), hypothesis


# errors from end to end ---------------------------------------------------------------------------------------------

FAR = [
    ("angles drift", "[[T * v for v in row] for row in drift.delta]", "[[0 for v in row] for row in drift.delta]"),
    ("T letters drift", "[T * v for v in row]", "[(T + 1) // 2 * v for v in row]"),
    ("0 is in the hull", "] + [[0] * planes], unit_pi", "], unit_pi"),
    ("other states are rivals", "for other in claim.rivals(q):", "for other in claim.rivals(q)[:0]:"),
    ("every state is compared", "for q, seats_of_q in seats.items():", "for q, seats_of_q in [*seats.items()][:1]:"),
    ("a piece is above what is lost", "if min(totals) > above:", "if max(totals) > above:"),
    ("both halves are looked at", "for k in (i, j)]", "for k in (i,)]"),
    ("a corner that is wrong is wrong", "return False\n            i, j", "continue\n            i, j"),
    (
        "seats are turned",
        "turned.append((c * a - sine * b, sine * a + c * b))",
        "turned.append((c * a + sine * b, c * b - sine * a))",
    ),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), FAR, ids=[e[0] for e in FAR])
def test_an_error_planted_in_the_hull_proves_what_is_false(hypothesis, old, new):
    checker = planted("angles", old, new)
    for document in [*odd_ones(), *map(drawn, range(12))]:
        wrong = first_wrong(document, 14)
        if wrong is not None and longest(checker, document, 20) >= wrong:
            return
    pytest.fail(hypothesis)


def odd_ones() -> list[dict]:
    return [round_and_round(), beside(), of_rows(False), of_rows(True)]


def test_the_odd_ones_are_accepted_as_far_as_they_are_right():
    for document in odd_ones():
        wrong = first_wrong(document, 14)
        assert wrong - 2 <= longest(TRUE, document, 20) < wrong  # a tie may be lost


def round_and_round() -> dict:
    """After 12 letters the plane is where it should be, and not in between."""
    return turning(2, [[math.pi / 6]] * 2, [1.0], 0)


def beside() -> dict:
    """One plane goes round once and a third, beside one that stays: wrong in the first half alone."""
    return turning(2, [[0.43, 0.0]] * 2, [1.0, 0.9], 0)


def of_rows(turned: bool) -> dict:
    """State 1 loses to state 2, and no state to state 0; or 1 and 2 are read as each other."""
    document = turning(3, [[0.0]] * 3, [1.0], 0)
    rows = [[float(v) for v in row] for row in read(document["weights"]["readout"])]
    more = [4 * a + 5 * b for a, b in zip(rows[1], rows[2], strict=True)]
    rows = [rows[0], rows[2], rows[1]] if turned else [*rows[:2], more]
    return signed(document | {"weights": document["weights"] | {"readout": stored(rows)}})


# what the theorem supposes ------------------------------------------------------------------------------------------


def with_letter(change: dict[tuple[int, int], float]) -> dict:
    document = turning(3, [[0.0, 0.0]] * 3, [1.0, 0.5], 5)
    A = read(document["weights"]["transitions"])
    for (i, j), value in change.items():
        A[1][i][j] = value
    return signed(document | {"weights": document["weights"] | {"transitions": stored(A)}})


ROTATIONS = "angles are for letters that are scaled rotations of planes"
PLAIN = turning(3, [[0.0, 0.0]] * 3, [1.0, 0.5], 5)
ROUNDED = turning(3, [[0.0]] * 3, [1.0], 5, **COARSE)


@pytest.mark.parametrize(
    ("document", "error", "reason"),
    [
        (with_letter({(0, 2): 2.0**-60}), CheckError, ROTATIONS),
        (with_letter({(3, 0): 2.0**-60}), CheckError, ROTATIONS),
        (with_letter({(0, 1): 0.5}), CheckError, ROTATIONS),
        (with_letter({(0, 0): 0.5}), CheckError, ROTATIONS),
        (with_letter({(0, 0): 0.0, (0, 1): 0.0, (1, 0): 0.0, (1, 1): 0.0}), CheckError, "not that of its matrix"),
        (changed(PLAIN, turns=[[0, 0], [1, 1], [1, 2]]), CheckError, "the turns do not follow the automaton"),
        (changed(PLAIN, turns=[[1, 1], [1, 1], [2, 2]]), CheckError, "the turns do not follow the automaton"),
        (changed(PLAIN, angles=stored([[2.0, 2.0]] * 3)), CheckError, "an angle is not that of its matrix"),
        (changed(PLAIN, order=MOST_ORDER + 1), FormatError, "'order' is 10001"),
        (changed(PLAIN, turns=[[0, 0], [1, 1], [2, 2**31 + 2]]), FormatError, "'turns' has to be whole numbers"),
        (changed(PLAIN, angles=stored([[0.0, 9.0]] * 3)), FormatError, "angles are between -8 and 8"),
        (PLAIN | {"horizon": "infinity"}, FormatError, "the horizon 'infinity' is out of range for angles"),
        (turning(3, [[0.0]] * 3, [1.0], 9, 1.0625), CheckError, "the planes can be stretched too much"),
        (turning(3, [[0.0]] * 3, [1.0], 9, 1.03), CheckError, "the planes can be stretched too much"),
        (
            turning(3, [[0.0]] * 3, [1.0], 5, **COARSE | {"terms": 2**21}),
            CheckError,
            "the planes can be stretched too much",
        ),
        (turning(3, [[0.0]] * 3, [1.0], 5, underflow=[0.01] * 3, **COARSE), CheckError, "underflow can add up to too"),
    ],
)
def test_a_claim_beyond_a_hypothesis_is_refused(document, error, reason):
    with pytest.raises(error, match=reason):
        check(document)


def test_plain_and_rounded_claims_hold():
    assert check(PLAIN) == 5
    assert check(ROUNDED) == 5


def test_an_odd_number_of_units_and_a_spread_are_refused():
    odd = document_of([[[1.0]]] * 2, [1.0], [[1.0], [-1.0]], CYCLE[2], 3, {"prefix": 0, "turns": [], "order": 1})
    with pytest.raises(FormatError, match="an even number of hidden units"):
        check(odd)
    spread = ROUNDED["weights"] | {"spread": stored([[[1.0, 1.0]] * 2] * 3)}
    with pytest.raises(FormatError, match="multiplied as they are, without a spread"):
        check(signed(ROUNDED | {"weights": spread}))


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [({(0, 2): 1.9}, "turning and not outside", "turning"), ({(1, 1): 2.0}, "turning and not outside", "not outside")],
)
def test_without_scaled_rotations_a_claim_would_be_false(change, old, new):
    document = with_letter(change)
    assert first_wrong_of_all(document, 2) in (1, 2)
    assert outcome(TRUE, document) == ROTATIONS
    assert outcome(planted("angles", old, new), document) == 5


def test_turns_that_do_not_follow_would_prove_what_is_false():
    """A letter that turns by a third, and states that come back after two letters."""
    third = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
    A = [[[1.0, 0.0], [0.0, 1.0]], [[third[0], -third[1]], [third[1], third[0]]]]
    proof = {"prefix": 0, "order": 3, "turns": [[0], [1]], "angles": stored([[0.0], [2 * math.pi / 3]])}
    document = document_of(A, [1.0, 0.0], [[1.0, 0.0], [math.cos(2.4), math.sin(2.4)]], CYCLE[2], 5, proof)
    assert first_wrong_of_all(document, 2) == 2
    assert outcome(TRUE, document) == "the turns do not follow the automaton"
    assert outcome(planted("angles", "require(seats[target] == reached", "require(True"), document) == 5


def test_stretching_beyond_its_limit_would_prove_what_is_false():
    """With T ρ above 1 the bound would be below zero; here a plane that is read falls behind one that is not."""
    document = turning(2, [[0.0, 0.0]] * 2, [1.0, -0.5], 60)
    A = read(document["weights"]["transitions"])
    for rows in A:
        rows[0][:2], rows[1][:2] = ([float(v) * 0.96875 for v in row[:2]] for row in rows[:2])
    document = signed(document | {"weights": document["weights"] | {"transitions": stored(A)}})
    assert first_wrong(document, 24) is not None
    assert outcome(TRUE, document) == "the planes can be stretched too much"
    assert outcome(planted("angles", "T * rho < Fraction(1, 2)", "True"), document) == 60
