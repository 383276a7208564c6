"""Certified horizons, wrong words and certificates: sound, tight where they can be, and hard to tamper with."""

from __future__ import annotations

import ast
import base64
import copy
import importlib.util
import json
import math
import shutil
import subprocess
import sys
import warnings
from array import array
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, realize
from bistate.verify import CheckError, MismatchError, certify, check, exact_check, refute, snap
from bistate.verify.certify import float_weights
from bistate.verify.cli import main
from bistate.verify.exact_check import checker, components, digest, dyadic
from bistate.verify.exact_check.components import coordinates_of
from bistate.verify.exact_check.contexts import edges_of
from bistate.verify.exact_check.decision import leads_of
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.float_model import rounding_of
from bistate.verify.exact_check.tube import Tube
from bistate.verify.exact_check.words import right_words
from bistate.verify.parse_task import parse_task
from bistate.verify.refute import exact_prediction
from flint import fmpz_mat

spec = importlib.util.spec_from_file_location("horizons", Path(__file__).with_name("horizons.py"))
horizons = importlib.util.module_from_spec(spec)
spec.loader.exec_module(horizons)
KINDS, contradictions = horizons.KINDS, horizons.contradictions
S3 = parse_task("S3")
prover = sys.modules["bistate.verify.certify"]  # the name in the package is the function
CHECKER = Path(exact_check.__file__).parent


def noisy(task: str, size: float, seed: int = 0, rung: str = "block") -> tuple[Automaton, BilinearRNN]:
    automaton = parse_task(task)
    model = BilinearRNN.from_weights(realize(automaton, rung), transition="full")
    random = np.random.default_rng(seed)
    with torch.no_grad():
        noise = size * random.standard_normal(model.family.weight.shape) / math.sqrt(model.hidden)
        model.family.weight += torch.from_numpy(noise)
    return automaton, model


def right_on_all_words(model: BilinearRNN, automaton: Automaton, length: int) -> bool:
    """By fractions, from the definition."""
    A, h, C = ([Fraction(v) for v in values.ravel().tolist()] for values in float_weights(model))
    n, letters = model.hidden, model.letters
    rows = [[A[(x * n + i) * n : (x * n + i + 1) * n] for i in range(n)] for x in range(letters)]
    for word in product(range(letters), repeat=length):
        v, q = h, automaton.start_index
        for x in word:
            v = [sum(a * b for a, b in zip(row, v, strict=True)) for row in rows[x]]
            q = int(automaton.table[q, x])
        logits = [sum(a * b for a, b in zip(C[p * n : (p + 1) * n], v, strict=True)) for p in range(model.states)]
        if any(logits[p] >= logits[q] for p in range(model.states) if p != q):
            return False
    return True


def test_no_horizon_is_contradicted():
    """A part of the models that `make slow` goes through."""
    seen = list(contradictions(range(60), range(4), range(6)))
    assert not [(name, h, w) for name, h, w in seen if w is not None and w <= h]
    assert sum(w is not None for _, _, w in seen) >= 5  # the search does find wrong words
    assert sum(h > 0 for _, h, _ in seen) >= 30


@pytest.mark.slow
def test_no_horizon_is_contradicted_by_two_thousand_models():
    for name, horizon, wrong in contradictions(range(45, 1845), range(4, 124), range(6, 106)):
        assert wrong is None or wrong > horizon, name


def test_every_word_up_to_the_horizon_is_right_by_fractions():
    checked = 0
    for number in range(3, 60, 3):
        name, automaton, model = KINDS[number % 3](number)
        horizon = certify(model, automaton).horizon
        for length in range(int(min(horizon, 5)) + 1):
            if model.letters**length > 300:
                break
            assert right_on_all_words(model, automaton, length), (name, length)
            checked += 1
    assert checked > 40


def change_the_tube(monkeypatch: pytest.MonkeyPatch, change: Callable[[Tube], Tube]) -> None:
    true = checker.tube_of
    monkeypatch.setattr(checker, "tube_of", lambda *given: change(true(*given)))


