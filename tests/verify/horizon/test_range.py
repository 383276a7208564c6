"""What a certificate about floats is about: the range and the rounding of a step, and how the code runs."""

from __future__ import annotations

import base64
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from bistate.groups import BistateError
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, certify, check
from bistate.verify.exact_check import WALKED, FormatError
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.float_model import rounding_of
from helpers.documents import signed
from hypothesis import given, settings
from hypothesis import strategies as st

C3, PARITY = Automaton.modular_addition(3), Automaton.parity()
FAMILIES = ("full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial", "convex")


def exact(family: str, dtype: torch.dtype = torch.float32, rung: str | None = None) -> BilinearRNN:
    return BilinearRNN.from_weights(realize(C3, rung or family), transition=family, dtype=dtype)


def scaled(factor: float, dtype: torch.dtype = torch.float32, letter: int | None = None) -> BilinearRNN:
    model = exact("full", dtype)
    with torch.no_grad():
        model.family.weight[slice(None) if letter is None else letter] *= factor
    return model


def with_factors(left: float, weight: float, right: float) -> BilinearRNN:
    model = exact("cp")
    with torch.no_grad():
        model.family.left *= left
        model.family.weight *= weight
        model.family.right *= right
    return model


def tall_readout() -> BilinearRNN:
    model = BilinearRNN(2, 2, 2)
    with torch.no_grad():
        model.family.weight.copy_(torch.tensor([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]]]))
        model.start.copy_(torch.tensor([1.0, 0.5]))
        model.readout.copy_(torch.tensor([[3.4e38, 2.9e38], [2.9e38, 3.4e38]]))
    return model


def wrong_in_floats(model: BilinearRNN, automaton: Automaton, length: int) -> bool:
    """Whether the code is wrong on some word of at most so many letters, by running it."""
    for n in range(length + 1):
        words = torch.tensor(list(product(range(model.letters), repeat=n)), dtype=torch.int64).view(model.letters**n, n)
        with torch.no_grad():
            logits = model(words)
        for word, row in zip(words.tolist(), logits, strict=True):
            q = automaton.start_index
            for x in word:
                q = int(automaton.table[q, x])
            rivals = torch.cat([row[:q], row[q + 1 :]])
            if not bool((row[q] > rivals).all()):
                return True
    return False


@pytest.mark.parametrize(
    ("model", "automaton", "wrong"),
    [
        (scaled(1e20), C3, 1),
        (scaled(1e20, letter=1), C3, 2),
        (scaled(1e-24), C3, 2),
        (scaled(1e-175, torch.float64), C3, 2),
        (scaled(1e200, torch.float64), C3, 1),
        (tall_readout(), PARITY, 1),
        (with_factors(1e38, 1e-25, 1e-20), C3, 1),
        (with_factors(1e-35, 1e20, 1e20), C3, 1),
    ],
    ids=["1e20", "one letter 1e20", "1e-24", "1e-175", "1e200", "readout", "cp small", "cp large"],
)
def test_numbers_that_leave_the_range_are_not_certified(model, automaton, wrong):
    """Each of these is right in exact arithmetic, and wrong on a short word as it runs."""
    arithmetic = str(model.start.dtype).removeprefix("torch.")
    assert wrong_in_floats(model, automaton, wrong)
    found, reason = outcome(model, automaton, arithmetic)
    assert "overflow" in reason or "underflow" in reason
    assert found < wrong
    assert found < 0 or not wrong_in_floats(model, automaton, found)


def outcome(model: BilinearRNN, automaton: Automaton, arithmetic: str) -> tuple[int, str]:
    """The horizon and why it is no longer; −1 where the model is refused."""
    try:
        found = certify(model, automaton, arithmetic)
    except BistateError as error:
        return -1, str(error)
    return int(found.horizon), found.reason


@pytest.mark.parametrize("factor", [1e-300, 1e-175, 1e-30, 1e10, 1e175])
def test_exact_arithmetic_has_no_range(factor):
    """A positive factor changes no decision, and costs no length where nothing is rounded."""
    model, plain = scaled(2.0 ** math.frexp(factor)[1], torch.float64), exact("full", torch.float64)
    assert certify(model, C3).horizon == certify(plain, C3).horizon >= 100_000
    odd = scaled(factor, torch.float64, letter=1)  # one letter alone, by no power of two
    assert certify(odd, C3).horizon >= 100_000


