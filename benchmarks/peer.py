"""Running one piece of code in another interpreter and reading back the seconds that it measured."""

from __future__ import annotations

import os
import shutil
import subprocess

LIMIT = 600  # seconds


def sage() -> str | None:
    """An interpreter in which `import sage.all` works: $SAGE_PYTHON, or the one on the path."""
    for candidate in (os.environ.get("SAGE_PYTHON"), shutil.which("python3")):
        if candidate:
            probe = subprocess.run([candidate, "-c", "import sage.all"], capture_output=True, check=False)
            if probe.returncode == 0:
                return candidate
    return None


def seconds(interpreter: str, code: str) -> float:
    """What the code prints last: its own measurement."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [interpreter, "-c", code], capture_output=True, text=True, timeout=LIMIT, check=True, env=environment
    )
    return float(run.stdout.split()[-1])


def line(job: str, ours: float, peer: float | None, name: str) -> str:
    """A row of the table; a peer that is missing is said to be missing."""
    if peer is None:
        return f"{job:48s} {ours:9.4f} s   {name} is not installed"
    return f"{job:48s} {ours:9.4f} s   {name} {peer:8.4f} s   ratio {peer / ours:7.1f}"
