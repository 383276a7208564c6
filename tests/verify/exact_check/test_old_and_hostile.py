"""Certificates of the first kind, and hostile ones."""

from __future__ import annotations

import copy
import json
import math
import os
import time
from functools import cache

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, load_model
from bistate.theory import Automaton, BilinearWeights, realize
from bistate.verify import Certificate, CheckError, certify, check, load_certificate
from bistate.verify.cli import main
from bistate.verify.exact_check import FormatError, digest
from helpers.documents import signed, stored
from helpers.paths import BEFORE_ROOMS

C3, PARITY = Automaton.modular_addition(3), Automaton.parity()
FAMILIES = ("full", "block", "rotation", "diagonal", "positive", "cp", "householder", "monomial", "convex")


@cache
def any_certificate() -> Certificate:
    return certify(BilinearRNN(1, 1, 1), Automaton([0], [0], [[0]], 0))


def exact(family: str, dtype: torch.dtype = torch.float32, rung: str | None = None) -> BilinearRNN:
    return BilinearRNN.from_weights(realize(C3, rung or family), transition=family, dtype=dtype)


@pytest.mark.parametrize("name", ["exact_codes", "contexts", "angles", "signal_and_remainder", "all_words", "blocks"])
def test_exact_certificates_of_the_first_kind_still_hold(name):
    document = load_certificate(BEFORE_ROOMS / f"{name}.json")
    assert document["kind"] == "bistate horizon 1"
    claimed = document["horizon"]
    assert check(document) == (math.inf if claimed == "infinity" else claimed)
    if claimed != "infinity":
        with pytest.raises(CheckError):
            check(document | {"horizon": 2 * claimed + 2})


def test_old_certificates_of_floats_are_refused_with_the_reason(capsys):
    with pytest.raises(FormatError, match="leaves out overflow and underflow; certify again"):
        check(load_certificate(BEFORE_ROOMS / "float32.json"))
    assert main(["check", str(BEFORE_ROOMS / "float32.json")]) == 2


def test_old_runs_and_weights_still_load(capsys):
    assert load_model(BEFORE_ROOMS / "run").hidden == 4
    assert BilinearWeights.load(BEFORE_ROOMS / "weights.json").prove(C3).proved
    assert main(["certify", str(BEFORE_ROOMS / "run"), "--task", "parity", "--longest", "5"]) in (0, 1)


def hostile() -> dict[str, object]:
    """Certificates that hang or crash a careless reader."""
    model = exact("full", torch.float64)
    with torch.no_grad():
        model.family.weight[1, 0, 0] += 1e-3  # no rotation, which would be proved by angles
    one = certify(model, C3).document
    turning = certify(exact("full", torch.float64), C3).document
    proof, weights = one["proof"], one["weights"]
    alone = {"table": [[0]], "start": 0}
    small = {"transitions": stored(np.ones((1, 1, 1))), "start": stored(np.ones(1)), "readout": stored(np.ones((1, 1)))}
    two = {"table": [[1], [0]], "start": 0}
    pair = small | {"readout": stored(np.array([[1.0], [-1.0]]))}
    fork = {"table": [[0, 1], [1, 0]], "start": 0}
    A = np.broadcast_to(np.diag([2.0**1000, 2.0**-1074] + [1.0] * 22), (2, 24, 24))
    deep = {"transitions": stored(A), "start": stored(np.ones(24)), "readout": stored(np.eye(2, 24))}
    return {
        "prefix": {**one, "automaton": alone, "weights": small, "proof": {"prefix": 10**30}},
        "prefix of one letter": {**one, "automaton": two, "weights": pair, "proof": {"prefix": 19_999}},
        "squarings": {**one, "proof": proof | {"squarings": [10**9] * len(proof["sizes"])}},
        "alone": {**one, "proof": proof | {"alone": 10**9}},
        "memory": {**one, "proof": proof | {"memory": 10**9, "tilts": stored(np.ones(1))}},
        "shape": {**one, "weights": weights | {"start": {"shape": [10**9], "float64": ""}}},
        "negative": {**one, "weights": weights | {"start": {"shape": [-1], "float64": ""}}},
        "text": {**one, "weights": weights | {"start": {"shape": [2], "float64": "é" * 24}}},
        "states": {**one, "automaton": {"table": [[0]] * 10_000, "start": 0}},
        "horizon": {**one, "horizon": 1e300},
        "order": turning | {"proof": {"prefix": 0, "turns": [[0]] * 3, "order": 10**18, "angles": stored(np.ones(3))}},
        "digits of words": {**one, "automaton": fork, "weights": deep, "horizon": 14, "proof": {"prefix": 14}},
        "alone of many pairs": {**one, "proof": proof | {"alone": 250_000, "sizes": [1] * 2, "norms": ["l2"] * 2}},
        "list": [],
        "number": 7,
        "nothing": None,
    }


@pytest.mark.parametrize("name", [*hostile()])
def test_hostile_certificates_are_no_certificates(name, tmp_path, capsys):
    document = hostile()[name]
    if isinstance(document, dict):
        document = signed(document)
    begun = time.process_time()
    with pytest.raises(FormatError):
        check(document)
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert main(["check", str(tmp_path / "c.json")]) == 2
    assert time.process_time() - begun < 5


def test_files_that_are_no_certificates_are_bad_input(tmp_path, capsys):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "deep").write_text("[" * 200_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00" * 100)
    (tmp_path / "empty").write_text("")
    (tmp_path / "digits").write_text('{"kind": ' + "9" * 100_000 + "}")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**32)
    (tmp_path / "twice").write_text('{"kind": "x", ' + json.dumps(any_certificate().document)[1:])
    for name in ("fifo", "deep", "binary", "empty", "digits", "large", "twice", ".", "missing"):
        assert main(["check", str(tmp_path / name)]) == 2, name
        assert "Traceback" not in capsys.readouterr().err


def leaves(value: object, path: tuple = ()) -> list[tuple]:
    """Paths of all entries of a JSON value, branches among them; of long lists the first and last entries."""
    found = [path] if path else []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = sorted({0, len(value) - 1}) if value else []
    else:
        return found
    for key in keys:
        found += leaves(value[key], (*path, key))
    return found


VALUES = (None, True, -1, 10**30, 1.5, "infinity", [], {"shape": [1]})


@pytest.mark.parametrize("name", ["exact_codes", "contexts", "angles", "signal_and_remainder", "all_words", "float32"])
def test_every_field_may_hold_anything(name):
    """Replaced by anything, or left out, with a digest that fits: refused, or the claim is no larger than before."""
    document = load_certificate(BEFORE_ROOMS / f"{name}.json")
    if name == "float32":
        document = certify(exact("cp"), C3, "float32").document
    claimed = float(document["horizon"])
    tried = 0
    for path in leaves(document):
        for value in (*VALUES, "leave out"):
            changed = copy.deepcopy(document)
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            if value == "leave out":
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            if path[0] != "digest" and isinstance(changed.get("weights"), dict):
                changed["digest"] = digest(changed)
            tried += 1
            try:
                found = check(changed)
            except CheckError:
                continue
            assert found <= claimed or path == ("horizon",) or path[0] in ("weights", "automaton", "terms"), (
                path,
                value,
            )
    assert tried > 200
