"""The oldest version of every dependency that pyproject.toml allows: install them all, and look whether bistate works.

`make oldest` runs it. The versions are read off the bounds, so that a bound which is too low fails here: pip finds no
set of versions, or a test does not pass.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path

from environments import ROOT, environment, install, run

TESTS = (  # a part of every layer
    "tests/house/test_faces.py",
    "tests/groups/families",
    "tests/theory/automata",
    "tests/models/test_bilinear_rnn.py",
    "tests/models/test_linear_rnn.py",
    "tests/models/files",
    "tests/verify/cli/test_commands.py",
)


def bounds(requirements: list[str]) -> list[str]:
    """Every requirement at its lower bound, as pip takes it.

    Raises:
        SystemExit: for one without a bound that can be read.
    """
    found = []
    for requirement in requirements:
        match = re.fullmatch(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement)
        if match is None:
            raise SystemExit(f"pyproject.toml: {requirement!r} has no lower bound; write {requirement}>=…")
        found.append(f"{match[1]}=={match[2]}")
    return found


def main() -> None:
    """Install the bounds in .venv-oldest, run the smoke test and a part of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = bounds(project["dependencies"])
    print("oldest:", *oldest)
    python = environment(ROOT / ".venv-oldest")
    install(python, *oldest, "setuptools>=77", "pytest>=8", "packaging")
    with tempfile.TemporaryDirectory() as folder:
        run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
        (wheel,) = Path(folder).glob("*.whl")
        install(python, "--no-deps", "--force-reinstall", wheel)
    run(python, ROOT / "tools" / "smoke.py", folder=Path("/"))
    run(python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS)
    print("the oldest versions work:", *oldest)


if __name__ == "__main__":
    main()
