"""Certificates are hard to tamper with, and the checker stands alone."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.verify import CheckError, certify, check, exact_check, parse_task, refute
from bistate.verify.exact_check import digest, dyadic
from bistate.verify.networks.float_network import float_weights
from flint import fmpz_mat
from helpers import horizons
from helpers.documents import changed, stored
from helpers.noisy import noisy, right_on_all_words

S3 = parse_task("S3")
CHECKER = Path(exact_check.__file__).parent


@pytest.fixture(scope="module")
def certificate():
    automaton, model = noisy("S3", 1e-2)
    return model, certify(model, automaton)


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
    found = certify(model, automaton, shortest=0)
    assert (found.horizon, found.way, found.claim) == (-1, "none", "nothing is proved")
    with pytest.raises(CheckError):
        found.check()
    found = certify(model, automaton)  # a claim about no word holds, and says so
    assert (found.horizon, found.check(), found.way, found.claim) == (0, 0, "none", "nothing is proved")


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
    assert f"right on all words of 1 to {found.horizon} letters, exact arithmetic" in good.stdout
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
