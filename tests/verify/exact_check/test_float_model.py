"""Lemma 0 against steps that are rounded and flushed as badly as floats may, in fractions and in numpy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, isqrt
from types import SimpleNamespace

import numpy as np
import pytest
from bistate.verify.exact_check import KEPT, TAKEN, CheckError, RangeError, check
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.float_model import HIGH, LOW, SMALLEST, TALL, WIDEST, gamma, rounding_of
from helpers.lemmas import Matrix, Vector, document_of, fractions_of, loaded, outcome, planted, read, times
from hypothesis import given, settings
from hypothesis import strategies as st

UNIT, OMEGA = Fraction(1, 2**24), SMALLEST[24]
C2 = [[1], [0]]


def of(A: Sequence, **more: object) -> dict:
    """A float32 certificate of one letter, of the empty word alone."""
    n = len(A)
    h, C = [1.0] + [0.0] * (n - 1), [[1.0] + [0.0] * (n - 1), [-1.0] + [0.0] * (n - 1)]
    fields = {"arithmetic": "float32", "terms": n, "h": h, "C": C} | more
    return document_of([A], fields.pop("h"), fields.pop("C"), C2, 0, {"prefix": 0}, **fields)


def rounding(checker: SimpleNamespace, document: dict) -> SimpleNamespace:
    return checker.float_model.rounding_of(checker.document.claim_of(document))


# a step of floats, as bad as it may be ----------------------------------------------------------------------------


class Adversary:
    """Rounds every result by a factor 1 + δ, |δ| ≤ u, and flushes what is below ω, or not."""

    def __init__(self, seed: int, lean: int, flushing: float) -> None:
        self.draw, self.lean, self.flushing = random.Random(seed), lean, flushing

    def flushed(self, value: Fraction) -> Fraction:
        return Fraction(0) if abs(value) < OMEGA and self.draw.random() < self.flushing else value

    def rounded(self, value: Fraction) -> Fraction:
        lean = self.lean if self.lean else self.draw.choice((-1, 0, 1))
        return self.flushed(value * (1 + lean * UNIT))

    def dot(self, row: Vector, h: Vector) -> Fraction:
        if not any(row):
            return Fraction(0)
        terms = [self.rounded(self.flushed(a) * self.flushed(b)) for a, b in zip(row, h, strict=True)]
        self.draw.shuffle(terms)
        total = terms[0]
        for term in terms[1:]:
            total = self.rounded(self.flushed(total) + self.flushed(term))
        return total

    def taken(self, row: Vector, h: Vector, off: Fraction, t: Fraction) -> Fraction:
        """A product whose weights are off by t, and whose sum is off by γ of all sizes; small numbers are flushed."""
        row = [self.lost(a) * (1 + self.side() * t) for a in row]
        terms = [a * self.lost(b) for a, b in zip(row, h, strict=True)]
        return self.flushed(sum(terms) + self.side() * off * sum(map(abs, terms)))

    def lost(self, value: Fraction) -> Fraction:
        """A number below 2 ω may be taken for 0."""
        return Fraction(0) if abs(value) < 2 * OMEGA and self.draw.random() < self.flushing else value

    def side(self) -> int:
        return self.lean if self.lean else self.draw.choice((-1, 0, 1))

    def whole(self, state: Vector) -> Vector:
        """Multiples of the largest entry over 127, of which the farther one is taken where two are nearly as near."""
        d = max(map(abs, state)) / 127 * (1 + self.side() * Fraction(1, 2**11))
        found = []
        for v in state:
            near = [r for r in {floor(v / d), ceil(v / d)} if abs(v / d - r) <= Fraction(1, 2) + 3 * 128 * UNIT]
            r = max(near, key=lambda r: (abs(v / d - r), r * self.side()))
            found.append(d * max(-127, min(127, r)) * (1 + self.side() * UNIT))
        return found

    def stored(self, state: Vector, arithmetic: str) -> Vector:
        """The state as it is kept, or as the next product takes it."""
        if arithmetic == "int8":
            return self.whole(state)
        return self.kept(state, *KEPT[arithmetic]) if arithmetic in KEPT else state

    def kept(self, state: Vector, digits: int, small: int) -> Vector:
        """Rounded once more: by a factor, or, what is small, by as much as underflow takes."""
        lean = self.lean if self.lean else self.draw.choice((-1, 0, 1))
        coarse, below = Fraction(1, 2**digits), Fraction(1, 2**small)
        return [v + lean * (coarse * v if abs(v) * coarse >= below else below if v else 0) for v in state]

    def step(self, A: Matrix, h: Vector, reciprocal: bool, *off: Fraction) -> tuple[Fraction, Vector]:
        """ν and h'; with γ and t the product is off by as much as these allow."""
        g = [self.taken(row, h, *off) if off else self.dot(row, h) for row in A]
        square = self.dot(g, g)
        size = self.rounded(Fraction(isqrt(int(square * 2**400)), 2**200))
        if reciprocal:
            inverse = self.rounded(1 / size)
            return 1 / inverse, [self.rounded(self.flushed(v) * inverse) for v in g]
        return size, [self.rounded(self.flushed(v) / size) for v in g]


