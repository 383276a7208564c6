"""Horizons of rotations, from angles: against all words, by counts of letters."""

from __future__ import annotations

import base64
import itertools
import math
from array import array
from dataclasses import replace

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import CheckError, certify, check, parse_task, refute
from bistate.verify.exact_check import angles as lemma
from bistate.verify.exact_check import digest
from bistate.verify.exact_check.angles import minorant
from bistate.verify.exact_check.trigonometry import FINE, SURE, cosine_and_sine, pi
from bistate.verify.networks.float_network import float_weights
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st


def model_of(seed: int, task: str, dtype: torch.dtype = torch.float64) -> tuple[Automaton, BilinearRNN]:
    """Planes that follow a character up to a small drift, and planes that follow none, faint or read out wrongly."""
    random = np.random.default_rng(seed)
    automaton = parse_task(task)
    m, letters = len(automaton.states), len(automaton.letters)
    planes = int(random.integers(1, 4)) + 1
    model = BilinearRNN(letters, 2 * planes, m, "rotation", seed=seed, dtype=dtype)
    step = np.array([int(automaton.table[automaton.start_index, x]) for x in range(letters)])  # cyclic: state + step
    with torch.no_grad():
        for j in range(planes):
            k = int(random.integers(1, m)) if j else 1
            drift = 10 ** random.uniform(-2, -0.8) * random.standard_normal(letters)
            model.family.weight[:, j] = torch.from_numpy(2 * math.pi / m * k * step + drift)
            loud = 1.0 if j == 0 else random.uniform(-0.2, 0.6)
            turn = 2 * math.pi / m * k * np.arange(m)
            model.readout[:, 2 * j] = torch.from_numpy(loud * np.cos(turn))
            model.readout[:, 2 * j + 1] = torch.from_numpy(loud * np.sin(turn))
        if seed % 3 == 0:
            model.family.weight[:, -1] = torch.from_numpy(random.uniform(0, 6, letters))  # noise
        start = np.tile([1.0, 0.0], planes) + 0.1 * random.standard_normal(2 * planes)
        model.start.copy_(torch.from_numpy(start))
        model.readout += torch.from_numpy(0.05 * random.standard_normal(model.readout.shape)).to(dtype)
    return automaton, model


def first_wrong(model: BilinearRNN, automaton: Automaton, longest: int) -> int | None:
    """The length of the shortest wrong word: letters commute, so only their counts matter."""
    A, h, C = float_weights(model)
    at = np.arange(0, len(h), 2)
    z = A[:, at, at] + 1j * A[:, at + 1, at]  # (letters, planes)
    start, rows = h[0::2] + 1j * h[1::2], C[:, 0::2] - 1j * C[:, 1::2]
    m = len(automaton.states)
    step = np.array([int(automaton.table[automaton.start_index, x]) for x in range(len(z))])
    for length in range(longest + 1):
        counts = np.array(
            [
                np.diff([-1, *bars, length + len(z) - 1]) - 1
                for bars in itertools.combinations(range(length + len(z) - 1), len(z) - 1)
            ]
        )
        states = (automaton.start_index + counts @ step) % m
        logits = (start * np.exp(counts @ np.log(z))) @ rows.T  # (words, states)
        if (logits.real.argmax(axis=1) != states).any():
            return length
    return None


@pytest.mark.parametrize("task", ["C2", "C3", "C4"])
@pytest.mark.parametrize("seed", range(8))
def test_horizons_by_angles_are_those_of_all_words(task, seed):
    automaton, model = model_of(seed, task)
    found = certify(model, automaton)
    longest = 90 if task == "C2" else 34 if task == "C3" else 18
    wrong = first_wrong(model, automaton, longest)
    if found.horizon < 0:
        assert wrong == 0
        return
    assert found.check() == found.horizon
    if wrong is None:
        assert found.horizon > longest / 2
    else:
        assert found.horizon < wrong <= 1.1 * found.horizon + 2
    with pytest.raises(CheckError):
        check(found.document | {"horizon": int(found.horizon) + 1 if wrong is None else wrong})


