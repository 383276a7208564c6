"""The rooms of theory/ are floors: a file imports files of its own room and of rooms below, and none in a circle.

Imports are read with `ast`, those inside functions and under TYPE_CHECKING included, so an arrow upwards cannot hide.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import bistate.theory
import pytest

THEORY = Path(__file__).resolve().parent.parent / "theory"
FLOORS = (
    ("errors", "verdict", "files"),
    ("automata",),
    ("weights", "separation"),
    ("constructions",),
    ("ladder", "paper"),
)
LONGEST, MOST = 450, 20  # lines of a file, files of a room
Module = tuple[str, ...]  # below theory: ("errors",), ("automata", "green"); () is the face, ("automata",) a room


def modules() -> dict[Module, str]:
    """The source of every file by its dotted name; rooms and the face stand for their `__init__`."""
    names = {path: path.relative_to(THEORY).with_suffix("").parts for path in sorted(THEORY.rglob("*.py"))}
    return {
        name[:-1] if name[-1] == "__init__" else name: path.read_text(encoding="utf-8") for path, name in names.items()
    }


MODULES = modules()
ROOMS = {name for name in MODULES if THEORY.joinpath(*name, "__init__.py").is_file()}
FILES = {name: source for name, source in MODULES.items() if name not in ROOMS}


def imported(module: Module, source: str) -> Iterator[Module]:
    """What a file imports of theory: files where they are named, else the room or the face it asks for a name."""
    here = ("bistate", "theory", *module)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (*(here[: len(here) - node.level] if node.level else ()), *(node.module or "").split("."))
            found = [(*filter(None, base), alias.name) for alias in node.names]
        else:
            continue
        for name in found:
            if name[:2] == ("bistate", "theory"):
                below = name[2:]
                while below not in MODULES:  # a function or class: the file that holds it
                    below = below[:-1]
                yield below


def floor(module: Module) -> int:
    """The number of the floor on which a file stands."""
    return next(number for number, rooms in enumerate(FLOORS) if module[0] in rooms)


def faults(module: Module, source: str) -> list[str]:
    """What is wrong with the imports of a file."""
    found = []
    for other in imported(module, source):
        name = ".".join(("theory", *other))
        if other in ROOMS:
            found.append(f"{name} hands nothing on inside the package: import from the file that has the name")
        elif other[0] != module[0] and floor(other) >= floor(module):
            found.append(f"{module[0]} stands no higher than {other[0]}, so it may not import {name}")
    return found


def circle(sources: dict[Module, str]) -> list[Module]:
    """Files that import one another, none if there is no circle."""
    try:
        TopologicalSorter({module: set(imported(module, source)) for module, source in sources.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_and_every_file_of_the_root_has_a_floor() -> None:
    assert {name[0] for name in MODULES if name} == {room for rooms in FLOORS for room in rooms}
    assert len(FILES) > 50


@pytest.mark.parametrize("module", FILES, ids=".".join)
def test_imports_go_down(module: Module) -> None:
    assert faults(module, FILES[module]) == []


def test_no_files_import_one_another() -> None:
    assert circle(FILES) == []


def test_no_module_is_called_like_an_exported_name() -> None:
    """A face that loads lazily would hand out the module or the function, by the order of imports."""
    assert {part for name in MODULES for part in name} & set(bistate.theory.__all__) == set()


@pytest.mark.parametrize("room", sorted(ROOMS - {()}), ids=".".join)
def test_a_room_says_what_it_is_about_and_holds_nothing_else(room: Module) -> None:
    body = ast.parse(MODULES[room]).body
    assert len(body) == 1
    assert len(ast.get_docstring(ast.parse(MODULES[room])).split("\n\n")) == 2  # the subject, and what to read first
    assert sum(name[:-1] == room for name in FILES) + 1 <= MOST


@pytest.mark.parametrize("module", FILES, ids=".".join)
def test_files_are_short(module: Module) -> None:
    assert FILES[module].count("\n") <= LONGEST


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (("automata", "green"), "from ..weights.rung import Rung"),
        (("automata", "green"), "def f():\n    from ..ladder.classification import classify"),
        (("automata", "green"), "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..weights import rung"),
        (("weights", "weights"), "from ..separation.optima import Optimum"),
        (("separation", "optima"), "import bistate.theory.constructions.choose"),
        (("ladder", "group_rows"), "from ..paper.propositions import all_commute"),
        (("constructions", "cp"), "from .. import Automaton"),
        (("constructions", "cp"), "from bistate.theory import Automaton"),
        (("constructions", "cp"), "from ..automata import Automaton"),
        (("verdict",), "from .errors import WeightsError"),
    ],
)
def test_planted_wrong_imports_are_caught(module: Module, source: str) -> None:
    assert len(faults(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            ("automata", "green"),
            "from ..errors import AutomatonError\nfrom . import parts\nfrom .automaton import Label",
        ),
        (("ladder", "group_rows"), "from ..weights import rung\nfrom ...groups import E\nimport bistate.groups.fields"),
        (("constructions", "cp"), "from ..separation.optima import least_cp\nimport numpy as np"),
    ],
)
def test_right_imports_pass(module: Module, source: str) -> None:
    assert faults(module, source) == []


def test_a_planted_circle_is_caught() -> None:
    late = "def f():\n    from .automaton import Automaton"
    assert circle({**FILES, ("automata", "parts"): late}) != []