def adversaries() -> Iterator[tuple[Adversary, bool]]:
    for seed in range(6):
        for lean in (1, -1, 0):
            yield Adversary(seed, lean, (0.0, 1.0, 0.5)[seed % 3]), bool(seed % 2)


def shares(checker: SimpleNamespace, document: dict, h: Vector) -> Iterator[Fraction]:
    """Errors over their bounds, of states and logits; a share above 1 refutes the lemma."""
    found, A, C = rounding(checker, document), *(read(document["weights"][k]) for k in ("transitions", "readout"))
    N, n, arithmetic = fractions_of(found.N[0]), len(h), document["arithmetic"]
    t = Fraction(1, 2**10) if arithmetic in TAKEN else Fraction(0)
    product = logit = ()  # of roundings one by one
    if arithmetic in (*TAKEN, "int8"):
        product, logit = ((gamma(24 * k if t else k, UNIT), t) for k in (document["terms"], n))
    for adversary, reciprocal in adversaries():
        size, after = adversary.step(A[0], h, reciprocal, *product)
        after = adversary.stored(after, arithmetic)
        tall = found.even * max(abs(v) for v in times(A[0], h))
        assert not any(v for v, row in zip(after, A[0], strict=True) if not any(row))
        for i in (i for i in range(n) if any(A[0][i])):
            exact = sum(a * b for a, b in zip(A[0][i], h, strict=True))
            bound = found.gamma * sum(a * abs(b) for a, b in zip(N[i], h, strict=True)) + found.step[0]
            bound += found.coarse * abs(exact) + tall
            yield abs(size * after[i] - exact) / max(bound, OMEGA / 2**40)
        assert Fraction(1, 4) <= sum(v * v for v in after) <= 4
        for row in C:
            exact = sum(a * b for a, b in zip(row, h, strict=True))
            bound = found.read * sum(abs(a * b) for a, b in zip(row, h, strict=True)) + found.logit
            read_as = adversary.taken(row, h, *logit) if logit else adversary.dot(row, h)
            yield abs(read_as - exact) / max(bound, OMEGA / 2**40)


def worst(checker: SimpleNamespace, case: tuple[dict, Vector]) -> Fraction:
    return max(shares(checker, *case))


def few(n: int, value: Fraction) -> Vector:
    """A state of norm about 1 whose other entries have one small value."""
    return [Fraction(1)] + [value] * (n - 1)


def second_row(n: int, entry: float) -> list[list[float]]:
    """The first row keeps the state; the second one has the same entry everywhere else; the others are 0."""
    return [[1.0] + [0.0] * (n - 1), [0.0] + [entry] * (n - 1)] + [[0.0] * n for _ in range(n - 2)]