def no_drift(tube: Tube) -> Tube:
    return replace(tube, eta=(Fraction(0),) * len(tube.eta))


def identity(size: int) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(Fraction(int(k == m)) for m in range(size)) for k in range(size))


@pytest.mark.parametrize(
    "planted",
    [
        ("eta", "the drift of a letter is dropped"),
        ("M", "the norm of the transitions is replaced by 1"),
        ("sqrt", "roots are halved"),
    ],
    ids=lambda p: p[0],
)
def test_an_error_planted_in_the_check_is_found(planted, monkeypatch):
    """The same harness, with a checker that is wrong: some word at or below a horizon has to turn up."""
    name = planted[0]
    if name == "eta":
        change_the_tube(monkeypatch, no_drift)
    elif name == "M":
        change_the_tube(monkeypatch, lambda tube: replace(tube, M=identity(len(tube.M))))
    else:
        root = dyadic.sqrt_fraction
        for module in (dyadic, components):
            monkeypatch.setattr(module, "sqrt_fraction", lambda square: root(square) / 2)
    # a prover that claims too much: the check alone has to stop it
    horizon = prover._Estimate._horizon
    monkeypatch.setattr(prover._Estimate, "_horizon", lambda self, path: horizon(self, path) * 4 + 8)
    found = (next(contradictions(range(n, n + 1))) for n in (6, 7, 15, 25, 28, 39, 45, 49))
    assert any(w is not None and w <= h for _, h, w in found)


def test_an_eager_prover_is_stopped_by_the_check(monkeypatch):
    horizon = prover._Estimate._horizon
    monkeypatch.setattr(prover._Estimate, "_horizon", lambda self, path: horizon(self, path) * 4 + 8)
    for _, h, w in contradictions(range(30)):
        assert w is None or w > h


def lemmas(document: dict) -> SimpleNamespace:
    """The values of every lemma that a tube needs, as the checker finds them."""
    claim = claim_of(document)
    rounding = rounding_of(claim)
    words = right_words(claim, rounding, claim.prefix)
    coordinates = coordinates_of(claim)
    edges = edges_of(claim, rounding, coordinates)
    tube = checker.tube_of(claim, rounding, coordinates, edges, words)
    leads = leads_of(claim, rounding, coordinates, edges)
    return SimpleNamespace(words=words, edges=edges, tube=tube, leads=leads)


def followed(document: dict, model: BilinearRNN, automaton: Automaton) -> list[tuple[float, float]]:
    """(‖e_k‖, ε_k) with L h = s (c_q + e), followed along random words from the definition, in contexts."""
    proof = document["proof"]
    memory = proof["memory"]
    assert memory > 0
    checked = lemmas(document)
    A, h, _ = float_weights(model, document["arithmetic"] != "exact")
    L, tilts, codes = (array_of(proof[name]) for name in ("to", "tilts", "codes"))
    d, letters, random, found = proof["sizes"][0], model.letters, np.random.default_rng(0), []
    for _ in range(30):
        word = random.integers(letters, size=proof["prefix"] + 25).tolist()
        epsilon, vector, q, v, size = list(checked.tube.epsilon), h.copy(), automaton.start_index, 0, 0.0
        for t, x in enumerate(word, start=1):
            if t > proof["prefix"]:
                edge = checked.edges.edges[v * letters + x]
                size *= float(edge.scales[q] * edge.unit)
                epsilon = checked.tube.after(epsilon)
            vector, q, v = A[x] @ vector, int(automaton.table[q, x]), (v * letters + x) % letters**memory
            z = L @ vector
            z[d:] -= tilts[v] @ z[:d]
            if t >= proof["prefix"]:
                size = size or z[:d] @ codes[q, :d] / (codes[q, :d] @ codes[q, :d])
                error = z / size - codes[q]
                lengths = np.linalg.norm(error[:d]), np.linalg.norm(error[d:])
                found += [(float(a), float(b)) for a, b in zip(lengths, epsilon, strict=True)]
    return found


