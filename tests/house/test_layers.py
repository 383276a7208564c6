"""Imports go leftwards only: groups ← theory ← models ← verify, and torch stays out of groups and theory.

Inside a layer they go downwards only, by the table ROOMS. The imports are read from the source with `ast`, those inside
functions and under TYPE_CHECKING included. A second, independent check imports the two exact layers in a fresh
interpreter and looks whether torch came along.
"""

import ast
import graphlib
import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from helpers.paths import ROOT

LAYERS = ("groups", "theory", "models", "verify")
WITHOUT_TORCH = ("groups", "theory")
LONGEST, MOST = 450, 20  # lines of a file and files of a room, in the layers that have rooms
MORE = {
    "exact_check": 30,  # one lemma a file, in one folder that can be copied out
}
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))

# The rooms of a layer, folders and files at its root, floor by floor: a file may import what stands in its own room
# or on a lower floor. Rooms of one floor do not import each other; the face, __init__.py, stands above them all.
# A room hands nothing on: a name comes from the file that defines it. Two rooms are the exception, and say so: the
# checker, which can be copied out and used without the rest, and the command line, whose entry point is the room.
HANDS_ON = {"verify": ("exact_check", "cli")}
ROOMS: dict[str, Sequence[tuple[str, ...]]] = {
    "groups": [
        ("errors", "text_file", "watch", "compared_by_fields"),
        ("arithmetic", "permutations", "table_check"),
        ("fields",),
        ("characters",),
        ("representations",),
        ("irreducible", "projective"),
        ("recognition",),
        ("group",),
        ("families", "constructions"),
        ("catalogue",),
    ],
    "theory": [
        ("errors", "verdict", "files", "machine", "bit_masks"),
        ("regular", "formats"),
        ("cascade",),
        ("automata",),
        ("weights", "separation", "benchmarks"),
        ("cones", "stacks"),
        ("constructions", "robust"),
        ("ladder", "paper"),
    ],
    "models": [
        ("errors",),
        ("checks", "reading", "answers", "given_arrays", "losses"),
        ("kernels",),
        ("recurrence", "normed_readout", "decoder"),
        ("transitions", "decoder_module"),
        ("exact", "linear_weights", "affine_step"),
        ("step_windows", "linear_arguments"),
        ("bilinear_rnn", "baselines", "linear_rnn", "protocols"),
        ("layers", "clean_up", "fewer_digits", "sizes", "stacks"),
        ("files", "reference"),
        ("tasks",),
        ("training",),
    ],
    "verify": [
        ("exact_check", "errors", "task_texts", "strategies"),
        ("networks",),
        ("certificates",),
        ("tubes",),
        ("cones", "polyhedra", "responses"),
        ("horizon", "refutation", "comparison", "distance"),
        ("reports",),
        ("experiments", "terminal"),
        ("cli",),
    ],
}
# Modules that the face of a layer hands on, or that are called like what they hold, and have been from the start.
SAME_NAME = {"verify": {"strategies"}}


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
        if name == "bistate.__version__":  # of the package itself, which holds nothing else
            continue
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
        ("groups", "from .. import __version__, models"),
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
        (
            "theory",
            "from ..groups import E\nfrom ..groups.errors import BistateError\nimport bistate.groups.catalogue.named",
        ),
        ("models", "import torch\nfrom ..theory import realize"),
        ("verify", "from .. import __version__"),
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


# --- rooms ---


def room_faults(source: str, layer: str, inside: tuple[str, ...], stem: str) -> list[str]:
    """What is wrong with the imports of the file `stem` in the folder `inside` of a layer that has rooms."""
    floor = {room: k for k, rooms in enumerate(ROOMS[layer]) for room in rooms}
    room = inside[0] if inside else stem
    found = []
    for line, name in imported_names(source, ("bistate", layer, *inside)):
        parts = name.split(".")
        if parts[:2] != ["bistate", layer]:
            continue
        target = parts[2] if len(parts) > 2 else "its face"
        if target not in floor:
            found.append(f"line {line}: {name} is no room of {layer}: import it from the file that defines it")
        elif target != room and floor[target] >= floor.get(room, len(floor)):  # a __main__ stands above them all
            found.append(f"line {line}: {room} stands below or beside {target} and may not import {name}")
        elif target in HANDS_ON.get(layer, ()):
            continue
        elif (ROOT / layer / target).is_dir() and not (ROOT / layer / target / f"{''.join(parts[3:4])}.py").is_file():
            found.append(f"line {line}: {target} hands nothing on: import {name} from the file that defines it")
    return found