@pytest.mark.parametrize("factor", [1e-10, 1e-3, 1e3, 1e10])
def test_a_scale_within_the_range_costs_nothing(factor):
    """Of the lengths that are walked: beyond, where the last letters are lost, scales take other ways."""
    found = certify(scaled(2.0 ** math.frexp(factor)[1]), C3, "float32")
    plain = certify(scaled(1.0), C3, "float32")
    assert min(found.horizon, WALKED) == min(plain.horizon, WALKED) > 1000
    assert found.reason == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_of_the_code_is_within_what_the_family_says(family):
    """|ν h' − A h| ≤ γ N |h| + w for some ν > 0, with and without flushing, on states with entries of any size."""
    torch.manual_seed(0)
    random = np.random.default_rng(1)
    model = BilinearRNN(3, 4, 3, family, dtype=torch.float32, seed=2)
    with torch.no_grad():
        for parameter in model.family.parameters():
            parameter[..., :1] *= 1e-20 if family != "rotation" else 1.0  # so that products with small entries vanish
    h = random.standard_normal((200, 4)) * 10.0 ** random.uniform(-45, 0, (200, 4))
    h[np.arange(200), random.integers(4, size=200)] = 1.0
    h = torch.from_numpy(h / np.linalg.norm(h, axis=1, keepdims=True)).float()
    N, gamma, w = numbers_of_lemma_0(model)
    A = model.transitions().detach().double().numpy()
    for flush in (False, True):
        torch.set_flush_denormal(flush)
        try:
            for x in range(3):
                with torch.no_grad():
                    moved = model.run(h, torch.full((200, 1), x))[0].double().numpy()
                wide = h.double().numpy()
                true = wide @ A[x].T
                size = (moved * true).sum(1) / (moved**2).sum(1)  # the ν that fits best
                off = np.abs(size[:, None] * moved - true)
                assert (off <= 1.01 * (gamma * np.abs(wide) @ N[x].T + w[x]) + gamma * np.abs(true)).all(), (x, flush)
        finally:
            torch.set_flush_denormal(False)


def numbers_of_lemma_0(model: BilinearRNN) -> tuple[np.ndarray, float, list[float]]:
    document = certify(model, Automaton(range(3), range(3), [[0, 1, 2]] * 3, 0), "float32").document
    rounding = rounding_of(claim_of(document | {"horizon": 0}))
    N = np.array([[[int(v) / 2**e for v in row] for row in matrix.tolist()] for matrix, e in rounding.N])
    return N, float(rounding.gamma), [float(v) for v in rounding.step]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.floats(-1, 1, width=32)), min_size=1, max_size=6))
def test_underflow_of_a_plain_product_is_within_the_bound(pairs):
    """By fractions, entry by entry, with numbers just above the smallest float."""
    n, omega = len(pairs), Fraction(2) ** -126
    a = np.array([p[0] for p in pairs], dtype=np.float32) * np.float32(2.0**-70)
    h = np.array([p[1] for p in pairs], dtype=np.float32) * np.float32(2.0**-60)
    total = np.float32(0)
    for u, v in zip(a, h, strict=True):
        total = np.float32(total + np.float32(u * v))
    true = sum((Fraction(float(u)) * Fraction(float(v)) for u, v in zip(a, h, strict=True)), Fraction(0))
    size = sum((abs(Fraction(float(u)) * Fraction(float(v))) for u, v in zip(a, h, strict=True)), Fraction(0))
    assert abs(Fraction(float(total)) - true) <= Fraction(n, 2**24 - n) * size + 8 * n * omega


def stretched_parity() -> BilinearRNN:
    """One direction tells parity, the other one grows by 1.15 a letter and is not read out."""
    cos, sin = 1 / math.hypot(1, 0.8 / 0.6), (0.8 / 0.6) / math.hypot(1, 0.8 / 0.6)
    Q = np.array([[cos, -sin], [sin, cos]])
    model = BilinearRNN(2, 2, 2)
    A = np.stack([Q @ np.diag([sign, 1.15]) @ Q.T for sign in (1, -1)])
    with torch.no_grad():
        model.family.weight.copy_(torch.from_numpy(A))
        model.start.copy_(torch.from_numpy(Q[:, 0]))
        model.readout.copy_(torch.from_numpy(np.stack([Q[:, 0], -Q[:, 0]])))
    return model


