"""Which tensors run in a kernel, decided in one place."""

import os
import subprocess
import sys

import pytest
import torch
from bistate.models import BilinearRNN
from bistate.models.errors import ModelError
from bistate.models.kernels import choice
from bistate.models.kernels.choice import takes
from bistate.models.transitions.registry import TRANSITIONS
from helpers.paths import ROOT

H = torch.zeros(3, 8)


def test_the_cpu_runs_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    monkeypatch.setattr(choice, "INSTALLED", True)
    assert not takes("auto", H)
    assert not takes("loop", H)
    with pytest.raises(ModelError, match=r"'kernel' takes tensors on a CUDA device, .* on cpu; batching='auto'"):
        takes("kernel", H)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert not takes("auto", H)
    assert takes("kernel", H)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ((H, H.double()), r"takes float32 or float64, got torch.float32, torch.float64"),
        ((H.half(),), r"takes float32 or float64, got torch.float16"),
        ((H, H.to("meta")), r"takes tensors of one device, got cpu, meta"),
        ((H.to("meta"),), r"takes CUDA devices of capability 8.0 or later, got meta"),
        ((torch.zeros(1, 5000),), r"takes at most 4096 hidden units, got 5000"),
        ((H[:0],), r"takes at least one word"),
    ],
)
def test_what_no_kernel_takes(tensors: tuple[torch.Tensor, ...], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "INSTALLED", True)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert not takes("auto", *tensors)
    with pytest.raises(ModelError, match=message):
        takes("kernel", *tensors)


def test_another_device_that_kernels_take_runs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_why_not", lambda *tensors: "")
    assert takes("auto", H.to("meta"))
    assert takes("kernel", H.to("meta"))
    assert not takes("loop", H.to("meta"))


def test_without_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "INSTALLED", False)
    assert not takes("auto", H)
    with pytest.raises(ModelError, match="needs triton, which is not installed"):
        takes("kernel", H)
    with pytest.raises(ModelError, match="batching='kernel' needs triton"):
        BilinearRNN(2, 8, 2, batching="kernel")
    assert BilinearRNN(2, 8, 2)(torch.tensor([[0, 1]])).shape == (1, 2)


def test_families_say_whether_they_have_one() -> None:
    for name in TRANSITIONS:
        family = BilinearRNN(2, 8, 2, name).family
        assert family.has_kernel
        assert "kernel" not in family.ways  # which run everywhere


@pytest.mark.parametrize(("family", "options"), [("block", {"block": 128}), ("cp", {"rank": 5000})])
def test_factors_that_no_program_holds(family: str, options: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "INSTALLED", True)
    monkeypatch.setattr(choice, "_why_not", lambda *tensors: "")
    model = BilinearRNN(2, 256, 2, family, batching="kernel", **options)
    with pytest.raises(ModelError, match=r"takes smaller factors than .*Transition has here"):
        model(torch.tensor([[0, 1]]))


def test_nothing_imports_triton_on_the_cpu() -> None:
    script = (
        "import sys, torch; from bistate.models import BilinearRNN; "
        "BilinearRNN(2, 8, 2, 'block')(torch.tensor([[0, 1]])); sys.exit('triton' in sys.modules)"
    )
    plain = os.environ | {"TRITON_INTERPRET": ""}
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=plain, timeout=120).returncode == 0
