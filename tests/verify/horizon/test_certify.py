"""Certified horizons: sound, tight where they can be, in every family."""

from __future__ import annotations

import base64
import copy
import math
from array import array
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, ModelError
from bistate.theory import Automaton, realize
from bistate.verify import CheckError, MismatchError, certify, check, exact_check, parse_task, refute, snap
from bistate.verify.exact_check import checker, digest, dyadic
from bistate.verify.exact_check.components import coordinates_of
from bistate.verify.exact_check.contexts import edges_of
from bistate.verify.exact_check.decision import leads_of
from bistate.verify.exact_check.document import claim_of
from bistate.verify.exact_check.float_model import rounding_of
from bistate.verify.exact_check.tube import Tube
from bistate.verify.exact_check.words import right_words
from bistate.verify.horizon import phases
from bistate.verify.networks.float_network import float_weights
from bistate.verify.tubes.estimate import Estimate
from helpers import horizons
from helpers.documents import stored
from helpers.horizons import KINDS, contradictions
from helpers.noisy import noisy, right_on_all_words

S3 = parse_task("S3")
CHECKER = Path(exact_check.__file__).parent


@pytest.fixture
def few_edges(monkeypatch):
    """No further letters: 216 edges are as good a test as 1296, and quicker."""
    monkeypatch.setattr(phases, "MORE_EDGES", 0)


def test_no_horizon_is_contradicted():
    """A part of the models that `make slow` goes through."""
    seen = list(contradictions(range(0, 60, 3), range(2), range(3)))
    assert not [(name, h, w) for name, h, w in seen if w is not None and w <= h]
    assert sum(w is not None for _, _, w in seen) >= 2  # the search does find wrong words
    assert sum(h > 0 for _, h, _ in seen) >= 10


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
        monkeypatch.setattr(dyadic, "sqrt_fraction", lambda square: root(square) / 2)
    # a prover that claims too much: the check alone has to stop it
    covered = Estimate.covered
    monkeypatch.setattr(Estimate, "covered", lambda self, path: covered(self, path) * 4 + 8)
    found = (next(contradictions(range(n, n + 1))) for n in (6, 7, 15, 25, 28, 39, 45, 49))
    assert any(w is not None and w <= h for _, h, w in found)


def test_an_eager_prover_is_stopped_by_the_check(monkeypatch):
    covered = Estimate.covered
    monkeypatch.setattr(Estimate, "covered", lambda self, path: covered(self, path) * 4 + 8)
    for _, h, w in contradictions(range(0, 30, 3)):
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


@pytest.mark.parametrize("number", [1, 3, 4, 11, 12])
@pytest.mark.parametrize("arithmetic", ["exact", "float64"])
@pytest.mark.usefixtures("few_edges")
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
@pytest.mark.parametrize("number", [3, 11, 12])
@pytest.mark.usefixtures("few_edges")
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


@pytest.mark.usefixtures("few_edges")
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


@pytest.mark.parametrize("task", ["S3", *(pytest.param(name, marks=pytest.mark.slow) for name in ("S4", "A5", "S5"))])
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
    with pytest.raises(MismatchError, match="arithmetic 'int4' is not known; choose one of exact, float64, float32"):
        certify(single, automaton, "int4")
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
    with pytest.raises(MismatchError, match="additive"):
        certify(model, S3)
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
    assert certify(model, parity).horizon == 0
    assert certify(model, parity, shortest=0).horizon == -1
    assert refute(model, parity).length == 1
    found = refute(model, parity, shortest=0)
    assert found.word == ()
    assert found.predicted != found.true


def test_the_harness_names_what_it_judges():
    name, automaton, model = horizons.perturbed(3)
    assert "S3" in name
    assert model.states == len(automaton.states)
    assert horizons.exact("parity")[1].prove(horizons.exact("parity")[0]).proved
