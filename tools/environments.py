"""Empty environments, and what is run in them; the standard library alone."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def run(*command: str | Path, folder: Path = ROOT) -> None:
    """Run a command and end with its exit code if it fails.

    Raises:
        SystemExit: naming the command.
    """
    done = subprocess.run([str(part) for part in command], cwd=folder, env=CLEAN)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, command))}\nended with {done.returncode}")


def environment(place: Path) -> Path:
    """The Python of a new environment without any package, in place of one that was there."""
    run(sys.executable, "-m", "venv", "--clear", place)
    return place / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    """Install by pip; the arguments of `PIP_ARGS` come with it."""
    extra = shlex.split(os.environ.get("PIP_ARGS", ""))
    run(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *extra, *what)
