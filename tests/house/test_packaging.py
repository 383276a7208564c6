"""The wheel holds bistate itself, and bistate/groups, theory, models and verify, all of their files and nothing else.

It is built from a copy of the tree, so that no build folder of the checkout can leak into it, and without an isolated
environment, so that nothing is fetched.
"""

import configparser
import json
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata

import bistate
import pytest
from helpers.paths import ROOT
from packaging.requirements import Requirement

LAYERS = ("groups", "theory", "models", "verify")


def source_files() -> set[str]:
    """Every file of the four folders, by the name it has once installed."""
    paths = {path for layer in LAYERS for path in (ROOT / layer).rglob("*") if path.is_file()}
    found = {f"bistate/{path.relative_to(ROOT).as_posix()}" for path in paths if "__pycache__" not in path.parts}
    return found | {f"bistate/{name}" for name in ("__init__.py", "__main__.py", "py.typed")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    for layer in ("package", *LAYERS, "tests"):
        shutil.copytree(ROOT / layer, copy / layer, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    run = subprocess.run([*command, str(copy)], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == source_files()
    assert {name.split("/")[0] for name in names} == {"bistate"}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_a_typed_package(wheel: zipfile.ZipFile, layer: str) -> None:
    assert {f"bistate/{layer}/__init__.py", f"bistate/{layer}/py.typed"} <= set(wheel.namelist())


def test_the_wheel_holds_the_catalogue_of_small_groups(wheel: zipfile.ZipFile) -> None:
    assert len(json.loads(wheel.read("bistate/groups/catalogue/small_groups.json"))) == 319


def test_the_version_stands_in_one_place(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    assert f"\nVersion: {bistate.__version__}\n" in wheel.read(name).decode()
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [bistate.__version__]


def test_the_entry_point_names_a_function_that_exists(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert dict(parser["console_scripts"]) == {"bistate": "bistate.__main__:main"}
    entry = metadata.EntryPoint("bistate", parser["console_scripts"]["bistate"], "console_scripts")
    assert callable(entry.load())


def test_the_wheel_states_its_licence_and_python(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(name).decode()
    assert "License-Expression: Apache-2.0" in text
    assert "Requires-Python: >=3.11" in text
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel.namelist())


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return name.lower().replace("_", "-").replace(".", "-")


def installed_requirements(name: str, extra: str = "") -> set[str]:
    """What the installed distribution `name` needs on this machine, without what it pins itself with ==."""
    requirements = [Requirement(text) for text in metadata.requires(name) or []]
    applies = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": extra})]
    return {normal(r.name) for r in applies if not str(r.specifier).startswith("==")}


def test_everything_that_is_installed_is_pinned() -> None:
    """A requirement without a pin would make `make` install whatever is newest that day."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    needed = pending = installed_requirements("bistate", "dev")
    while pending:
        pending = set().union(*map(installed_requirements, pending)) - needed
        needed = needed | pending
    assert {"torch", "pytest", "markupsafe"} <= needed
    assert needed <= set(map(normal, pins))
    assert pins["torch"] == "2.13.0"
