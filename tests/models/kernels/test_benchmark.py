"""`benchmarks/gpu.py`: refuses without a card, and does all it does at tiny sizes in the interpreter."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.paths import ROOT

SCRIPT = str(ROOT / "benchmarks" / "gpu.py")


def run(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, "-o", str(tmp_path / "gpu.md"), *options]
    hidden = {"CUDA_VISIBLE_DEVICES": "", "TRITON_INTERPRET": ""}
    return subprocess.run(command, cwd=tmp_path, env=os.environ | hidden, capture_output=True, text=True, timeout=600)


def test_without_a_card(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "finds no CUDA device: nothing was measured" in done.stderr
    assert not done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
def test_in_the_interpreter(tmp_path: Path) -> None:
    done = run(tmp_path, "--interpret")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "14 contenders ran; the interpreter's times mean nothing" in done.stdout
    text = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    for family in ("full", "block", "rotation", "diagonal", "householder", "monomial"):
        (line,) = (line for line in text.splitlines() if line.startswith(f"| {family} |"))
        assert line.endswith("| yes |")
    assert " ms" not in text