@pytest.mark.parametrize("number", [1, 2, 3, 4, 12])
@pytest.mark.parametrize("arithmetic", ["exact", "float64"])
def test_the_tube_holds_in_the_coordinates_of_the_last_letters(number, arithmetic, monkeypatch):
    _, automaton, model = horizons.coupled(number)
    document = certify(model, automaton, arithmetic).document
    found = followed(document, model, automaton)
    assert all(length <= bound * (1 + 1e-9) + 1e-12 for length, bound in found)
    assert min(1 - length / bound for length, bound in found if bound) < 0.5  # the bound is no wild one
    change_the_tube(monkeypatch, no_drift)
    assert any(length > 1.01 * bound for length, bound in followed(document, model, automaton))


def array_of(stored_values: dict) -> np.ndarray:
    flat = array("d", base64.b64decode(stored_values["float64"]))
    return np.array(flat).reshape(stored_values["shape"])


@pytest.mark.parametrize("arithmetic", ["exact", "float32"])
@pytest.mark.parametrize("number", [2, 3, 12])
def test_the_numbers_of_the_check_are_bounds_in_every_context(number, arithmetic):
    """M, η, what rounding adds, leads and their factors against their definitions, edge by edge."""
    _, automaton, model = horizons.coupled(number)
    if arithmetic == "float32":
        model = model.float()
    document = certify(model, automaton, arithmetic).document
    proof = document["proof"]
    assert check(document) == document["horizon"]
    checked = lemmas(document)
    A, _, C = float_weights(model, arithmetic != "exact")
    L, P, tilts, codes = (array_of(proof[name]) for name in ("to", "from", "tilts", "codes"))
    n, (d, _), count = model.hidden, proof["sizes"], len(tilts)
    assert count > 1
    parts = slice(0, d), slice(d, n)
    gamma = document["terms"] * 2.0**-24

    def U(v: int, sign: float, absolute: bool = False) -> np.ndarray:
        turned = np.eye(n)
        turned[d:, :d] = np.abs(tilts[v]) if absolute else sign * tilts[v]
        return turned

    assert all(np.linalg.norm(tilt) <= float(checked.edges.contexts.tilt) * (1 + 1e-12) for tilt in tilts)
    H, added, e, states = checked.words.H, checked.words.off, checked.words.e, checked.words.states
    H, added = (np.array([[int(v) / 2**e for v in row] for row in m.tolist()]) for m in (H, added))  # (hidden, words)
    contexts = [0]
    for _ in range(proof["prefix"]):
        contexts = [(v * model.letters + x) % count for x in range(model.letters) for v in contexts]
    for h, more, q, v in zip(H.T, added.T, states, contexts, strict=True):
        size = (L @ h)[:d] @ codes[q, :d] / (codes[q, :d] @ codes[q, :d])
        rounded = U(v, 0, True) @ np.abs(L) @ more / size
        for k in range(2):
            assert np.linalg.norm(rounded[parts[k]]) <= float(checked.tube.begun[k]) * (1 + 1e-12)
    for i, edge in enumerate(checked.edges.edges):
        v, x, w = edge.before, edge.letter, edge.after
        assert w == (v * model.letters + x) % count
        G = U(w, -1) @ L @ A[x] @ P @ U(v, 1)
        off = gamma * U(w, 0, True) @ np.abs(L) @ np.abs(A[x]) @ np.abs(P) @ U(v, 0, True)
        off = off if arithmetic != "exact" else 0 * off
        scales = np.array([float(value * edge.unit) for value in edge.scales])
        for k in range(2):
            for m in range(2):
                size = np.linalg.norm(G[parts[k], parts[m]], 2) / scales.min()
                assert size <= float(checked.tube.M[k][m]) * (1 + 1e-12) + 1e-15
            for q in range(model.states):
                moved = G @ codes[q] / scales[q] - codes[automaton.table[q, x]]
                rounded = np.linalg.norm((off @ np.abs(codes[q]))[parts[k]]) / scales[q]
                assert rounded <= float(checked.tube.slack[i][k][q]) * (1 + 1e-12)
                assert np.linalg.norm(moved[parts[k]]) + rounded <= float(checked.tube.eta[k]) * (1 + 1e-12) + 1e-15
    for v in range(count):
        D = C @ P @ U(v, 1)
        wide = n * 2.0**-24 * np.abs(C) @ np.abs(P) @ U(v, 0, True) * (arithmetic != "exact")
        for q, p in checked.leads.lead:
            spare = (wide[q] + wide[p]) @ np.abs(codes[q])
            assert float(checked.leads.lead[q, p]) <= ((D[q] - D[p]) @ codes[q] - spare) * (1 + 1e-12) + 1e-12
            for k in range(2):
                size = np.linalg.norm((D[q] - D[p])[parts[k]]) + np.linalg.norm((wide[q] + wide[p])[parts[k]])
                assert size <= float(checked.leads.factor[q, p][k]) * (1 + 1e-12) + 1e-12