def test_a_scan_is_another_execution():
    model = stretched_parity()
    found = certify(model, PARITY, "float32")
    length = int(found.horizon)
    assert length >= 60
    words = torch.randint(2, (200, length), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        loop = model(words).argmax(1)
        model.family.choose("dense")  # a compiled loop takes the place of the scan
        scan = model(words, parallel=True).argmax(1)
    assert (loop == words.sum(1) % 2).all()
    assert (scan != words.sum(1) % 2).any()  # so there is a reason
    assert found.document["execution"] == "loop"
    assert found.belongs_to(model)
    assert found.belongs_to(model, execution="loop")
    assert not found.belongs_to(model, execution="scan")
    with pytest.raises(MismatchError, match="execution='loop' alone"):
        certify(model, PARITY, "float32", execution="scan")
    with pytest.raises(MismatchError, match="execution 'backwards' is not known; choose one of loop, scan"):
        certify(model, PARITY, execution="backwards")
    document = signed(found.document | {"execution": "scan"})
    with pytest.raises(FormatError, match="execution 'scan' is not 'loop'"):
        check(document)


def test_products_of_reduced_precision_are_refused():
    model = exact("full")
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with pytest.raises(MismatchError, match="not in float32"):
            certify(model, C3, "float32")
        assert certify(model, C3).horizon > 0  # exact arithmetic does not ask torch
        assert certify(model.double(), C3, "float64").horizon > 0
    finally:
        torch.set_float32_matmul_precision(before)
    model = exact("full")
    with torch.autocast("cpu"), pytest.raises(MismatchError, match="autocast is on"):
        certify(model, C3, "float32")
    assert certify(model, C3, "float32").horizon > 0
    with pytest.raises(MismatchError, match="compiled"):
        certify(torch.compile(model, backend="eager"), C3, "float32")
    model.compile(backend="eager")
    with pytest.raises(MismatchError, match="compiled"):
        certify(model, C3, "float32")


def test_parameters_of_two_types_and_states_that_are_not_normalised_are_refused():
    model = exact("full")
    found = certify(model, C3, "float32")
    model.readout.data = model.readout.data.to(torch.bfloat16)
    with pytest.raises(MismatchError, match=r"runs in torch.bfloat16, not in float32: see 'readout'"):
        certify(model, C3, "float32")
    model = exact("full")
    model.normalize = False
    assert not found.belongs_to(model)


def faint(what: str, dtype: torch.dtype, family: str = "diagonal") -> BilinearRNN:
    """Parity, right as it is, whose start or readout has squares below the smallest normal float."""
    small = 2.0 ** (-66 if dtype == torch.float32 else -530)
    model = BilinearRNN(2, 2, 2, family, dtype=dtype, temperature=1.0 if what == "a row of the readout" else None)
    with torch.no_grad():
        model.family.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]) * 2.0**-40)
        model.start.fill_(small if what == "the start" else 1.0)
        row = torch.ones(2, dtype=dtype) * (small if what == "a row of the readout" else 1.0)
        model.readout.copy_(torch.stack([row, -row]))
    return model


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("what", ["the start", "a row of the readout"])
def test_vectors_that_are_divided_by_a_norm_beforehand_are_in_range_too(what, dtype):
    """Flushed, their norm is 0 and they are not divided by it: the claim would be about another start or readout."""
    model = faint(what, dtype)
    before = model.initial(1), model.rows()
    torch.set_flush_denormal(True)
    try:
        with torch.no_grad():
            after = model.initial(1), model.rows()
    finally:
        torch.set_flush_denormal(False)
    assert any(float((a - b).detach().abs().max()) > 0.5 for a, b in zip(before, after, strict=True))  # the reason
    with pytest.raises(ModelError, match=f"{what} has the norm .* its square may underflow"):
        certify(model, PARITY, str(dtype).removeprefix("torch."))


def test_keys_and_columns_that_overflow_when_squared_are_refused():
    for family, what in (("householder", "a key"), ("convex", "a column of the dictionary")):
        model = BilinearRNN(2, 2, 2, family)
        with torch.no_grad():
            model.family.weight.mul_(1e25)
        with pytest.raises(ModelError, match=f"{what} has the norm"):
            certify(model, PARITY, "float32")


def test_bounds_that_are_beyond_floats_are_refused():
    many = BilinearRNN(2, 8, 2, "householder", reflections=500, dtype=torch.float64)
    wide = BilinearRNN(2, 4, 2, "convex", dtype=torch.float64)
    tall = BilinearRNN(2, 4, 2, "cp", dtype=torch.float64)
    with torch.no_grad():
        wide.family.scores[0, 0] = 1e300
        tall.family.left *= 1e150
    for model, reason in ((many, "too many"), (wide, "too often"), (tall, "may overflow")):
        with pytest.raises(BistateError, match=reason):
            certify(model, PARITY, "float64")


@pytest.mark.parametrize(("name", "value"), [("NVIDIA_TF32_OVERRIDE", "1"), ("ONEDNN_DEFAULT_FPMATH_MODE", "BF16")])
def test_environment_variables_that_change_products_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(MismatchError, match=f"{name}={value} is set"):
        certify(exact("full"), C3, "float32")
    assert certify(exact("full"), C3).horizon > 0


def test_entries_that_were_rounded_up_are_within_the_spread():
    model = exact("cp")
    with torch.no_grad():
        model.family.left[0] *= 1e-25
        model.family.right[0] *= 1e-20
    found = certify(model, C3, "float32")
    N, A = (np.frombuffer(base64.b64decode(found.document["weights"][k]["float64"])) for k in ("spread", "transitions"))
    assert (np.abs(A) <= N).all()
    assert (np.abs(A[A != 0]) < 1e-38).any()  # so there are such entries