def test_a_letter_that_comes_round_is_not_right_in_between():
    """After 2π / δ letters the angle is right again: the corner of the hull is, but not the hull."""
    automaton = Automaton.modular_addition(5)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
    with torch.no_grad():
        model.family.weight[1] += 2 * math.pi / 200
    found = certify(model, automaton)
    assert (found.way, found.horizon) == ("angles", 19)  # π / 5 / δ = 20, where two states tie
    for claim in (21, 100, 199, 200, 205):
        with pytest.raises(CheckError, match="need not be classified rightly"):
            check(found.document | {"horizon": claim})


def test_the_closed_form_is_reached():
    """An angle off by ε per letter fails C_m near length π / (m ε)."""
    for m, error in ((3, 1e-2), (5, 1e-3), (7, 3e-3), (12, 1e-3)):
        automaton = Automaton.modular_addition(m)
        model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
        with torch.no_grad():
            model.family.weight[1] += error
        closed = math.pi / (m * error)
        assert closed - 1 <= certify(model, automaton).horizon <= closed
        assert closed < refute(model, automaton).horizon <= closed + m


@pytest.mark.parametrize("seed", range(4))
def test_rounding_costs_a_little(seed):
    automaton, model = model_of(seed, "C3", torch.float32)
    exact, rounded = certify(model, automaton), certify(model, automaton, "float32")
    assert rounded.check() == rounded.horizon <= exact.horizon
    assert rounded.horizon > 0.9 * exact.horizon - 1
    with pytest.raises(CheckError, match=r"rightly|stretched"):  # coarser arithmetic: the claim is not covered
        check(signed(rounded.document | {"terms": 2**18}))


def test_single_precision_cannot_be_trusted_for_ever():
    automaton = Automaton.modular_addition(12)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation", dtype=torch.float32)
    assert 10_000 < certify(model, automaton, "float32").horizon < 200_000 < certify(model, automaton).horizon


def stretched(claim: int) -> dict:
    """A plane that shrinks by 1 − 2**-12 each time, and one that speaks against it: wrong from 0.9 = that^432 on."""
    automaton = Automaton.modular_addition(3)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
    document = certify(model, automaton, effort="quick").document
    A, h, C = float_weights(model)
    h, C = np.concatenate([h, h]), np.concatenate([C, -0.9 * C], axis=1)
    both = np.zeros((3, 4, 4))
    both[:, :2, :2], both[:, 2:, 2:] = A * (1 - 2**-12), A
    weights = {"transitions": stored(both), "start": stored(h), "readout": stored(C)}
    turns = [row * 2 for row in document["proof"]["turns"]]
    angles = [v for x in range(3) for v in [math.atan2(A[x, 1, 0], A[x, 0, 0])] * 2]
    proof = document["proof"] | {"turns": turns, "angles": stored(np.array(angles))}
    return signed(document | {"weights": weights, "horizon": claim, "proof": proof})


def signed(document: dict) -> dict:
    """The document with the digest of what it speaks of now."""
    return document | {"digest": digest(document)}


def test_lengths_count():
    assert check(stretched(60)) == 60
    with pytest.raises(CheckError, match="rightly"):
        check(stretched(432))


def stored(values: np.ndarray) -> dict:
    return {"shape": list(values.shape), "float64": base64.b64encode(array("d", values.ravel()).tobytes()).decode()}


def test_angles_that_are_not_quite_those_of_the_matrices_cost_length():
    automaton = Automaton.modular_addition(3)
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation")
    with torch.no_grad():
        model.family.weight[1] += 0.01
    document = certify(model, automaton, effort="quick").document
    no_drift = np.array([0, 2 * math.pi / 3, 4 * math.pi / 3])
    proof = document["proof"] | {"angles": stored(no_drift), "turns": [[0], [1], [2]]}
    assert check(document | {"proof": proof, "horizon": 40}) == 40
    for claim in (105, 200, 250_000):  # π / 3 / 0.01 = 104.7
        with pytest.raises(CheckError, match="rightly"):
            check(document | {"proof": proof, "horizon": claim})