def diagonal(values: list[float]) -> list[list[float]]:
    return [[v if i == j else 0.0 for j in range(len(values))] for i, v in enumerate(values)]


BELOW = OMEGA * Fraction(2**20 - 1, 2**20)  # the largest numbers that may be flushed
MANY = 100  # n products lose more than 8 ‖N‖, which is for the division, only where 8 √n < n
CASES = {
    "rounding alone": (of([[1.0, 2.0**-30], [2.0**-30, 0.5]]), few(2, Fraction(3, 4))),
    "one entry": (of([[0.75]]), [Fraction(1)]),
    "products that vanish": (of(second_row(20, 2.0**-60)), few(20, BELOW * 2**60)),
    "entries of the weights that vanish": (
        of([[2.0**-40, 0.0], [0.0, 1.75 * 2.0**-127]]),
        [Fraction(1), Fraction(1)],
    ),
    "entries of the state that vanish": (of(second_row(MANY, 2.0**40)), few(MANY, BELOW)),
    "logits that vanish": (of(second_row(20, 1.0), C=[[0.0] + [2.0**-60] * 19] * 2), few(20, BELOW * 2**60)),
    "a tall readout": (of([[1.0, 0.0], [0.0, 1.0]], C=[[0.0, 2.0**60]] * 2), few(2, BELOW)),
}


TIES = [1.0, *((2 * r + 1) / 254 * (1 + 2.0**-11) for r in (0, 1, 50, 125))]  # where d is as large as it may be
OTHER_CASES = {
    "products in tf32": (of([[1.0, 2.0**-30], [2.0**-30, 0.5]], arithmetic="tf32"), few(2, Fraction(3, 4))),
    "long sums in tf32": (
        of([[1.0, 2.0**-30], [2.0**-30, 0.5]], arithmetic="tf32", terms=2**12),
        few(2, Fraction(3, 4)),
    ),
    "small numbers in tf32": (of(second_row(20, 2.0**-100), arithmetic="tf32"), few(20, BELOW * 2)),
    "small weights in tf32": (of([[2.0**-40, 0.0], [0.0, 1.75 * 2.0**-126]], arithmetic="tf32"), few(2, Fraction(1))),
    "whole numbers": (of(diagonal([float(np.float32(v)) for v in TIES]), arithmetic="int8"), few(5, Fraction(1))),
    "whole numbers of long sums": (
        of(diagonal([1.0, float(np.float32(5 / 254 * (1 + 2.0**-11)))]), arithmetic="int8", terms=2**18),
        few(2, Fraction(1)),
    ),
}
KEPT_CASES = {
    f"{name} in {kept}": (of(A, arithmetic=kept), h)
    for kept in (k for k in KEPT if k not in TAKEN)
    for name, A, h in (
        ("states", [[1.0, 2.0**-30], [2.0**-30, 0.5]], few(2, Fraction(3, 4))),
        ("small entries", second_row(4, 2.0 ** -KEPT[kept][1] / 16), few(4, Fraction(1, 2))),
    )
}


@pytest.mark.parametrize("name", [*OTHER_CASES])
def test_no_step_is_off_by_more_in_tf32_and_int8(name):
    assert Fraction(1, 100) < worst(loaded(), OTHER_CASES[name]) <= 1


