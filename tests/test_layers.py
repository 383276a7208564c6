"""Imports go leftwards only: groups ← theory ← models ← verify, and torch stays out of groups and theory.

The imports are read from the source with `ast`, those inside functions and under TYPE_CHECKING included. A second,
independent check imports the two exact layers in a fresh interpreter and looks whether torch came along.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("groups", "theory", "models", "verify")
WITHOUT_TORCH = ("groups", "theory")
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def imported_names(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a module of `package` imports.

    `from a import b` gives "a.b": whether b is a module or not, the layer can be read off.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*up, *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "import_module",
            "importlib.import_module",
            "__import__",
        }:
            yield node.lineno, ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else "?"


def faults(source: str, layer: str, inside: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the imports of a module that lies in `layer`; `inside` names subfolders."""
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    found = []
    for line, name in imported_names(source, ("bistate", layer, *inside)):
        parts = name.split(".")
        if parts[0] == "bistate" and (len(parts) < 2 or parts[1] not in allowed):
            found.append(f"line {line}: {layer} may import {', '.join(allowed)}, not {name}")
        elif parts[0] in LAYERS or name == "?":
            found.append(f"line {line}: import {name} by its full name, bistate.…")
        elif layer in WITHOUT_TORCH and "torch" in parts:
            found.append(f"line {line}: {layer} is exact and does without torch, but imports {name}")
    return found


def test_every_layer_has_files() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_leftwards(path: Path) -> None:
    layer, *inside, _ = path.relative_to(ROOT).parts
    assert faults(path.read_text(encoding="utf-8"), layer, tuple(inside)) == []


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("groups", "from ..theory import Automaton"),
        ("groups", "from .. import theory"),
        ("groups", "from ..theory.rung import Rung"),
        ("groups", "import bistate.verify"),
        ("groups", "from bistate import models"),
        ("groups", "import bistate"),
        ("groups", "def f():\n    import torch.nn as nn"),
        ("groups", "from importlib import import_module\nimport_module('bistate.models')"),
        ("groups", "import importlib\nimportlib.import_module(name)"),
        ("theory", "from torch import Tensor"),
        ("theory", "from safetensors.torch import save_file"),
        ("theory", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..models import train"),
        ("models", "from ..verify.compare import compare"),
        ("models", "from groups import CyclicGroup"),
        ("verify", "import theory"),
        ("verify", "from ..tests import anything"),
    ],
)
def test_planted_wrong_imports_are_caught(layer: str, source: str) -> None:
    assert len(faults(source, layer)) == 1


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("groups", "from .errors import GroupError\nfrom . import permutation\nimport numpy as np"),
        ("theory", "from ..groups import E\nfrom ..groups.errors import BistateError\nimport bistate.groups.named"),
        ("models", "import torch\nfrom ..theory import realize"),
        ("verify", "from ..models import train\nfrom bistate.groups import named_group\nimport safetensors.torch"),
    ],
)
def test_right_imports_pass(layer: str, source: str) -> None:
    assert faults(source, layer) == []


def test_a_subfolder_counts_its_dots() -> None:
    assert faults("from ...groups import E", "theory", ("sub",)) == []
    assert len(faults("from ...models import train", "theory", ("sub",))) == 1


def test_exact_layers_run_without_torch() -> None:
    code = "import sys, bistate.groups, bistate.theory; print([m for m in sys.modules if m.split('.')[0] == 'torch'])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert run.stdout.strip() == "[]"