def test_contexts_that_do_not_fit_are_rejected():
    _, automaton, model = horizons.coupled(3)
    document = certify(model, automaton).document
    horizon = check(document)
    tilts = array_of(document["proof"]["tilts"])

    def rejected(reason: str, **proof: object) -> None:
        with pytest.raises(CheckError, match=reason):
            check({**document, "proof": {**document["proof"], **proof}})

    assert check({**document, "horizon": horizon // 2}) == horizon // 2
    rejected("another shape", memory=1)
    rejected("their letters have been multiplied out", prefix=document["proof"]["memory"] - 1)
    rejected("their letters have been multiplied out", memory=-1)
    rejected("two components and the 2-norm", norms=["l2", "l1"])
    rejected("need not be classified rightly|does not point along", tilts=stored(-tilts))
    rejected("need not be classified rightly", tilts=stored(np.roll(tilts, 1, axis=0)))
    rejected("in some context|explodes", tilts=stored(1e30 * tilts))
    without = {k: v for k, v in document["proof"].items() if k not in ("memory", "tilts")}
    with pytest.raises(CheckError, match="the scales have the shape"):
        check({**document, "proof": without})


@pytest.mark.parametrize("task", ["S3", "S4", "A5", "S5"])
def test_perturbed_exact_models_are_certified_to_a_third_of_the_worst_word(task):
    ratios = []
    for size, seed in ((1e-2, 0), (3e-3, 1), (1e-3, 2)):
        if task in ("A5", "S5"):
            group = parse_task(task, letters="generators")
            model = BilinearRNN.from_weights(realize(group, "block"), transition="full")
            random = np.random.default_rng(seed)
            with torch.no_grad():
                noise = size * random.standard_normal(model.family.weight.shape) / math.sqrt(model.hidden)
                model.family.weight += torch.from_numpy(noise)
            automaton = group
        else:
            automaton, model = noisy(task, size, seed)
        found = refute(model, automaton)
        ratios.append(found.horizon / certify(model, automaton).horizon)
    assert min(ratios) > 1
    assert np.median(ratios) <= 3


def test_exact_weights_are_right_for_ever():
    for task, rung in (("S3", "block"), ("parity", "diagonal"), ("modular-arithmetic-2", "full"), ("mod4", "rotation")):
        automaton = parse_task(task)
        for transition in ("full", rung):
            model = BilinearRNN.from_weights(realize(automaton, rung), transition=transition)
            found = certify(model, automaton)
            if (task, transition) == ("mod4", "rotation"):
                assert found.horizon >= 100_000  # cos(π/2) is no float
                continue
            assert found.horizon == math.inf
            assert found.check() == math.inf
            assert refute(model, automaton, longest=50) is None


def test_snapped_single_precision_exceeds_a_hundred_thousand():
    automaton, model = noisy("S3", 1e-3)
    weights = snap(model, automaton)
    snapped = BilinearRNN.from_weights(weights, dtype=torch.float32)
    assert certify(snapped, automaton).horizon > 100_000
    assert certify(snapped, automaton, "float32").horizon > 100_000


def test_a_remainder_that_fades_is_no_danger():
    """Exact weights beside a copy that is read out wrongly: harmless if it shrinks, and not if it grows."""
    A, h, C = realize(S3, "block").to_numpy()
    for growth in (0.5, 1.01):
        model = BilinearRNN(6, 4, 6, dtype=torch.float64)
        joined = np.zeros((6, 4, 4))
        joined[:, :2, :2], joined[:, 2:, 2:] = A, growth * A
        with torch.no_grad():
            model.family.weight.copy_(torch.from_numpy(joined))
            model.start.copy_(torch.from_numpy(np.concatenate([h.ravel(), 0.01 * h.ravel()])))
            model.readout.copy_(torch.from_numpy(np.concatenate([C, -C], axis=1)))
        found = certify(model, S3)
        if growth > 1:  # 0.01 · 1.01^T reaches 1 at T = 463
            assert refute(model, S3).horizon in (463, 464)
            assert 20 < found.horizon < 463
        else:
            assert found.horizon > 100_000


def test_rounding_costs_length_and_is_asked_for_by_type():
    automaton, model = noisy("C5", 3e-6, rung="rotation")
    single = BilinearRNN(5, model.hidden, 5, dtype=torch.float32)
    with torch.no_grad():
        for p, q in zip(single.parameters(), model.parameters(), strict=True):
            p.copy_(q)
    exactly, rounded = certify(single, automaton), certify(single, automaton, "float32")
    assert 10_000 < rounded.horizon < exactly.horizon
    with pytest.raises(MismatchError, match=r"the model runs in torch.float32, not in float64"):
        certify(single, automaton, "float64")
    with pytest.raises(MismatchError, match="arithmetic 'float16' is not known; choose one of exact, float64, float32"):
        certify(single, automaton, "float16")
    single.normalize = False
    with pytest.raises(MismatchError, match="covered for normalised states only"):
        certify(single, automaton, "float32")


def of_factors(family, seed=0, noise=0.0):
    """Exact S3 weights in factors, in single precision, with noise; the householder family has no copy of its own."""
    weights = realize(S3, {"convex": "monomial"}.get(family, family))
    model = BilinearRNN.from_weights(weights, transition=family, dtype=torch.float32)
    with torch.no_grad():
        for p in model.parameters():
            p += noise * torch.randn(p.shape, generator=torch.Generator().manual_seed(seed))
    return model


@pytest.mark.parametrize("family", ["cp", "householder"])
def test_rounding_of_factors_is_within_the_spread(family):
    model = of_factors(family, noise=0.3)
    step = model.family.step_rounding()
    N, terms = step.spread, step.terms
    A = model.transitions().detach().double().numpy()
    assert (np.abs(A) <= N).all()
    table = model.family.table().detach()
    random, worst = torch.Generator().manual_seed(1), 0.0
    for x in range(6):
        h = torch.randn(4000, model.hidden, generator=random) * 10 ** (4 * torch.rand(4000, 1, generator=random) - 2)
        with torch.no_grad():
            moved = model.family.act(table[x].expand(4000, *table.shape[1:]), h).double().numpy()
        wide = h.double().numpy()
        off = np.abs(moved - wide @ A[x].T) / (np.abs(wide) @ N[x].T)
        worst = max(worst, float(off.max()))
    assert 1e-9 < worst <= terms * 2.0**-24


def test_rounding_of_a_dictionary_is_within_the_spread():
    """Terms of a sum may cancel: the entries are then off by far more than their size says."""
    model = BilinearRNN(6, 8, 6, "convex", seed=0)
    family = model.family
    N, terms = family.step_rounding().spread, family.step_rounding().terms
    with torch.no_grad():
        A = model.transitions().double().numpy()
        words = torch.nn.functional.normalize(family.weight.double(), dim=1)
        true = torch.einsum("lk,kij->lij", torch.softmax(family.scores.double(), -1), words).numpy()
    assert (np.abs(A) <= N).all()
    off = np.abs(A - true)
    assert 1e-9 < (off / N).max() <= terms * 2.0**-24
    assert (off / np.abs(A)).max() > 4 * (off / N).max()


@pytest.mark.parametrize("family", ["cp", "householder", "convex"])
def test_horizons_of_factored_families_include_rounding(family):
    model = of_factors(family, noise=1e-4)
    exactly, rounded = certify(model, S3), certify(model, S3, "float32")
    assert 30 < rounded.horizon < exactly.horizon
    assert rounded.check() == rounded.horizon
    assert rounded.belongs_to(model)
    document = copy.deepcopy(rounded.document)
    document["weights"]["spread"] = document["weights"]["transitions"]  # below |A| where A is negative
    document["digest"] = digest(document)
    with pytest.raises(CheckError, match="the spread is below the weights"):
        check(document)


@pytest.mark.parametrize("family", ["full", "block", "rotation", "diagonal", "householder", "monomial", "cp"])
def test_every_family_with_exact_weights_is_certified(family):
    automaton = parse_task({"rotation": "C3", "diagonal": "parity"}.get(family, "S3"))
    model = BilinearRNN.from_weights(realize(automaton, family), transition=family)
    found = certify(model, automaton)
    assert found.horizon > 1000
    assert found.check() == found.horizon


def test_additive_terms_and_broken_weights_are_refused():
    model = BilinearRNN(6, 4, 6, additive=True)
    for function in (certify, refute):
        with pytest.raises(MismatchError, match="additive"):
            function(model, S3)
    for value in (math.nan, math.inf):
        model = BilinearRNN(6, 4, 6)
        with torch.no_grad():
            model.readout[0, 0] = value
        for function in (certify, refute):
            with pytest.raises(ModelError, match=r"readout\[0, 0\] is (nan|inf)"):
                function(model, S3)


def test_ties_are_not_right():
    model = BilinearRNN(2, 2, 2, dtype=torch.float64)
    with torch.no_grad():
        model.readout.fill_(1.0)
    parity = Automaton.parity()
    assert certify(model, parity).horizon == -1
    found = refute(model, parity)
    assert found.word == ()
    assert found.predicted != found.true


# certificates ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate():
    automaton, model = noisy("S3", 1e-2)
    return model, certify(model, automaton)


def changed(document: dict, **proof: object) -> dict:
    copy = json.loads(json.dumps(document))
    copy["proof"].update(proof)
    return copy


def stored(values: np.ndarray) -> dict:
    flat = array("d", values.astype("<f8").tobytes())
    return {"shape": list(values.shape), "float64": base64.b64encode(flat.tobytes()).decode()}


def test_a_longer_claim_is_rejected(certificate):
    _, found = certificate
    document = json.loads(json.dumps(found.document))
    assert check(document) == found.horizon
    document["horizon"] = int(found.horizon) * 2
    with pytest.raises(CheckError, match="need not be classified rightly"):
        check(document)
    for claim in ("infinity", True, 10**9, -5, "many", None):
        with pytest.raises(CheckError):
            check(document | {"horizon": claim})


def test_other_weights_are_rejected(certificate):
    model, found = certificate
    assert found.belongs_to(model)
    other = noisy("S3", 1e-2, seed=5)[1]
    assert not found.belongs_to(other)
    document = json.loads(json.dumps(found.document))
    A, h, C = float_weights(other)
    document["weights"] = {"transitions": stored(A), "start": stored(h), "readout": stored(C)}
    with pytest.raises(CheckError, match="not those that the certificate was made for"):
        check(document)
    document["digest"] = digest(document)
    with pytest.raises(CheckError):  # consistent, but the proof does not fit these weights as far
        check(document)


def test_a_proof_that_does_not_fit_is_rejected(certificate):
    _, found = certificate
    document, n = found.document, len(found.document["proof"]["sizes"])
    zero = stored(np.zeros((6, document["weights"]["start"]["shape"][0])))
    cases = [
        (changed(document, codes=zero), "the code of state 0 is zero"),
        (changed(document, scales=stored(np.full((6, 6), -1.0))), "scales have to be positive"),
        (changed(document, scales=stored(np.full((6, 6), 2.0))), "need not be classified rightly"),
        (changed(document, scales=stored(np.full((6, 6), np.nan))), "have to be finite"),
        (changed(document, sizes=[1] * (n + 7)), "do not fill the hidden space"),
        (changed(document, norms=["l3"] * n), "norms are 'l1' or 'l2'"),
        (document | {"automaton": {"table": [[9] * 6] * 6, "start": 0}}, "entries that are no states"),
        (document | {"kind": "something"}, "is not 'bistate horizon 2'"),
        ({}, "not a horizon certificate"),
        ([], "not a horizon certificate"),
    ]
    for broken, reason in cases:
        with pytest.raises(CheckError, match=reason):
            check(broken)
    size = document["weights"]["start"]["shape"][0]
    with pytest.raises(CheckError, match="not inverse to each other"):
        check(changed(document, to=stored(2 * np.eye(size))))


@pytest.mark.parametrize(("task", "size"), [("C3", 0.3), ("C3", 0.5), ("C5", 0.3)])
@pytest.mark.parametrize("arithmetic", ["exact", "float64"])
def test_words_alone_are_a_proof_where_no_tube_is_found(task, size, arithmetic):
    automaton, model = noisy(task, size, rung="full")
    found = certify(model, automaton, arithmetic)
    assert found.way == "all words"
    assert found.check() == found.horizon
    length = int(found.horizon)
    assert all(right_on_all_words(model, automaton, n) for n in range(length + 1))
    assert not right_on_all_words(model, automaton, length + 1)
    with pytest.raises(CheckError, match="only the first words are multiplied out"):
        check({**found.document, "horizon": length + 1})
    with pytest.raises(CheckError, match=f"words of {length + 1} letters are not all classified rightly"):
        check({**found.document, "horizon": length, "proof": {"prefix": length + 1}})
    with pytest.raises(CheckError, match="only the first words"):
        check({**found.document, "horizon": "infinity"})


def test_degenerate_models_are_no_trouble():
    """A letter that kills the state, one that is faint beside the others, and a remainder that explodes."""
    _, automaton, model = horizons.with_parasite(310)  # scales that differ by more than the grid of the certificate
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert certify(model, automaton).horizon >= 0
    for factor in (0.0, 1e-200, 1e100):
        for part in (slice(None), slice(2, None)):
            _, automaton, model = horizons.coupled(2)
            with torch.no_grad():
                model.family.weight[1, part] *= factor
            found = certify(model, automaton)
            assert found.horizon < 0 or found.check() == found.horizon
            word = refute(model, automaton, longest=30)
            assert word is None or word.horizon > found.horizon


def test_a_model_that_is_wrong_before_any_letter_has_no_certificate():
    automaton, model = noisy("S3", 0.0)
    with torch.no_grad():
        model.readout.copy_(-model.readout)
    found = certify(model, automaton)
    assert (found.horizon, found.way) == (-1, "none")
    with pytest.raises(CheckError):
        found.check()


def test_the_checker_imports_nothing_of_the_package():
    for path in CHECKER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(alias.name in sys.stdlib_module_names for alias in node.names), path
            elif isinstance(node, ast.ImportFrom) and node.level:
                assert node.level == 1, path
                assert (CHECKER / f"{node.module}.py").exists(), path
            elif isinstance(node, ast.ImportFrom):
                assert node.module.partition(".")[0] in {*sys.stdlib_module_names, "flint"}, path


def test_the_checker_alone_checks_a_certificate(certificate, tmp_path):
    """The folder, copied to an empty place, with flint and nothing else; exit codes 0, 1 and 2."""
    _, found = certificate
    shutil.copytree(CHECKER, tmp_path / "exact_check", ignore=shutil.ignore_patterns("__pycache__"))
    found.save(tmp_path / "good.json")
    longer = found.document | {"horizon": 2 * int(found.horizon)}
    (tmp_path / "longer.json").write_text(json.dumps(longer))
    (tmp_path / "none.json").write_text("[]")

    def run(name: str) -> subprocess.CompletedProcess[str]:
        code = (
            "import sys, runpy\n"
            f"sys.argv = ['exact_check', {name!r}]\n"
            "try:\n    runpy.run_module('exact_check', run_name='__main__')\n"
            "finally:\n    assert not {'torch', 'numpy', 'bistate', 'hypothesis', 'matplotlib'} & set(sys.modules)\n"
        )
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    good = run("good.json")
    assert (good.returncode, good.stderr) == (0, "")
    assert f"right on all words of at most {found.horizon} letters, exact arithmetic" in good.stdout
    assert run("longer.json").returncode == 1
    assert run("none.json").returncode == 2


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_on_a_norm_is_one_and_is_tight(seed):
    random = np.random.default_rng(seed)
    size = (1, 2, 3, 8, 20, 5)[seed]
    M = np.round(random.standard_normal((size, size)) * 2**20)
    if seed == 5:
        M = np.round(np.linalg.qr(M)[0] * 2**40)  # nearly orthogonal: all singular values nearly equal
    bound = float(dyadic.spectral(fmpz_mat(M.astype(int).tolist()), 0, 26))
    true = np.linalg.norm(M, 2)
    assert true * (1 - 1e-13) <= bound <= true * (1 + 1e-6)


# wrong words ----------------------------------------------------------------------------------------------------


def test_a_wrong_word_is_wrong_by_fractions_and_short():
    automaton, model = noisy("S3", 5e-2)
    found = refute(model, automaton)
    assert found == refute(model, automaton)  # the same seed, the same word
    assert automaton.run(found.word) == found.true != found.predicted
    A, h, C = float_weights(model)
    word = tuple(automaton.letter_index(x) for x in found.word)
    v = [Fraction(x) for x in h.tolist()]
    for x in word:
        v = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in A[x].tolist()]
    logits = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in C.tolist()]
    assert logits[automaton.state_index(found.predicted)] >= logits[automaton.state_index(found.true)]
    assert certify(model, automaton).horizon < found.horizon
    assert found.random_horizon is None or found.random_horizon > found.horizon
    for k in range(len(word)):  # no letter can be left out
        shorter = word[:k] + word[k + 1 :]
        true = automaton.start_index
        for x in shorter:
            true = int(automaton.table[true, x])
        assert exact_prediction(A, h, C, shorter, true) is None


