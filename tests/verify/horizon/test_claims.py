"""Nothing in a certificate is believed: what it speaks of is compared with the model."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN
from bistate.theory import Automaton, realize
from bistate.verify import Certificate, CheckError, certify, check
from bistate.verify.cli import main
from bistate.verify.exact_check import condition
from helpers.documents import signed, stored

C3, PARITY = Automaton.modular_addition(3), Automaton.parity()
FAMILIES = ("full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial", "convex")


def exact(family: str, dtype: torch.dtype = torch.float32, rung: str | None = None) -> BilinearRNN:
    return BilinearRNN.from_weights(realize(C3, rung or family), transition=family, dtype=dtype)


@pytest.fixture(scope="module")
def rounded() -> tuple[BilinearRNN, dict]:
    model = BilinearRNN.from_weights(realize(C3, "full"), transition="full", dtype=torch.float32)
    with torch.no_grad():
        model.family.weight += 1e-5 * torch.randn(model.family.weight.shape, generator=torch.Generator().manual_seed(0))
    return model, certify(model, C3, "float32").document


def claimed_by(document: dict, model: BilinearRNN, automaton: Automaton | None = None) -> bool:
    return replace(any_certificate(), document=document).belongs_to(model, automaton)


@cache
def any_certificate() -> Certificate:
    return certify(BilinearRNN(1, 1, 1), Automaton([0], [0], [[0]], 0))


def test_fewer_roundings_are_a_condition_that_the_model_does_not_meet(rounded):
    model, document = rounded
    assert claimed_by(document, model, C3)
    fewer = document | {"terms": 1}
    with pytest.raises(CheckError, match="not those that the certificate was made for"):
        check(fewer)
    fewer = signed(fewer)
    assert check(fewer) == document["horizon"]  # true of code that rounds as little, and it says so
    assert condition(fewer) == "if a step, one letter after the other, rounds at most 1 times"
    assert not claimed_by(fewer, model)


@pytest.mark.parametrize("family", ["full", "cp", "householder", "convex"])
def test_every_field_that_a_claim_speaks_of_is_compared_with_the_model(family):
    automaton = C3
    model = exact(family, rung="monomial" if family == "convex" else family)
    document = certify(model, automaton, "float32").document
    assert claimed_by(document, model, automaton)
    changes = [
        {"arithmetic": "float64"},
        {"arithmetic": "exact"},
        {"execution": None},
        {"execution": "scan"},
        {"terms": document["terms"] + 1},
        {"terms": document["terms"] - 1},
        {"terms": True},
        {"automaton": {"table": [[0] * 3] * 3, "start": 0}},
        {"automaton": document["automaton"] | {"start": 1}},
    ]
    for name, array_ in document["weights"].items():
        values = np.frombuffer(base64.b64decode(array_["float64"])).reshape(array_["shape"]).copy()
        values.flat[-1] += 1.0 if name != "underflow" else 1e-30
        changes.append({"weights": document["weights"] | {name: stored(values)}})
        changes.append({"weights": {key: value for key, value in document["weights"].items() if key != name}})
    changes.append({"weights": document["weights"] | {"more": stored(np.ones(1))}})
    for change in changes:
        assert not claimed_by(signed(document | change), model, automaton), change
    assert {"full"} == {family} or {"spread", "underflow"} <= set(document["weights"])


def test_spread_and_underflow_below_those_of_plain_products_are_rejected():
    document = certify(exact("cp"), C3, "float32").document
    for name, reason in (("spread", "the spread is below"), ("underflow", "below that of a plain product")):
        shape = document["weights"][name]["shape"]
        weights = document["weights"] | {name: stored(np.zeros(shape))}
        with pytest.raises(CheckError, match=reason):
            check(signed(document | {"weights": weights}))


def test_the_command_line_decides_the_condition(rounded, tmp_path, capsys):
    from bistate.models import save_model

    model, document = rounded
    save_model(model, tmp_path / "model")
    (tmp_path / "good.json").write_text(json.dumps(document))
    (tmp_path / "fewer.json").write_text(json.dumps(signed(document | {"terms": 1})))
    good, fewer, folder = (str(tmp_path / name) for name in ("good.json", "fewer.json", "model"))
    assert main(["check", good]) == 0
    assert f"provided  if a step, one letter after the other, rounds at most {document['terms']} times" in (
        capsys.readouterr().out
    )
    assert main(["check", good, "--run", folder, "--task", "C3"]) == 0
    assert "provided" not in capsys.readouterr().out
    assert main(["check", good, "--run", folder]) == 0
    assert "not compared: the folder does not say" in capsys.readouterr().out
    assert main(["check", fewer]) == 0
    capsys.readouterr()
    assert main(["check", fewer, "--run", folder, "--json"]) == 1
    assert "rounds 6 times, and not 1" in json.loads(capsys.readouterr().out)["reason"]
    assert main(["check", good, "--run", folder, "--task", "parity"]) == 1
    assert "another task" in capsys.readouterr().out
    assert main(["check", good, "--run", folder, "--execution", "scan"]) == 1
    assert main(["check", good, "--execution", "scan"]) == 1
    assert "covers execution 'loop', not 'scan'" in capsys.readouterr().out