def test_rounding_of_logits_and_underflow_count():
    automaton = Automaton.modular_addition(3)
    model = BilinearRNN(3, 4, 3, "rotation", dtype=torch.float32)
    with torch.no_grad():
        turns = 2 * math.pi / 3 * torch.arange(3.0)
        model.family.weight.copy_(torch.stack([turns, torch.zeros(3)], 1))
        model.start.copy_(torch.tensor([1.0, 0, 1, 0]))
        model.readout[:, :2] = torch.stack([turns.cos(), turns.sin()], 1)
        model.readout[:, 2:] = 0
    assert certify(model, automaton, "float32").horizon > 1000
    with torch.no_grad():
        model.readout[:, 2] = 2.0**22  # the same for all states
    document = certify(model, automaton, effort="quick").document
    assert document["horizon"] > 1000
    normal = document["weights"] | {"start": stored(float_weights(model, normalized=True)[1])}
    rounded = document | {"weights": normal, "arithmetic": "float32", "execution": "loop", "terms": 6, "horizon": 0}
    with pytest.raises(CheckError, match="rightly"):
        check(signed(rounded))
    assert certify(model, automaton, "float32").way == "none"
    with torch.no_grad():
        model.readout[:, 2] = 2.0**118
        model.start[2] = 0  # it could be the least number above 0
    assert certify(model, automaton).horizon > 1000
    assert certify(model, automaton, "float32").horizon <= 0


def test_the_hull_is_not_halved_for_ever(monkeypatch):
    documents = [certify(model, automaton).document for automaton, model in (model_of(seed, "C3") for seed in range(6))]
    assert all(check(document) == document["horizon"] for document in documents)
    monkeypatch.setattr(lemma, "MOST_PIECES", 0)
    halved = 0
    for document in documents:
        try:
            check(document)
        except CheckError as error:
            halved += "rightly" in str(error)
    assert halved >= 1


def test_tampering_is_noticed():
    automaton, model = model_of(1, "C4")
    document = certify(model, automaton, effort="quick").document
    assert "turns" in document["proof"]

    def changed(**numbers: object) -> dict:
        return {**document, "proof": {**document["proof"], **numbers}}

    turns, order = document["proof"]["turns"], document["proof"]["order"]
    shifted = [[p + (x == 1) for p in row] for x, row in enumerate(turns)]
    angles = np.frombuffer(base64.b64decode(document["proof"]["angles"]["float64"]))
    cases = [
        (changed(turns=shifted), "do not follow the automaton"),
        (changed(turns=[[p + order for p in row] for row in turns]), "rightly"),  # the same characters, far drift
        (changed(turns=turns[:-1]), "whole numbers, for each letter and plane"),
        (changed(turns=[[p + 0.5 for p in row] for row in turns]), "whole numbers, for each letter and plane"),
        (changed(order=0), "from 1 to 10000"),
        (changed(order=10**9), "from 1 to 10000"),
        (changed(order=True), "'order' is bool, and has to be int"),
        (changed(angles=stored(angles + 2)), "not that of its matrix"),
        (changed(angles=stored(angles + 0.2)), "rightly"),
        (changed(angles=stored(angles * np.nan)), "have to be finite"),
        (changed(angles=stored(angles[:-1])), "another shape"),
        (changed(angles=stored(angles + 16)), "between -8 and 8"),
        ({**document, "horizon": "infinity"}, "out of range"),
        ({**document, "horizon": -1}, "out of range"),
        ({**document, "horizon": True}, "out of range"),
    ]
    for broken, reason in cases:
        with pytest.raises(CheckError, match=reason):
            check(broken)
    A, h, C = float_weights(model)
    reflected, joined = A.copy(), A.copy()
    reflected[1, :2, 1] *= -1
    joined[1, 0, 2] = 1e-9
    for matrices in (reflected, joined):
        weights = {"transitions": stored(matrices), "start": stored(h), "readout": stored(C)}
        broken = signed({**document, "weights": weights})
        with pytest.raises(CheckError, match="scaled rotations of planes"):
            check(broken)