def test_no_wrong_word_for_exact_weights_and_bad_arguments():
    model = BilinearRNN.from_weights(realize(S3, "block"), transition="full")
    assert refute(model, S3, longest=100) is None
    with pytest.raises(MismatchError, match="longest=-1 has to be at least 0"):
        refute(model, S3, longest=-1)


# the command line -----------------------------------------------------------------------------------------------


def test_certify_and_check_on_the_command_line(tmp_path, capsys):
    assert main(["train", "C3", "-o", str(tmp_path / "run"), "--steps", "600", "--hidden", "16", "--every"]) == 0
    capsys.readouterr()
    place = tmp_path / "horizon.json"
    assert main(["certify", str(tmp_path / "run"), "-o", str(place), "--json", "--longest", "200"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["horizon"] == "infinity" or facts["horizon"] > 5
    assert main(["check", str(place), "--run", str(tmp_path / "run")]) == 0
    assert "right on all words" in capsys.readouterr().out
    assert main(["train", "C3", "-o", str(tmp_path / "other"), "--steps", "50", "--hidden", "16"]) == 0
    capsys.readouterr()
    assert main(["check", str(place), "--run", str(tmp_path / "other")]) == 1
    assert "about other weights" in capsys.readouterr().out
    document = json.loads(place.read_text())
    document["horizon"] = 249_999
    place.write_text(json.dumps(document))
    assert main(["check", str(place), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False
    place.write_text("{")
    assert main(["check", str(place)]) == 2
    assert main(["check", str(tmp_path / "nothing.json")]) == 2
    assert main(["certify", str(tmp_path / "run"), "-o", str(tmp_path / "no" / "x.json")]) == 2


def test_the_harness_names_what_it_judges():
    name, automaton, model = horizons.perturbed(3)
    assert "S3" in name
    assert model.states == len(automaton.states)
    assert horizons.exact("parity")[1].prove(horizons.exact("parity")[0]).proved