@pytest.mark.parametrize("name", ["products in tf32", "whole numbers"])
def test_these_come_close_to_their_bounds(name):
    assert worst(loaded(), OTHER_CASES[name]) > Fraction(99, 100)


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("weights are off by t", "(1 + Fraction(1, 2**taken)) * (1 + gamma", "(1 + gamma"),
        ("sums are 24 times as long", "gamma(LONGER * terms, unit)", "gamma(terms, unit)"),
        ("numbers are lost", "(8 if claim.taken is None else 16)", "(8 if claim.taken is None else 0)"),
        ("logits are products as well", "read=_of_product(claim.taken, n, unit)", "read=gamma(n, unit)"),
        ("states are taken in fewer digits", "coarse=coarse,", "coarse=coarse / 2,"),
        ("σ is half a step", "(2 * claim.steps)", "(4 * claim.steps)"),
        ("σ has room for d", "(1 + SLACK_OF_STEPS)", "Fraction(1)"),
        ("σ is that of every entry", "even=even,", "even=even / 2,"),
        ("κ is σ", "1 / even if even", "2**40 if even"),
    ],
)
def test_an_error_planted_for_tf32_or_int8_is_noticed(hypothesis, old, new):
    changed = planted("float_model", old, new)
    assert any(worst(changed, case) > 1 for case in OTHER_CASES.values()), hypothesis


@pytest.mark.parametrize("name", [*KEPT_CASES])
def test_no_step_is_off_by_more_where_states_are_kept_in_fewer_digits(name):
    assert Fraction(1, 100) < worst(loaded(), KEPT_CASES[name]) <= 1


@pytest.mark.parametrize("name", [*KEPT_CASES])
def test_with_a_larger_error_alone_as_with_the_small_entries(name):
    """N itself in place of N', as for angles."""
    document, h = KEPT_CASES[name]
    found, A = rounding(loaded(), document), read(document["weights"]["transitions"])
    for adversary, reciprocal in adversaries():
        size, after = adversary.step(A[0], h, reciprocal)
        for row, v in zip(A[0], adversary.kept(after, *KEPT[document["arithmetic"]]), strict=True):
            exact, wide = (sum(f(a) * f(b) for a, b in zip(row, h, strict=True)) for f in (Fraction, abs))
            assert abs(size * v - exact) <= found.whole * wide + found.alone[0]


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("states are rounded once more", "coarse=coarse", "coarse=coarse / 2"),
        ("small entries count", "N=N if claim.arithmetic not in COARSER else", "N=N if True else"),
        ("κ is 2 z / γ", ".bit_length() - 1\n", ".bit_length() + 6\n"),
        ("J N has the sums of columns", "(v << k) + total for", "(v << k) for"),
    ],
)
def test_an_error_planted_in_what_is_kept_is_noticed(hypothesis, old, new):
    changed = planted("float_model", old, new)
    assert any(worst(changed, case) > 1 for case in KEPT_CASES.values()), hypothesis


@pytest.mark.parametrize("name", [*CASES])
def test_no_step_is_off_by_more_than_the_lemma_says(name):
    """And some are off by a hundredth of it at least, so that it is no wild bound."""
    assert Fraction(1, 100) < worst(loaded(), CASES[name]) <= 1


def test_rounding_alone_comes_close_to_its_bound():
    assert worst(loaded(), CASES["rounding alone"]) > 1 - Fraction(1, 2**20)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*(st.floats(-1, 1, width=32),) * 3), min_size=3, max_size=3),
    st.lists(st.integers(-160, 0), min_size=2, max_size=2),
)
def test_no_drawn_step_is_off_by_more(rows, sizes):
    A = [[1.0, *rows[0][1:]], *map(list, rows[1:])]
    document = of(A, C=[list(rows[2]), [1.0, 0.0, 0.0]], terms=3)
    h = [Fraction(7, 8), Fraction(2) ** sizes[0] / 2, Fraction(2) ** sizes[1] / 3]
    if sum(sum(a * b for a, b in zip(map(Fraction, row), h, strict=True)) ** 2 for row in A) > LOW[24]:
        assert worst(SimpleNamespace(float_model=MODULE, document=DOCUMENT), (document, h)) <= 1