@pytest.mark.parametrize("error", ["no drift", "corners alone"])
def test_planted_errors_in_the_check_are_noticed(monkeypatch, error):
    """What the broken checker accepts is refuted by words."""
    if error == "no drift":
        drift = lemma._drift

        def none(*arguments):
            found = drift(*arguments)
            return replace(found, delta=[[0] * len(row) for row in found.delta])

        monkeypatch.setattr(lemma, "_drift", none)
    else:
        monkeypatch.setattr(lemma, "minorant", lambda *given: (minorant(*given)[0],) * 2)
    contradicted = False
    for seed in range(8):
        automaton, model = model_of(seed, "C2")
        document = certify(model, automaton, effort="quick").document
        wrong = first_wrong(model, automaton, 90)
        if "turns" not in document["proof"] or wrong is None:
            continue
        for claim in range(wrong, 3 * wrong + 60):
            try:
                contradicted |= check(document | {"horizon": claim}) >= wrong
            except CheckError:
                continue
    assert contradicted


def test_planted_errors_in_the_length_are_noticed(monkeypatch):
    monkeypatch.setattr(lemma, "up", lambda value: value * 0)
    assert check(stretched(432)) == 432  # which is wrong


@settings(max_examples=500)
@given(
    st.floats(0, 7),
    st.floats(-3, 3),
    st.lists(st.floats(0, 3.3), min_size=1, max_size=4),
    st.lists(st.integers(0, 100), min_size=4, max_size=4),
)
def test_the_minorant_at_the_corners_bounds_the_wave_in_between(phase, first, steps, weights):
    """Σ λ_i g(e_i) ≤ f(Σ λ_i e_i): g is concave and below f."""
    alpha, beta = round(2**40 * math.cos(phase)), round(2**40 * math.sin(phase))
    ends = [first, *(first + step for step in steps[1:])]
    points = [int(e * 2**50) << (FINE - 50) for e in ends]
    around = [cosine_and_sine(e) for e in points]
    amplitude = abs(alpha) + abs(beta)
    wave = (alpha << FINE, beta << FINE, amplitude, -((math.isqrt(alpha**2 + beta**2) + 1) << 2 * FINE))
    values, below = minorant(wave, points, around, pi())
    total = sum(weights[: len(points)]) or 1
    if not any(weights[: len(points)]):
        weights = [1] + weights[1:]
    between = sum(w * e for w, e in zip(weights, points, strict=False)) / total / 2**FINE
    mixed = sum(w * v for w, v in zip(weights, below, strict=False)) / total / 2 ** (2 * FINE)
    assert mixed <= alpha * math.cos(between) + beta * math.sin(between) + 1e-9 * amplitude + 1e-9
    for e, v in zip(ends, values, strict=True):
        true = alpha * math.cos(e) + beta * math.sin(e)
        assert abs(v / 2 ** (2 * FINE) - true) <= 1e-9 * amplitude + 1e-9


@given(st.integers(-(8 << FINE), 8 << FINE))
def test_cosines_and_sines_are_as_right_as_they_say(angle):
    before, ctx.prec = ctx.prec, 400
    try:
        x, unit = arb(angle) / arb(2) ** FINE, arb(2) ** FINE
        for found, true in zip(cosine_and_sine(angle), (x.cos(), x.sin()), strict=True):
            assert abs(arb(found) - true * unit) < 2 ** (FINE - SURE)
        assert abs(arb(pi()) - arb.pi() * unit) < 8
    finally:
        ctx.prec = before
