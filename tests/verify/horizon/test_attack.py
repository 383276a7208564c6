"""A slice of `make attack`, and planted errors that the attack has to find.

The whole of it, ten thousand models and as many changed certificates, is benchmarks/attack.py.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import Certificate, CheckError, certify, check, exact_check, parse_task
from helpers import (
    attack_certificates,
    attack_documents,
    attack_drafts,
    attack_exhibits,
    attack_imported,
    attack_models,
    attack_words,
)
from helpers.attack_words import Budget, Counts
from helpers.attack_words import Path as Way

SHORT = Budget(beam=24, powers=40, longest=80, all_paths=False)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Overflow in a search is no finding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def shown() -> list[attack_exhibits.Exhibit]:
    return list(attack_exhibits.exhibits(quick=True))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# a slice of the whole --------------------------------------------------------------------------------------------


def test_no_certificate_of_a_slice_is_contradicted() -> None:
    outcomes = [attack_certificates.attack(0, i, SHORT) for i in range(9)]
    assert not [finding for outcome in outcomes for finding in outcome.findings]
    tables = attack_certificates.total(outcomes)
    assert tables["outcome"]["horizon"] >= 4
    assert all(tables["family"][family] == 1 for family in attack_models.FAMILIES)


def test_no_certificate_of_imported_networks_is_contradicted() -> None:
    outcomes = [attack_certificates.attack_on_imported(0, i, SHORT) for i in range(14)]
    assert not [finding for outcome in outcomes for finding in outcome.findings]
    tables = attack_certificates.total(outcomes)
    assert tables["family"]["imported"] == 14
    assert tables["outcome"]["horizon"] >= 4


def test_no_changed_certificate_of_a_slice_is_false(shown: list[attack_exhibits.Exhibit]) -> None:
    found = [attack_documents.tamper(shown, 1, i, budget=SHORT) for i in range(100)]
    seen = Counter(verdict.result for _, verdict in found)
    assert not [verdict.finding for _, verdict in found if verdict.finding]
    assert seen["rejected"] > 30
    assert seen["accepted"] > 10


def test_every_way_of_proof_is_tampered_with(shown: list[attack_exhibits.Exhibit]) -> None:
    ways = {part for exhibit in shown for part in exhibit.way.split(", ")}
    assert {
        "exact codes",
        "signal and remainder",
        "path",
        "pairs",
        "contexts",
        "cones",
        "polyhedra",
        "angles",
        "all words",
    } <= ways
    assert {exhibit.certificate.arithmetic for exhibit in shown} == {"exact", "float32"}


# planted errors --------------------------------------------------------------------------------------------------


def drifting(arithmetic: str = "exact") -> tuple[BilinearRNN, Automaton, Certificate]:
    """A rotation that is off by a hundredth: wrong near π / (5 · 0.01) = 63 letters."""
    automaton = parse_task("C5")
    dtype = torch.float64 if arithmetic in ("exact", "float64") else torch.float32
    model = BilinearRNN.from_weights(realize(automaton, "rotation"), transition="rotation", dtype=dtype)
    with torch.no_grad():
        model.family.weight[1] += 0.03 if arithmetic in ("bfloat16", "int8") else 0.01  # less is rounded away by these
    return model, automaton, certify(model, automaton, arithmetic)


@pytest.mark.parametrize("arithmetic", ["exact", "float64", "float32", *attack_models.FEWER_DIGITS])
def test_a_horizon_enlarged_by_hand_is_contradicted(arithmetic: str) -> None:
    model, automaton, found = drifting(arithmetic)
    case = attack_models.Case(0, 0, "rotation", ("drift",), "C5", arithmetic, automaton, model)
    for horizon, expected in ((found.horizon, False), (max(2 * found.horizon + 20, 80), True)):
        wrong = attack_certificates.contradiction(case, horizon, {}, Budget(), generator(), Counts())
        assert (wrong is not None) == expected
    assert found.horizon < len(wrong.word) <= horizon
    assert "exact numbers" in wrong.how if arithmetic == "exact" else "batch" in wrong.how


def test_a_certifier_that_boasts_is_caught_in_most_families() -> None:
    """Claims of infinite horizons are refuted wherever a model is wrong on a short word."""

    def boastful(model: BilinearRNN, automaton: Automaton, arithmetic: str, **_: object) -> Certificate:
        return Certificate(math.inf, arithmetic, "boast", 0, 0, None, 0.0, {})

    outcomes = [attack_certificates.attack(0, index, SHORT, certifier=boastful) for index in range(54)]
    caught = [outcome for outcome in outcomes if outcome.findings]
    tables = attack_certificates.total(caught)
    assert len(tables["family"]) >= 6
    assert {"exact", "float32", "float64"} < set(tables["arithmetic"])
    assert 8 < len(caught) < 45


def test_a_certifier_that_boasts_of_imported_networks_is_caught() -> None:
    """In every kind of reading: letters before words, readouts by the last letter, more scores, floats."""

    def boastful(model: LinearRNN, automaton: Automaton, arithmetic: str, shortest: int, **_: object) -> Certificate:
        return Certificate(math.inf, arithmetic, "boast", 0, 0, None, 0.0, {"shortest": shortest})

    outcomes = [attack_certificates.attack_on_imported(0, i, SHORT, boastful) for i in range(100)]
    caught = [outcome for outcome in outcomes if outcome.findings]
    recipes = attack_certificates.total(caught)["recipe"]
    assert 20 < len(caught) < 80
    assert (
        min(
            recipes[name] for name in ("prefix", "readout by last letter", "more scores", "outputs", "complex", "norms")
        )
        > 3
    )
    assert any("by the definition" not in outcome.findings[0] for outcome in caught)


def behind_norms(count: int) -> list[int]:
    """Indices of networks whose scores stand behind norms."""
    return [i for i in range(6 * count) if attack_imported.draw(0, i).net.norms is not None][:count]


def test_a_certifier_that_is_deaf_to_norms_is_caught() -> None:
    """One that takes the scores without the division, and what stands beside it, for those of the network."""

    def deaf(model: LinearRNN, automaton: Automaton, arithmetic: str, **options: object) -> Certificate:
        bare = case.net
        plain = LinearRNN.from_arrays(bare.A, bare.start, bare.readout, bare.add, bare.bias, model.normalize)
        return certify(plain, automaton, arithmetic, **options)

    caught = []
    for i in (7, 143, 144):  # with a bias that changes answers
        case = attack_imported.draw(0, i)
        assert "bias beside norms" in case.recipes
        caught += attack_certificates.attack_on_imported(0, i, SHORT, deaf).findings
    assert len(caught) == 3
    assert all("by the definition" in finding for finding in caught)


def test_the_definition_behind_norms_is_what_the_module_computes() -> None:
    random = generator()
    for i in behind_norms(20):
        case = attack_imported.draw(0, i)
        word = random.integers(len(case.automaton.letters), size=4).tolist()
        expected = case.model.double()(torch.tensor([word]))[0].numpy()
        found = [float(v) for v in case.net.balls(tuple(word))]
        assert np.allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def claimed(model: BilinearRNN, automaton: Automaton, horizon: int, scan: bool = False) -> attack_words.Wrong | None:
    """What is found against a claim about a model as it runs."""
    return attack_words.float_contradiction(model, automaton, horizon, Budget(), generator(), Counts(), scan)


@pytest.mark.parametrize("what", ["all letters", "one letter", "faint", "readout", "factors"])
def test_numbers_out_of_range_are_found(what: str) -> None:
    """Floats that overflow or vanish on the way, though the exact model is right for ever."""
    automaton = parse_task("C3")
    family = "cp" if what == "factors" else "full"
    model = BilinearRNN.from_weights(realize(automaton, "cp"), transition=family, dtype=torch.float32)
    assert claimed(model, automaton, 30) is None
    with torch.no_grad():
        if what == "readout":
            model.readout.add_(10).mul_(3.3e38 / model.readout.abs().max())
        elif what == "factors":
            model.family.left.mul_(1e-35)
            model.family.weight.mul_(1e20)
            model.family.right.mul_(1e20)
        else:
            part = model.family.weight[1:2] if what == "one letter" else model.family.weight
            part.mul_(1e-24 if what == "faint" else 1e20)
    wrong = claimed(model, automaton, 30)
    assert wrong is not None
    assert len(wrong.word) <= 2


def test_a_scan_that_loses_the_state_is_found_where_it_is_covered() -> None:
    """A unit that nobody uses grows a hundredfold: the loop never sees it, products of matrices are full of it."""
    automaton = parse_task("C3")
    exact = BilinearRNN.from_weights(realize(automaton, "full"), transition="full", dtype=torch.float32)
    model = BilinearRNN(3, 3, 3, "full", dtype=torch.float32)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        model.family.weight[:, :2, :2] = exact.family.weight
        model.family.weight[:, 2, 2] = 100.0
        model.start[:2] = exact.start
        model.readout[:, :2] = exact.readout
    assert claimed(model, automaton, 60) is None
    wrong = claimed(model, automaton, 60, scan=True)
    assert wrong is not None
    assert "parallel" in wrong.how
    case = attack_models.Case(0, 0, "full", (), "C3", "float32", automaton, model)
    for document, scan_too, expected in (({}, False, False), ({}, True, True), ({"execution": "loop"}, True, False)):
        found = attack_certificates.contradiction(case, 60, document, Budget(), generator(), Counts(), scan_too)
        assert (found is not None) == expected


def test_an_error_without_a_name_is_a_finding() -> None:
    def broken(*_: object, **__: object) -> Certificate:
        raise ZeroDivisionError("planted")

    assert "ZeroDivisionError: planted" in attack_certificates.attack(0, 0, SHORT, certifier=broken).findings[0]


def test_a_checker_that_accepts_everything_is_caught(shown: list[attack_exhibits.Exhibit]) -> None:
    def credulous(document: dict) -> float:
        claim = document["horizon"]
        if claim == "infinity":
            return math.inf
        if type(claim) is not int:
            raise CheckError("not a claim")
        return claim

    found = [attack_documents.tamper(shown, 2, i, credulous, SHORT)[1] for i in range(80)]
    seen = Counter(verdict.result for verdict in found)
    assert seen["accepted and wrong"] >= 3
    assert seen["accepted what cannot be read"] >= 3


def test_a_checker_without_digest_or_an_end_is_caught(shown: list[attack_exhibits.Exhibit], monkeypatch) -> None:
    monkeypatch.setattr(attack_documents, "SECONDS", 0.05)

    def stuck(_: object) -> float:
        while True:
            pass

    def raises(_: object) -> float:
        raise KeyError("planted")

    for checker, name in ((stuck, "TooLong"), (raises, "KeyError")):
        verdict = attack_documents.judge(shown[0], {}, "nowhere", "nothing", generator(), checker)
        assert verdict.result == "an error without a name"
        assert name in (verdict.finding or "")


def test_a_certificate_of_another_model_is_not_taken_for_this_one(
    shown: list[attack_exhibits.Exhibit], monkeypatch
) -> None:
    monkeypatch.setattr(Certificate, "belongs_to", lambda self, model: True)
    exhibit = next(e for e in shown if e.way == "signal and remainder" and "full on C3" in e.name)
    document = copy.deepcopy(exhibit.certificate.document)
    values = attack_documents.array_of(document["weights"]["readout"]) * 2
    document["weights"]["readout"]["float64"] = attack_documents.encoded(values)
    document["digest"] = exact_check.digest(document)
    verdict = attack_documents.judge(exhibit, document, "readout", "doubled", generator(), lambda d: 0)
    assert verdict.result == "belongs to the model, but is not about it"
    assert attack_documents.judge(exhibit, exhibit.certificate.document, "", "", generator()).result == "accepted"


# the harness itself ----------------------------------------------------------------------------------------------


def test_a_case_is_made_again_by_its_numbers() -> None:
    for index in (0, 4, 13):
        one, two = attack_models.draw(3, index), attack_models.draw(3, index)
        assert str(one) == str(two)
        assert f"--only {index}" in str(one)
        for p, q in zip(one.model.parameters(), two.model.parameters(), strict=True):
            assert torch.equal(p, q)


def test_imported_networks_of_all_kinds_are_drawn_and_made_again() -> None:
    cases = [attack_imported.draw(0, i) for i in range(150)]
    recipes = Counter(name for case in cases for name in case.recipes)
    assert {*attack_drafts.RECIPES, "normalised", "from a step", "single precision"} <= set(recipes)
    assert {"norms", "centred", "noise behind norms", "bias beside norms"} <= set(recipes)
    assert {case.arithmetic for case in cases} == {"exact", "float32", "float64"}
    assert {case.options["shortest"] for case in cases} == {0, 1, 2}
    again = attack_imported.draw(0, 149)
    assert str(again) == str(cases[149])
    assert torch.equal(again.model.A, cases[149].model.A)
    for case in cases[:40]:  # the definition is that of the module
        word = [*case.options["prefix"], 0, 1][:4]
        if case.automaton.letters and not case.model.normalize and case.arithmetic == "exact":
            exact = [float(v.str(30, radius=False)) for v in case.net.balls(tuple(word))]
            found = case.model.double()(torch.tensor([word]))[0].numpy()
            size = 1 + np.abs(exact).max()
            np.testing.assert_allclose(
                found / size, np.array(exact) / size, atol=1e-5 * max(1.0, float(case.model.A.abs().max()) ** 4)
            )


def test_recipes_and_tasks_of_all_kinds_are_drawn() -> None:
    cases = [attack_models.draw(0, i) for i in range(240)]
    recipes = Counter(name for case in cases for name in case.recipes)
    assert set(recipes) == {*attack_models.RECIPES, "exact weights", "untrained"}
    tasks = [case.automaton for case in cases]
    assert any(len(a.letters) == 1 for a in tasks)
    assert any(len(a.states) == 1 for a in tasks)
    assert any(len(set(a.table[:, x])) < len(a.states) for a in tasks for x in range(len(a.letters)))
    assert {case.arithmetic for case in cases} == {"exact", "float32", "float64", *attack_models.FEWER_DIGITS}
    assert all(torch.isfinite(p).all() for case in cases for p in case.model.parameters())


def test_wrong_in_exact_numbers_is_what_fractions_say() -> None:
    random, seen = generator(1), Counter()
    for _ in range(40):
        A, h, C = (
            random.integers(-2, 3, (2, 2, 2)) / 2.0,
            random.integers(-1, 2, 2) / 1.0,
            random.integers(-1, 2, (2, 2)),
        )
        weights = attack_words.Weights(A, h, C / 1.0, np.array([[0, 1], [1, 0]]), 0)
        for word in product(range(2), repeat=3):
            v = [Fraction(x) for x in h]
            for x in word:
                v = [sum(Fraction(a) * b for a, b in zip(row, v, strict=True)) for row in A[x]]
            logits = [sum(Fraction(int(a)) * b for a, b in zip(row, v, strict=True)) for row in C]
            true = weights.state(word)
            expected = logits[true] <= logits[1 - true]
            assert attack_words.exactly_wrong(weights, word, Counts()) == expected
            long = (*word, *([0, 0] * 6))  # by balls; letter 0 keeps the state
            seen[expected, attack_words.exactly_wrong(weights, long, Counts())] += 1
    assert len(seen) >= 3


def test_the_best_letter_finds_the_worst_word_of_a_drift() -> None:
    model, automaton, _ = drifting()
    task = attack_words.even(attack_words.weights_of(model, automaton))
    start = (0,) * 12
    better = attack_words.improved(task, start, rounds=12)

    def lead(word: tuple[int, ...]) -> float:
        vectors = attack_words.unit(task.h)
        for x in word:
            vectors = attack_words.unit(task.A[x] @ vectors)
        return float(attack_words.leads(task, vectors[None], np.array([task.state(word)]))[0][0])

    assert lead(better) < lead(start)
    assert better.count(1) > 6


def test_all_ways_of_running_are_run() -> None:
    for family, ways in (("full", 5), ("block", 3), ("cp", 1)):
        model = BilinearRNN(2, 4, 2, family, seed=1)
        words = np.zeros((3, 4), dtype=np.int64)
        every = list(attack_words.paths(model, scan=family != "cp"))
        assert len(every) == ways * 16 + 8 * (family != "cp")
        reference = attack_words.run(model, words, Way())
        for path in every:
            logits = attack_words.run(model, words, path)
            assert logits is not None
            assert logits.shape == ((3, 4, 2) if path.every else (3, 1, 2))
            np.testing.assert_allclose(logits[:, -1], reference[:, -1], atol=1e-5)


def test_numbers_that_are_taken_for_zero_are_seen() -> None:
    """The harness runs with and without subnormal numbers, and leaves the switch as it was."""
    model = BilinearRNN(1, 1, 2, "diagonal", dtype=torch.float32, normalize=False)
    with torch.no_grad():
        model.family.weight.fill_(1.0)
        model.start.fill_(1e-40)
        model.readout.copy_(torch.tensor([[1.0], [0.0]]))
    words = np.zeros((1, 2), dtype=np.int64)
    kept, flushed = (attack_words.run(model, words, Way("loop", flush=flush)) for flush in (False, True))
    assert kept[0, -1, 0] > 0
    assert flushed[0, -1, 0] == 0
    assert float(torch.tensor(1e-40) * 1.0) > 0


def test_places_are_all_of_a_document() -> None:
    document = {"a": [1, {"b": "x"}], "c": {}}
    assert set(attack_documents.places(document)) == {("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c",)}


def test_a_change_leaves_the_original_as_it_is(shown: list[attack_exhibits.Exhibit]) -> None:
    for i in range(40):
        exhibit = shown[i % len(shown)]
        before = copy.deepcopy(exhibit.certificate.document)
        attack_documents.mutation(exhibit.certificate.document, generator(i))
        assert exhibit.certificate.document == before
    assert check(shown[1].certificate.document) == shown[1].certificate.horizon
