"""Every example in a docstring of the four packages runs and prints what it says."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from helpers.paths import ROOT

PACKAGES = ("bistate.groups", "bistate.theory", "bistate.models", "bistate.verify")


def module_names() -> Iterator[str]:
    """All modules of the four packages, which need not be imported to be listed."""
    for name in PACKAGES:
        yield name
        package = importlib.import_module(name)
        # Importing a __main__ would run it.
        found = (module.name for module in pkgutil.walk_packages(package.__path__, f"{name}."))
        yield from (module for module in found if not module.endswith(".__main__"))


def run_examples(module: ModuleType) -> tuple[doctest.TestResults, str]:
    """Run the examples of a module: the counts, and the text of the failures."""
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=report.append)
    return runner.summarize(verbose=False), "".join(report)


def imported(name: str) -> ModuleType | None:
    """A module; None for a kernel's where triton is missing, which is no requirement."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "triton":
            raise
        return None


def example_count(name: str) -> int:
    """The number of examples in a package, not run."""
    modules = [imported(module) for module in module_names() if module.startswith(name)]
    return sum(len(test.examples) for module in filter(None, modules) for test in doctest.DocTestFinder().find(module))


@pytest.mark.parametrize("name", list(module_names()))
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write a file
    module = imported(name)
    if module is None:
        pytest.skip("triton is not installed")
    results, report = run_examples(module)
    assert results.failed == 0, report


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_has_examples(name: str) -> None:
    assert example_count(name) > 0


def test_every_source_file_is_looked_at() -> None:
    files = {
        ".".join(("bistate", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for name in PACKAGES
        for path in (ROOT / name.removeprefix("bistate.")).rglob("*.py")
        if path.stem != "__main__"
    }
    assert set(module_names()) == files


def test_a_wrong_example_fails() -> None:
    module = ModuleType("planted", "A wrong example.\n\n>>> 1 + 1\n3\n")
    results, report = run_examples(module)
    assert (results.failed, results.attempted) == (1, 1)
    assert "Expected:\n    3\nGot:\n    2" in report
