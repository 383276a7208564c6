"""The faces of bistate and its four layers: every name is there, and nothing is imported before its use."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys

import bistate
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


# --- the face of bistate itself ---


def test_the_package_hands_on_its_layers_and_its_version():
    code = (
        "import bistate, sys\n"
        f"assert {set(LAYERS)} | {{'__version__'}} <= set(dir(bistate))\n"
        "assert not any(name.startswith('bistate.') for name in sys.modules)\n"
        "assert bistate.groups.SymmetricGroup(3).order == 6\n"
        "assert [layer for layer in LAYERS if 'bistate.' + layer in sys.modules] == ['groups']\n"
    ).replace("LAYERS", repr(LAYERS))
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert re.fullmatch(r"\d+\.\d+\.\d+", bistate.__version__)
    with pytest.raises(AttributeError, match="'bistate' has no attribute 'no_such_layer'; it has __version__, groups"):
        bistate.no_such_layer


def test_the_package_works_from_the_root_of_the_repository():
    """A folder bistate/ in the root would hide the installed package from a Python that runs there."""
    code = "import bistate; print(bistate.__version__, bistate.theory.Automaton.parity().start)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (done.stdout, done.stderr) == (f"{bistate.__version__} 0\n", "")


def test_strategies_do_without_torch():
    assert "torch" not in loaded_by("from bistate.verify.strategies import automata, groups")
    assert "torch" not in loaded_by("from bistate.verify import strategies; strategies.automata")


# --- the start of the command line ---


def loaded_by_command(*arguments: str) -> tuple[set[str], str]:
    """Heavy packages that `bistate …` has loaded when it ends, and what it printed."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *(set({sorted(HEAVY)!r}) & sys.modules.keys())))\n"
        f"sys.argv = ['bistate', *{arguments!r}]\n"
        "from bistate.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    printed, _, loaded = done.stdout.rpartition("LOADED")
    return set(loaded.split()), printed


def test_help_and_version_load_typer_alone():
    loaded, printed = loaded_by_command("--help")
    assert (loaded, "certify" in printed) == ({"typer"}, True)
    assert loaded_by_command("--version") == ({"typer"}, f"bistate {bistate.__version__}\n")


def test_a_small_group_is_shown_without_torch_and_plots():
    loaded, printed = loaded_by_command("group", "S3")
    assert loaded == {"typer", "numpy", "sympy"}
    assert "order 6" in printed
    loaded, _ = loaded_by_command("check", "--help")  # the question can be answered with yes
    assert "torch" in loaded