MODULE, DOCUMENT = SimpleNamespace(rounding_of=rounding_of), SimpleNamespace(claim_of=claim_of)


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("γ counts the division", "up(of_sum + unit * (1 + of_sum))", "up(of_sum)"),
        ("γ counts all terms", "(claim.taken, claim.terms, unit)", "(claim.taken, max(1, claim.terms - 1), unit)"),
        (
            "γ_n of a logit counts all terms",
            "read=_of_product(claim.taken, n, unit)",
            "read=gamma(max(1, n // 2), unit)",
        ),
        ("roundings multiply", "terms * unit / (1 - terms * unit)", "terms * unit / (1 + terms * unit)"),
        ("u = 2**-p", "Fraction(1, 2**bits)", "Fraction(1, 2 ** (bits + 1))"),
        ("a step flushes n products", "v = flushed", "v = flushed / n / 2"),
        ("operands of the weights are flushed", "(1 + largest_entry(matrix))", "largest_entry(matrix)"),
        ("operands of the state are flushed", "(1 + largest_entry(matrix))", "1"),
        ("w counts v", "2 * v + 8 * omega * size", "8 * omega * size / 2**8"),
        ("a logit flushes n products", "logit=flushed", "logit=omega"),
        ("operands of a logit are flushed", "(1 + max(map(largest_entry, claim.readouts)))", "1"),
    ],
)
def test_an_error_planted_in_a_bound_is_noticed(hypothesis, old, new):
    changed = planted("float_model", old, new)
    assert any(worst(changed, case) > 1 for case in CASES.values()), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


def run(document: dict, length: int) -> bool:
    """Whether numpy, in single precision, is right on the word of this length."""
    A, h, C = (np.array(read(document["weights"][k]), np.float32) for k in ("transitions", "start", "readout"))
    with np.errstate(all="ignore"):
        for _ in range(length):
            g = A[0] @ h
            h = g / np.sqrt((g * g).sum(dtype=np.float32))
        logits = C @ h
    q = length % 2
    return bool(logits[q] > logits[1 - q])


FLIP = [[-1.0, 0.0], [0.0, 0.5]]
LARGE = np.array(FLIP) * 2.0**70
TALLER = [[1.9 * 2.0**127] * 2, [1.8 * 2.0**127] * 2]
WIDE_SPREAD = [[[float(HIGH[24]), 1.0], [1.0, 1.0]]]
V = float(HIGH[24]) / 8  # n v = HIGH / 4 for n = 2


def tallest(factor: float) -> list[list[float]]:
    return [[float(TALL[24]) * factor, 0.0], [-1.0, 0.0]]


REFUSED: dict[str, tuple[Callable[[], dict], type[CheckError], str]] = {
    "‖N‖ ≤ HIGH": (lambda: of([[float(HIGH[24]), 1.0], [0.0, 0.0]]), RangeError, "norm .* its products may overflow"),
    "‖N‖ ≤ HIGH for the spread": (lambda: of(FLIP, spread=WIDE_SPREAD), RangeError, "products may overflow"),
    "n v ≤ HIGH / 4": (lambda: of(FLIP, underflow=[np.nextafter(V, 2 * V)]), RangeError, "by underflow alone"),
    "Σ |C| ≤ TALL": (lambda: of(FLIP, C=tallest(1 + 2.0**-40)), RangeError, "logits may overflow in float32"),
    "‖h‖ ≥ 3/4": (lambda: of(FLIP, h=[0.75 - 2.0**-30, 0.0]), RangeError, "the start is not of norm 1"),
    "‖h‖ ≤ 5/4": (lambda: of(FLIP, h=[1.25 + 2.0**-30, 0.0]), RangeError, "the start is not of norm 1"),
    "N ≥ |A|": (lambda: of(FLIP, spread=[[[1 - 2.0**-50, 0.0], [0.0, 0.5]]]), CheckError, "spread is below"),
    "N ≥ 0": (lambda: of(FLIP, spread=[[[1.0, -(2.0**-99)], [0.0, 0.5]]]), CheckError, "spread is below"),
    "v is that of a product": (lambda: of(FLIP, underflow=[2.0**-121 * (1 - 2.0**-50)]), CheckError, "underflow of"),
    "k u < 1/4": (lambda: of(FLIP, terms=2**22), CheckError, "sums of 4194304 terms are too long"),
}
ACCEPTED = {
    "‖N‖ just below HIGH": lambda: of([[HIGH[24] * (1 - 2.0**-50), 0.0], [0.0, 0.0]]),
    "n v = HIGH / 4": lambda: of(FLIP, underflow=[V]),
    "Σ |C| = TALL": lambda: of(FLIP, C=tallest(1.0)),
    "‖h‖ = 3/4": lambda: of(FLIP, h=[0.75, 0.0]),
    "‖h‖ = 5/4": lambda: of(FLIP, h=[1.25, 0.0]),
    "N = |A|": lambda: of(FLIP, spread=[[[1.0, 0.0], [0.0, 0.5]]]),
    "v of a product": lambda: of(FLIP, underflow=[2.0**-121]),
    "k u just below 1/4": lambda: of(FLIP, terms=2**22 - 1),
}


