"""The kernels compile for cards that need not be there, and round as certificates assume.

A certificate in float32 or float64 is about products and sums of that type, fused or not, and a square root and a
quotient that are rounded correctly: no approximate ones, no TF32, no tensor cores. Atomic additions have no order.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.paths import ROOT

pytestmark = pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
SCRIPT = Path(__file__).with_name("compile_all.py")


@pytest.mark.parametrize("capability", [90, pytest.param(80, marks=pytest.mark.slow)])
def test_machine_code(capability: int, tmp_path: Path) -> None:
    hidden = {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": ""}
    command = [sys.executable, str(SCRIPT), str(capability)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | hidden, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    kernels = {name.split()[0] for name in found}
    assert kernels == {
        *(f"{file}.{way}" for file in ("block", "full", "monomial", "cp", "householder", "complex_diagonal")
          for way in ("_forward", "_backward")),
        *("letter_sums._block_sums", "letter_sums._outer_sums", "householder._sums"),
    }  # fmt: skip
    for name, count in found.items():
        assert not count["approximate"], name
        assert not count["tensor cores"], name
        assert not count["atomic"], name
        if "_forward" in name:
            assert count["exact root"], name
            assert count["exact quotient"], name
        if name.startswith(("full._f", "full._b", "monomial._f", "monomial._b", "cp._f", "cp._b")):
            assert count["own barrier"], name  # the state is read by threads that did not write it
