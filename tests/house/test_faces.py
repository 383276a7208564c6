"""The faces of the four layers: every name is there, also for type checkers, and nothing is imported before its use."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys

import pytest
from helpers.paths import ROOT

LAYERS = ("groups", "theory", "models", "verify")
HEAVY = {"torch", "numpy", "matplotlib", "hypothesis", "sympy", "networkx", "typer", "numba"}


def loaded_by(statement: str) -> set[str]:
    """Heavy packages that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*(set({sorted(HEAVY)!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


@pytest.mark.parametrize("layer", LAYERS)
def test_every_name_is_there(layer):
    face = importlib.import_module(f"bistate.{layer}")
    stub = ast.parse((ROOT / layer / "__init__.pyi").read_text(encoding="utf-8"))
    [names] = [ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign)]
    assert sorted(names) == sorted(face.__all__) == sorted(dir(face))
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(face, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        face.no_such_name


def test_the_checker_alone_loads_nothing_heavy():
    assert loaded_by("import bistate.verify.exact_check") == set()
    assert loaded_by("import bistate.groups, bistate.theory, bistate.models, bistate.verify") == set()


def test_a_small_part_does_not_load_the_others():
    assert "torch" not in loaded_by("from bistate.theory import Automaton, realize")
    assert {"matplotlib", "typer", "hypothesis"} & loaded_by("from bistate.models import BilinearRNN") == set()
    assert {"matplotlib", "typer"} & loaded_by("from bistate.verify import certify") == set()
    assert loaded_by("import torch") >= {"torch"}  # the question can be answered with yes


def test_names_do_not_depend_on_the_order_of_imports():
    """No module of a layer is called like a name that the face hands out, so a submodule never hides a function."""
    code = (
        "import bistate.verify.task_texts, bistate.verify.horizon.certification\n"
        "from bistate.verify import certify, parse_task, strategies\n"
        "assert callable(certify) and callable(parse_task) and strategies.automata\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