@pytest.mark.parametrize("name", [*REFUSED])
def test_a_claim_beyond_a_hypothesis_is_refused(name):
    document, error, reason = REFUSED[name]
    with pytest.raises(error, match=reason) as found:
        rounding_of(claim_of(document()))
    assert found.type is error
    with pytest.raises(error, match=reason):
        check(document())


@pytest.mark.parametrize("name", [*ACCEPTED])
def test_a_claim_at_the_edge_of_a_hypothesis_is_not(name):
    assert rounding_of(claim_of(ACCEPTED[name]())) is not None


def test_wide_states_and_long_sums_are_refused_whatever_a_document_may_hold():
    claim = claim_of(of(FLIP))
    with pytest.raises(RangeError, match="65537 hidden units are more than 65536"):
        rounding_of(replace(claim, hidden=WIDEST + 1))
    with pytest.raises(CheckError, match="sums of 4194304 terms"):
        gamma(2**22, UNIT)
    assert gamma(2**22 - 1, UNIT) < Fraction(1, 3)


def test_nothing_is_rounded_in_exact_arithmetic():
    assert rounding_of(claim_of(of(FLIP, arithmetic="exact"))) is None


@pytest.mark.parametrize(
    ("hypothesis", "old", "new", "document", "length"),
    [
        ("‖N‖ ≤ HIGH", "size <= HIGH[bits]", "True", of(LARGE.tolist()), 1),
        ("Σ |C| ≤ TALL", "size <= TALL[bits]", "True", of(FLIP, C=TALLER, h=[0.75, 0.75]), 0),
        ("the start has norm 1", "Fraction(9, 16) <= square", "0 <= square", of(FLIP, h=[2.0**-80, 0.0]), 1),
    ],
)
def test_without_a_hypothesis_a_claim_is_proved_that_fails_in_numpy(hypothesis, old, new, document, length):
    document = document | {"horizon": length, "proof": {"prefix": length}}
    assert "flow" in outcome(loaded(), document)
    assert outcome(planted("float_model", old, new), document) == length, hypothesis
    assert not run(document, length)


@pytest.mark.parametrize(
    ("hypothesis", "old", "new", "document"),
    [
        ("N ≥ |A|", "all(map(at_most, N, claim.spread))", "True", of(FLIP, spread=[[[0.0, 0.0], [0.0, 0.0]]])),
        ("v is that of a product", "claim.underflow[x] >= v", "True", of(second_row(MANY, 2.0**40), underflow=[0.0])),
        ("k u < 1/4", "terms * unit < Fraction(1, 4)", "True", of(FLIP, terms=2**25)),
    ],
)
def test_without_a_hypothesis_the_bound_is_none(hypothesis, old, new, document):
    """Nothing in a document is believed: of errors below 0, or below those of a plain product."""
    changed = planted("float_model", old, new)
    assert worst(changed, (document, few(len(read(document["weights"]["start"])), BELOW))) > 1, hypothesis
