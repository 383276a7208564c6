"""Which models on a GPU certificates speak of; the meta device stands for one, as only the place is looked at."""

from typing import Any

import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN
from bistate.models.kernels import choice
from bistate.verify.certificates import plain_floats
from bistate.verify.certificates.plain_floats import require_plain_floats
from bistate.verify.errors import MismatchError


@pytest.fixture(autouse=True)
def _meta_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_floats, "DEVICES", ("cpu", "meta"))
    monkeypatch.setattr(plain_floats, "GPUS", ("meta",))
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda device: False)
    monkeypatch.setattr(choice, "INSTALLED", True)


def on_gpu(family: str, dtype: torch.dtype = torch.float32, **options: Any) -> BilinearRNN:
    return BilinearRNN(2, 8, 2, family, device="meta", dtype=dtype, **options)


@pytest.mark.parametrize("family", ["full", "block", "diagonal", "cp", "monomial"])
@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
def test_stored_numbers_are_covered(family: str, arithmetic: str) -> None:
    require_plain_floats(on_gpu(family, getattr(torch, arithmetic)), arithmetic)


@pytest.mark.parametrize("family", ["rotation", "positive", "householder"])
def test_computed_entries_are_covered_in_kernels_in_float32(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require_plain_floats(on_gpu(family), "float32")
    with pytest.raises(MismatchError, match=r"on 'meta' and computes entries of A\[x\] there, .* model.cpu\(\)"):
        require_plain_floats(on_gpu(family, torch.float64), "float64")
    monkeypatch.setattr(choice, "INSTALLED", False)
    with pytest.raises(MismatchError, match="computes entries"):
        require_plain_floats(on_gpu(family), "float32")


def test_loops_and_others_are_not() -> None:
    for model in (on_gpu("rotation", batching="loop"), on_gpu("convex")):
        with pytest.raises(MismatchError, match="computes entries"):
            require_plain_floats(model, "float32")


def test_arrays_are_covered_and_the_cpu_is_as_it_was() -> None:
    A = torch.eye(2, dtype=torch.float64).expand(2, 2, 2)
    net = LinearRNN.from_arrays(A, torch.ones(2), torch.eye(2), normalize=True)
    require_plain_floats(net.to("meta"), "float64")
    require_plain_floats(BilinearRNN(2, 8, 2, "rotation"), "float32")
    require_plain_floats(BilinearRNN(2, 8, 2, "convex"), "float32")


def test_another_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_floats, "DEVICES", ("cpu", "cuda"))
    with pytest.raises(MismatchError, match="the model is on 'meta'; rounding is bounded on cpu and cuda"):
        require_plain_floats(on_gpu("full"), "float32")


def test_a_kernel_is_no_part_of_a_file() -> None:
    """A model that was asked to run in kernels is loaded, and certified, anywhere."""
    assert BilinearRNN(2, 8, 2, batching="kernel").config["batching"] == "auto"
