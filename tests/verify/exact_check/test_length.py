"""The theorem: lengths that are followed one after the other, by fractions; balls; and the range on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import inf
from types import SimpleNamespace

import numpy as np
import pytest
from bistate.verify.exact_check import CheckError, FormatError, RangeError, check
from bistate.verify.exact_check.decision import Leads
from bistate.verify.exact_check.dyadic import GRID
from bistate.verify.exact_check.paths import Paths
from bistate.verify.exact_check.tube import LARGEST, Tube
from helpers.lemmas import (
    claims_too_much,
    document_of,
    drawn,
    eye,
    first_wrong,
    lemmas,
    loaded,
    longest_claim,
    outcome,
    planted,
    read,
    stored,
    tube_proof,
)

TRUE = loaded()
STEP = Fraction(1, 2**GRID)
PAIRS = [(0, 1), (1, 0)]
ZERO = Fraction(0)


def on_grid(value: float) -> Fraction:
    """A multiple of 2**-GRID that uses all of its digits."""
    return Fraction(round(Fraction(value) * 2**GRID / 3), 2**GRID)


def case(seed: int) -> SimpleNamespace:
    """A tube, leads, sometimes a path, and a claim; every third tube shrinks at first, every fourth turns."""
    draw = random.Random(seed)
    M = [[on_grid(draw.uniform(0, 3)) for _ in range(2)] for _ in range(2)]
    if seed % 4 == 0:  # errors of the first component become those of the second one, and vanish
        M = [[ZERO, ZERO], [on_grid(3), ZERO]]
    some = [on_grid(draw.uniform(0, 0.3)) for _ in range(8)]
    leak = (ZERO, ZERO) if seed % 2 else (some[0], some[1])
    eta = (some[2] / 2**20, some[3] / 2**20) if seed % 3 else (some[2] / 4, some[3] / 4)
    tube = Tube(
        tuple(map(tuple, M)), leak, tuple(map(snapped, eta)), (), (), tuple(map(snapped, some[4:6])), (), (), ()
    )
    lead = {pair: Fraction(draw.uniform(0.5, 4)) for pair in PAIRS}
    factor = {pair: [Fraction(draw.uniform(0, 2)) for _ in range(2)] for pair in PAIRS}
    leads = Leads((), lead, factor, factor, dict.fromkeys(PAIRS, Fraction(1)))
    paths = None
    if seed % 5 < 2:  # a path is needed: errors are too large for lemma 5, and do not grow
        tube = replace(tube, M=tuple(tuple(snapped(v / 4) for v in row) for row in M))
        factor = {pair: [f * 16 for f in factor[pair]] for pair in PAIRS}
        leads = replace(leads, factor=factor)
        gap = {pair: [f / 128 for f in factor[pair]] for pair in PAIRS}
        tau = tuple(snapped(v * (seed % 7)) for v in some[6:8])
        potential = ((ZERO, Fraction(1, 8)), (Fraction(-1, 8), ZERO))
        paths = Paths(potential, snapped(some[2] / 8), tau, snapped(some[3] / 2), gap)
    proof = {"alone": draw.choice((0, 0, 1, 3, 20))} if seed % 2 else {}
    return SimpleNamespace(tube=tube, leads=leads, paths=paths, proof=proof, prefix=seed % 3)


def snapped(value: Fraction) -> Fraction:
    return Fraction(int(value * 2**GRID), 2**GRID)


CASES = [case(seed) for seed in range(120)]


def claim(given: SimpleNamespace, horizon: float) -> SimpleNamespace:
    return SimpleNamespace(horizon=horizon, prefix=given.prefix, proof=given.proof)


def course(given: SimpleNamespace, length: int) -> Iterator[tuple[Fraction, Fraction]]:
    """The least margin of any pair, and Σ ε, at each length from the prefix on: the statement, without any rounding."""
    tube, leads, paths = given.tube, given.leads, given.paths
    epsilon, W = list(tube.epsilon), paths.W if paths else ZERO
    yield Fraction(2**60), sum(epsilon)
    for _ in range(length):
        if paths:
            W += paths.mu + sum(t * e for t, e in zip(paths.tau, epsilon, strict=True))
        total = sum(epsilon)
        epsilon = [
            sum(m * e for m, e in zip(row, epsilon, strict=True)) + leak * total + eta
            for row, leak, eta in zip(tube.M, tube.leak, tube.eta, strict=True)
        ]
        margins = []
        for q, p in leads.lead:
            margin = leads.lead[q, p] - sum(f * e for f, e in zip(leads.factor[q, p], epsilon, strict=True))
            if paths:
                along = W + paths.potential[q][p]
                taken = sum(g * e for g, e in zip(paths.gap[q, p], epsilon, strict=True))
                margin = max(margin, leads.lead[q, p] - along - taken)
            margins.append(margin)
        yield min(margins), sum(epsilon)


def followed(checker: SimpleNamespace, given: SimpleNamespace, horizon: float) -> SimpleNamespace | None:
    try:
        return checker.length.follow(claim(given, horizon), given.tube, given.leads, given.paths)
    except checker.errors.CheckError:
        return None


def longest(checker: SimpleNamespace, given: SimpleNamespace, most: int = 12) -> int:
    return max((t for t in range(most + 1) if followed(checker, given, given.prefix + t) is not None), default=-1)


def false(checker: SimpleNamespace, given: SimpleNamespace) -> bool:
    """Whether a length is accepted that is not right, or what is said of the way there is not."""
    found = list(course(given, 12))
    for t in range(1, 13):
        result = followed(checker, given, given.prefix + t)
        if result is not None:
            margins, sums = zip(*found[: t + 1], strict=True)
            if min(margins) <= 0 or result.margin > min(margins) or result.errors < max(sums) or max(sums) >= LARGEST:
                return True
    return False


# finite horizons ----------------------------------------------------------------------------------------------------


def test_every_length_that_is_accepted_is_right():
    assert not any(false(TRUE, given) for given in CASES)


def test_lengths_are_accepted_as_far_as_they_are_right_where_errors_grow():
    """From ε = 0 on errors grow; nothing is lost then but what is rounded to the grid."""
    equal = 0
    for given in CASES:
        double = tuple(tuple(2 * v for v in row) for row in given.tube.M)
        tube = replace(given.tube, M=double, epsilon=(ZERO, ZERO))
        grown = SimpleNamespace(**{**vars(given), "tube": tube, "paths": None, "proof": {}})
        right = next((t - 1 for t, (margin, _) in enumerate(course(grown, 12)) if margin <= 0), 12)
        assert longest(TRUE, grown) == right
        equal += 0 < right < 12
    assert equal > 10


def test_lengths_compared_alone_are_accepted_where_errors_come_and_go():
    """ε turns from one component to the other; compared together, the largest of both would be taken."""
    M = ((ZERO, ZERO), (Fraction(1), ZERO))
    tube = Tube(M, (ZERO, ZERO), (ZERO, Fraction(1, 4)), (), (), (Fraction(3, 4), Fraction(3, 4)), (), (), ())
    lead, factor = dict.fromkeys(PAIRS, Fraction(5, 4)), {pair: [Fraction(1)] * 2 for pair in PAIRS}
    leads = Leads((), lead, factor, factor, lead)
    given = SimpleNamespace(tube=tube, leads=leads, paths=None, proof={}, prefix=0)
    assert [margin > 0 for margin, _ in course(given, 3)] == [True] * 4
    assert followed(TRUE, given, 3) is None
    given.proof = {"alone": 1}
    assert followed(TRUE, given, 3) is not None


def test_a_margin_of_nothing_is_no_margin():
    tube = Tube(((Fraction(1),),), (ZERO,), (ZERO,), (), (), (Fraction(1, 2),), (), (), ())
    leads = Leads((), dict.fromkeys(PAIRS, Fraction(1)), {}, {pair: [Fraction(2)] for pair in PAIRS}, {})
    given = SimpleNamespace(tube=tube, leads=leads, paths=None, proof={"ball": stored([0.5])}, prefix=0)
    for horizon, old in ((1, "least > 0"), (inf, "margin > 0")):
        assert followed(TRUE, given, horizon) is None
        assert followed(planted("length", old, old.replace(">", ">=")), given, horizon) is not None


ERRORS = [
    ("the last length counts", "range(claim.prefix + 1, last + 1)", "range(claim.prefix + 1, last)"),
    ("the largest errors of all lengths", "largest = list(map(max, largest, epsilon))", "largest = epsilon"),
    ("every pair counts", "for pair in leads.lead:\n        margin", "for pair in [*leads.lead][:1]:\n        margin"),
    ("lengths alone are compared", "found.append(margin(epsilon, t))\n", "pass\n"),
    (
        "errors are rounded upwards",
        "extra - (-(sum(m * epsilon[j] for j, m in row) + loss * total) >> GRID)",
        "extra + ((sum(m * epsilon[j] for j, m in row) + loss * total) >> GRID)",
    ),
    ("errors leak", "total = sum(epsilon) if leaking else 0", "total = 0"),
    ("errors are added", "extra - (-(sum(m", "0 * extra - (-(sum(m"),
    ("all components have errors", "for j, m in enumerate(row) if m]", "for j, m in enumerate(row[:1]) if m]"),
    ("W counts μ", "W += mu - (-sum", "W += 0 - (-sum"),
    ("W counts τ ε", "W += mu - (-sum(a * e for a, e in zip(tau, epsilon, strict=True)) >> GRID)", "W += mu"),
    ("W begins where the words end", "int(paths.mu * UNIT), int(paths.W * UNIT)", "int(paths.mu * UNIT), 0"),
    (
        "W is that of this length",
        "[Fraction(v, UNIT) for v in sizes], Fraction(W, UNIT))",
        "[Fraction(v, UNIT) for v in sizes], paths.W if paths else Fraction(0))",
    ),
    ("the margin is positive", "require(least > 0, f", "require(True, f"),
    ("the margin is that of every length", "min(found, default=Fraction(0))", "max(found, default=Fraction(0))"),
    (
        "the sum of errors is the largest",
        "Followed(Fraction(max(most, sum(largest)), UNIT)",
        "Followed(Fraction(min(most, sum(largest)) // 2, UNIT)",
    ),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_on_the_way_is_noticed(hypothesis, old, new):
    checker = planted("length", old, new)
    assert any(false(checker, given) for given in CASES), hypothesis


def exploding(M: int) -> SimpleNamespace:
    """A component that no pair of states sees, whose errors grow for ever."""
    tube = Tube(((Fraction(M),),), (ZERO,), (ZERO,), (), (), (Fraction(1),), (), (), ())
    leads = Leads((), dict.fromkeys(PAIRS, Fraction(1)), {}, {pair: [ZERO] for pair in PAIRS}, {})
    return SimpleNamespace(tube=tube, leads=leads, paths=None, proof={"ball": stored([float(LARGEST)])}, prefix=0)


def test_errors_of_any_size_are_refused():
    """What underflow adds is counted for errors below LARGEST."""
    assert followed(TRUE, exploding(2), 19) is not None
    for horizon in (20, 21, 30):
        with pytest.raises(TRUE.errors.CheckError, match=r"the bound explodes at length 2[01]"):
            TRUE.length.follow(claim(exploding(2), horizon), exploding(2).tube, exploding(2).leads, None)
    last = planted("length", 'require(most < LARGEST * UNIT, f"the bound explodes at length {horizon}")', "pass")
    assert followed(last, exploding(2), 20) is not None
    assert followed(last, exploding(2), 21) is None
    ball = exploding(1)
    with pytest.raises(TRUE.errors.CheckError, match="the ball is too large"):
        TRUE.length.follow(claim(ball, inf), ball.tube, ball.leads, ball.paths)
    assert followed(planted("length", "sum(ball) < LARGEST", "True"), ball, inf) is not None


# long horizons ------------------------------------------------------------------------------------------------------

SHORT_WALK = (("WALKED = 250_000", "WALKED = 3"), ("FIRST = 4096", "FIRST = 2"))


def test_every_length_that_powers_lead_to_is_right():
    few = loaded("length", *SHORT_WALK)
    assert not any(false(few, given) for given in CASES)
    some = CASES[::3]
    reached = [(longest(few, given), longest(TRUE, given)) for given in some]
    assert sum(many == 12 for many, _ in reached) > 5
    for least in (3, 11):  # little is lost, and nothing of what is walked
        assert sum(few >= least for few, _ in reached) >= 0.8 * sum(walked >= least for _, walked in reached) > 5
    assert all(few >= min(walked, 3 - given.prefix) for (few, walked), given in zip(reached, some, strict=True))


LONG_ERRORS = [
    ("errors that fall are followed from where they are", "max(0, epsilon[k] - after)", "min(0, epsilon[k] - after)"),
    ("the matrix has M", "step[k][j] += m", "step[k][j] += 0"),
    ("the matrix has η", "step[k][-1] = eta[k] + max", "step[k][-1] = max"),
    ("the matrix has the leak", "[[loss] * K + [0, 0] for loss in leak]", "[[0] * (K + 2) for loss in leak]"),
    ("W has τ", "[[*tau, UNIT, mu], ", "[[*([0] * K), UNIT, mu], "),
    ("W has μ", "[*tau, UNIT, mu]", "[*tau, UNIT, 0]"),
    ("W stays", "[*tau, UNIT, mu]", "[*tau, 0, mu]"),
    ("every digit of the length counts", "if letters & 1:", "if letters & 1 and letters > 1:"),
    ("every further digit doubles", "step = _upwards(step * step)", "pass"),
    ("as many letters as are left", "horizon - last)", "horizon - last - 1)"),
    ("the last errors are the largest", "largest, most = list(map(max, largest, epsilon))", "largest, most = largest"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), LONG_ERRORS, ids=[e[0] for e in LONG_ERRORS])
def test_an_error_planted_in_the_powers_is_noticed(hypothesis, old, new):
    checker = loaded("length", *SHORT_WALK, (old, new))
    assert any(false(checker, given) for given in CASES), hypothesis


def summed(M: Fraction, eta: Fraction) -> SimpleNamespace:
    """One component, that is wrong from 1 on."""
    tube = Tube(((M,),), (ZERO,), (eta,), (), (), (ZERO,), (), (), ())
    factor = {pair: [Fraction(1)] for pair in PAIRS}
    leads = Leads((), dict.fromkeys(PAIRS, Fraction(1)), factor, factor, {})
    return SimpleNamespace(tube=tube, leads=leads, paths=None, proof={}, prefix=0)


def test_a_sum_of_a_thousand_million_errors_is_followed_to_the_letter():
    given, length = summed(Fraction(1), Fraction(1, 2**30)), 2**30
    assert followed(TRUE, given, length - 1) is not None
    assert followed(TRUE, given, length) is None
    assert followed(loaded("length", ("horizon - last)", "horizon - last - 1)")), given, length) is not None


def test_powers_are_rounded_upwards():
    """By the sum of a geometric series, to less than a part in 2**60."""
    M, eta, length = 1 + on_grid(1e-4), on_grid(1e-4), 3000
    few = loaded("length", *SHORT_WALK)
    given = summed(M, eta)
    whole = eta * (M**length - 1) / (M - 1)
    for lead, right in ((whole, False), (whole * (1 + Fraction(1, 2**60)), True)):
        given.leads = replace(given.leads, lead=dict.fromkeys(PAIRS, lead))
        assert (followed(few, given, length) is not None) is right
    given.leads = replace(given.leads, lead=dict.fromkeys(PAIRS, whole))
    down = loaded("length", *SHORT_WALK, ("-(-v >> DIGITS)", "v >> DIGITS + 100 << 100"))
    assert followed(down, given, length) is not None


def test_errors_that_explode_are_refused_at_any_length():
    given = summed(Fraction(1001, 1000), ZERO)
    given.tube = replace(given.tube, epsilon=(Fraction(1, 2**90),))
    with pytest.raises(TRUE.errors.CheckError, match="the bound explodes"):
        TRUE.length.follow(claim(given, 10**12), given.tube, given.leads, None)


# all lengths --------------------------------------------------------------------------------------------------------


def rotating(f: float, growth: float, ball: list[float]) -> dict:
    """Parity, beside a unit that starts at f and grows by a factor, which is read out: exact until f growth^t = 1."""
    A, C = [[[-1.0, 0.0], [0.0, -growth]]], [[1.0, -1.0], [-1.0, 1.0]]
    proof = tube_proof(
        eye(2), eye(2), [[1.0, 0.0], [-1.0, 0.0]], [[1.0, 1.0]], [1, 1], ball=stored(ball), norms=["l1", "l1"]
    )
    return document_of(A, [1.0, f], C, [[1], [0]], "infinity", proof)


def test_a_ball_that_is_kept_is_right_for_ever():
    assert check(rotating(0.5, 0.75, [0.0, 0.5])) == inf
    assert check(rotating(0.5, 0.75, [0.0, 0.9375])) == inf


def turning() -> dict:
    """The empty word is right, as the second unit helps; after one letter it no longer does."""
    document = rotating(0.5, 0.75, [0.0, 0.5])
    A, C = [[[-1.0, 0.0], [0.0, 1.0]]], read(document["weights"]["readout"])
    return document_of(A, [1.0, -1.5], C, [[1], [0]], "infinity", document["proof"])


NO_BALLS = [
    (rotating(0.5, 1.5, [0.0, 0.5]), "a letter can leave the ball", "zip(tube.after(ball), ball, strict=True)", "[]"),
    (turning(), "the start is outside the ball", "zip(tube.epsilon, ball, strict=True)", "[]"),
    (rotating(0.5, 1.5, [0.0, 1e5]), "can leave the ball", "zip(tube.after(ball), ball, strict=True)", "[]"),
    (rotating(0.9, -1.0, [0.0, 1.25]), "inside the ball need not be", "require(margin > 0, ", "require(True, "),
]


@pytest.mark.parametrize(("document", "reason", "old", "new"), NO_BALLS)
def test_a_ball_that_is_no_ball_is_refused_and_would_prove_what_is_false(document, reason, old, new):
    """The last word of all is right, but another start in the same ball is not."""
    assert reason in str(outcome(TRUE, document))
    checker = planted("length", old, new)
    assert outcome(checker, document) == inf or "inside the ball" in str(outcome(checker, document))
    if reason.startswith("inside"):
        document = turning()
        document["proof"]["ball"] = stored([0.0, 1.5])
        assert outcome(checker, document) == inf
    assert first_wrong(document, 8) is not None


@pytest.mark.parametrize(
    ("ball", "error", "reason"),
    [
        ([0.0, -0.5], FormatError, "one radius per component, not negative"),
        ([0.5], FormatError, "another shape"),
        ([0.0, 2.0**20], CheckError, "the ball is too large"),
    ],
)
def test_balls_that_do_not_fit_are_refused(ball, error, reason):
    with pytest.raises(error, match=reason):
        check(rotating(0.5, 0.75, ball))
    document = rotating(0.5, 0.75, [0.0, 0.5])
    del document["proof"]["ball"]
    with pytest.raises(FormatError, match="'ball' is missing"):
        check(document)


# from end to end ----------------------------------------------------------------------------------------------------


def growing(growth: float, f: float = 2.0**-5) -> dict:
    document = rotating(f, growth, [0.0, 1.0])
    document["proof"]["prefix"] = 1
    return document | {"horizon": 0}


@pytest.mark.parametrize("growth", [1.25, 1.5, -1.25])
def test_horizons_of_a_unit_that_grows_are_those_of_the_words(growth):
    """Its sign turns: the tube does not know whether it helps, so one length may be lost."""
    document, longest_right = growing(growth), first_wrong(growing(growth), 40)
    found = longest_claim(TRUE, document, 40)
    assert found < (longest_right or 41)
    assert 2.0**-5 * abs(growth) ** (found + 1) >= 1  # the next one is lost by the size alone
    if longest_right:
        assert longest_right <= found + 2
        checker = planted("length", "extra - (-(sum(m", "extra - (-(0 * sum(m")
        assert claims_too_much(checker, document, 40)


def test_words_of_the_prefix_alone_prove_no_more():
    document = growing(1.25)
    document["proof"] = {"prefix": 3}
    assert longest_claim(TRUE, document, 6) == 3
    with pytest.raises(CheckError, match="only the first words are multiplied out"):
        check(document | {"horizon": 4})
    checker = planted("checker", "claim.horizon <= claim.prefix", "True")
    assert claims_too_much(checker, document, 40)


def faint(size: float, **more: object) -> dict:
    """A letter that turns a state round and shrinks it."""
    proof = tube_proof(eye(1), eye(1), [[1.0], [-1.0]], [[size, size]], [1])
    fields = {"arithmetic": "float32", "terms": 1} | more
    return document_of([[[-size]]], [1.0], [[1.0], [-1.0]], [[1], [0]], 9, proof, **fields)


def test_a_letter_that_shrinks_a_state_below_its_range_is_refused():
    A = faint(2.0**-90)
    assert "a letter may shrink a state below 8.88e-16 of its norm" in str(outcome(TRUE, A))
    with pytest.raises(RangeError, match="its square may underflow"):
        check(A)
    assert outcome(planted("length", "smallest * followed.margin >= rounding.least * size", "True"), A) == 9
    with np.errstate(all="ignore"):
        g = np.array([-(2.0**-90)], np.float32)
        assert np.isinf(g / np.sqrt(g * g)).all()
    assert check(faint(2.0**-90, arithmetic="exact")) == 9
    assert check(faint(2.0**-40)) == 9


NORM_ERRORS = [
    ("scales are in units", "min(edge.scales) * edge.unit", "min(edge.scales)"),
    ("the least scale", "smallest = min(min(edge.scales)", "smallest = max(max(edge.scales)"),
    ("the margin of the readout", "smallest * followed.margin >=", "smallest >="),
    ("errors count", "max(coordinates.lengths), followed.errors)", "max(coordinates.lengths), Fraction(0))"),
    ("codes count", "edges.unit_scale(max(coordinates.lengths), f", "edges.unit_scale(Fraction(0), f"),
    ("rows far apart", "* max(leads.apart.values())", "* min(1, max(leads.apart.values()))"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), NORM_ERRORS, ids=[e[0] for e in NORM_ERRORS])
def test_an_error_planted_in_the_norm_is_noticed(hypothesis, old, new):
    """s λ margin / ‖C_q − C_p‖ at its least, for scales just below what is asked for."""
    checker, refused = planted("length", old, new), 0
    for seed in range(3):
        found = lemmas(TRUE, drawn(seed, arithmetic="float32", terms=2))
        for errors, margin, far in ((Fraction(9), Fraction(1, 9), 1), (ZERO, Fraction(1), 8), (ZERO, Fraction(8), 1)):
            leads = replace(found.leads, apart={pair: far * v for pair, v in found.leads.apart.items()})
            longest_code, rows = max(found.coordinates.lengths), max(leads.apart.values())
            need = found.rounding.least * found.edges.size * (longest_code + errors) * rows / margin
            least = min(min(edge.scales) * edge.unit for edge in found.edges.edges)
            for factor, holds in ((Fraction(99, 100), False), (Fraction(101, 100), True)):
                shrunk = [replace(edge, unit=edge.unit * need / least * factor) for edge in found.edges.edges]
                edges = replace(found.edges, edges=tuple(shrunk))
                given = (found.rounding, found.coordinates, edges, leads)
                result = SimpleNamespace(errors=errors, margin=margin)
                assert accepts(TRUE, *given, result) == holds
                refused += accepts(checker, *given, result) and not holds
    assert refused, hypothesis


def accepts(checker: SimpleNamespace, *given: object) -> bool:
    try:
        checker.length.require_norm(*given)
    except checker.errors.RangeError:
        return False
    return True


@pytest.mark.parametrize(
    ("proof", "horizon", "name", "reason"),
    [
        ({"alone": -1}, 9, None, "'alone' is -1, and has to be from 0 to 250000"),
        ({"alone": 250_001}, 9, None, "has to be from 0 to 250000"),
        ({}, 9, "MOST_WORK", "2 components are too many for 9 letters"),
        ({"alone": 9}, 9, "MOST_MARGINS", "'alone' is 9, too many lengths for 2 pairs of states"),
    ],
)
def test_more_work_than_can_be_checked_is_refused(proof, horizon, name, reason):
    checker, document = loaded(), growing(0.5)
    document = document | {"horizon": horizon, "proof": document["proof"] | proof}
    if name:
        assert outcome(checker, document) == horizon
        setattr(checker.length, name, 1)
    assert reason in str(outcome(checker, document))