def imported_modules(source: str, package: tuple[str, ...], modules: Mapping[str, object]) -> set[str]:
    """The modules among the given ones that a module of `package` imports, by dotted names."""
    found = set()
    for _, name in imported_names(source, package):
        parts = name.split(".")
        found |= set(next(([p] for k in range(len(parts), 0, -1) if (p := ".".join(parts[:k])) in modules), []))
    return found


def circle(sources: Mapping[str, tuple[tuple[str, ...], str]]) -> list[str]:
    """Modules that import each other in a circle, [] where there is none: from name to (package, source)."""
    graph = {name: imported_modules(source, package, sources) - {name} for name, (package, source) in sources.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def sources_of(layer: str) -> dict[str, tuple[tuple[str, ...], str]]:
    """All modules of a layer but its face."""
    found = {}
    for path in (ROOT / layer).rglob("*.py"):
        package = ("bistate", *path.relative_to(ROOT).parent.parts)
        name = package if path.stem == "__init__" else (*package, path.stem)
        found[".".join(name)] = package, path.read_text(encoding="utf-8")
    del found[f"bistate.{layer}"]
    return found


def room_names(layer: str) -> set[str]:
    """The folders and files at the root of a layer."""
    files = {path.stem for path in (ROOT / layer).glob("*.py")}
    return (files | {path.parent.name for path in (ROOT / layer).glob("*/*.py")}) - {"__init__", "__main__"}


WITH_ROOMS = [path for path in FILES if path.relative_to(ROOT).parts[0] in ROOMS]


@pytest.mark.parametrize("layer", ROOMS)
def test_the_table_names_every_room_once(layer: str) -> None:
    listed = [room for rooms in ROOMS[layer] for room in rooms]
    assert sorted(listed) == sorted(room_names(layer))


@pytest.mark.parametrize("path", WITH_ROOMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_the_floors(path: Path) -> None:
    layer, *inside, _ = path.relative_to(ROOT).parts
    if inside or path.stem != "__init__":
        assert room_faults(path.read_text(encoding="utf-8"), layer, tuple(inside), path.stem) == []


@pytest.mark.parametrize("layer", ROOMS)
def test_no_files_import_each_other_in_a_circle(layer: str) -> None:
    assert circle(sources_of(layer)) == []


@pytest.mark.parametrize("layer", ROOMS)
def test_a_room_says_what_it_holds_and_nothing_else(layer: str) -> None:
    for path in (ROOT / layer).rglob("*/__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.parent.name in HANDS_ON.get(layer, ()):
            assert ast.get_docstring(tree), path
            continue
        assert len(tree.body) == 1, path
        # the subject, and what to read first
        assert len((ast.get_docstring(tree) or "").split("\n\n")) == 2, path


@pytest.mark.parametrize("layer", ROOMS)
def test_files_are_short_and_rooms_small(layer: str) -> None:
    for path in (ROOT / layer).rglob("*.py"):
        assert path.read_text(encoding="utf-8").count("\n") <= LONGEST, path
        assert len(list(path.parent.glob("*.py"))) <= MORE.get(path.parent.name, MOST), path.parent


@pytest.mark.parametrize("layer", ROOMS)
def test_no_module_is_called_like_a_public_name(layer: str) -> None:
    """`from bistate.groups import intertwiners` has to mean one thing."""
    stems = {path.stem for path in (ROOT / layer).rglob("*.py")} | room_names(layer)
    assert stems & set(importlib.import_module(f"bistate.{layer}").__all__) == SAME_NAME.get(layer, set())


@pytest.mark.parametrize(
    ("layer", "room", "source"),
    [
        ("groups", "characters", "from ..representations.homomorphism import Homomorphism"),
        ("groups", "characters", "def f():\n    from ..group import PermutationGroup"),
        ("groups", "characters", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .. import group"),
        ("groups", "arithmetic", "from ..permutations.permutation import Permutation"),
        ("groups", "families", "from bistate.groups.constructions.products import direct_product"),
        ("groups", "families", "from ..permutations import Permutation"),
        ("groups", "families", "from . import CyclicGroup"),
        ("groups", "catalogue", "from .. import CyclicGroup"),
        ("groups", "catalogue", "import bistate.groups"),
        ("groups", "catalogue", "import bistate.groups.permutations"),
        ("groups", "", "from .families.cyclic import CyclicGroup"),
        ("theory", "automata", "from ..weights.rung import Rung"),
        ("theory", "weights", "from ..separation.optima import Optimum"),
        ("theory", "separation", "import bistate.theory.constructions.choose"),
        ("theory", "ladder", "from ..paper.propositions import all_commute"),
        ("theory", "constructions", "from bistate.theory import Automaton"),
        ("theory", "constructions", "from ..automata import Automaton"),
        ("verify", "networks", "from ..horizon.certification import certify"),
        ("verify", "horizon", "from ..comparison.comparison import compare"),
        (
            "verify",
            "comparison",
            "if TYPE_CHECKING:\n    from ..reports import findings",
        ),
        ("verify", "distance", "def f():\n    from ..cli import main"),
        ("verify", "exact_check", "from ..errors import CertificateError"),
        ("verify", "reports", "from ..networks import FloatNetwork"),
        ("verify", "experiments", "from bistate.verify import certify"),
    ],
)
def test_planted_upward_imports_are_caught(layer: str, room: str, source: str) -> None:
    assert len(room_faults(source, layer, (room,) if room else (), "any" if room else "group")) == 1


def test_files_at_the_root_are_rooms_of_their_own() -> None:
    assert len(room_faults("from .group import PermutationGroup", "groups", (), "errors")) == 1
    assert len(room_faults("from .errors import WeightsError", "theory", (), "verdict")) == 1


@pytest.mark.parametrize(
    ("layer", "room", "source"),
    [
        (
            "groups",
            "characters",
            "from .labels import row_label\nfrom ..errors import GroupError\nfrom . import labels",
        ),
        ("groups", "catalogue", "from ..families.cyclic import CyclicGroup\nfrom ..group import PermutationGroup"),
        ("groups", "", "from .recognition.choose import irreps\nimport numpy as np\nimport bistate.groups.errors"),
        ("theory", "automata", "from ..errors import AutomatonError\nfrom . import parts"),
        ("theory", "ladder", "from ..weights import rung\nfrom ...groups import E\nimport bistate.groups.fields"),
        ("theory", "constructions", "from ..separation.optima import least_cp\nimport numpy as np"),
        ("verify", "horizon", "from ..exact_check import check, digest\nfrom ..networks.reading import reading_of"),
        ("verify", "cli", "from ..reports.findings import gather\nfrom ..task_texts import parse_task"),
    ],
)
def test_right_imports_of_rooms_pass(layer: str, room: str, source: str) -> None:
    assert room_faults(source, layer, (room,) if room else (), "any" if room else "group") == []


def test_planted_circles_are_caught() -> None:
    package = ("bistate", "groups", "room")
    a, b, c = (f"bistate.groups.room.{name}" for name in "abc")
    straight = {a: (package, "from .b import x"), b: (package, "from . import c"), c: (package, "import numpy")}
    assert circle(straight) == []
    assert set(circle(straight | {c: (package, "def f():\n    from .a import y")})) == {a, b, c}
    assert set(circle(straight | {b: (package, "import bistate.groups.room.a")})) == {a, b}
