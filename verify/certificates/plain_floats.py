"""Whether torch multiplies floats as floats are multiplied, as far as that can be seen from here."""

from __future__ import annotations

import os
from typing import Any

import torch

from ...models.bilinear_rnn import BilinearRNN
from ...models.clean_up.refreshed import Refreshed
from ...models.kernels import choice
from ...models.linear_rnn import LinearRNN
from ...models.protocols import RoundedRecurrence
from ..errors import MismatchError
from ..exact_check import COARSER, TAKEN

PLAIN = ("none", "ieee")
DEVICES = ("cpu", "cuda")  # whose division and square root are rounded correctly
GPUS = ("cuda",)  # of these, where cosines and exponentials are off by more than k allows for an entry of A[x]
STORED = ("full", "block", "diagonal", "cp", "monomial")  # families that multiply by numbers as they are kept
ROUNDED_ONCE = ("rotation", "positive", "householder")  # whose kernels compute entries in double precision first
OVERRIDES = {  # environment variables that change products, values that leave them as they are, and those for TF32
    "NVIDIA_TF32_OVERRIDE": (("", "0"), ("1",)),
    "ONEDNN_DEFAULT_FPMATH_MODE": (("", "STRICT"), ("TF32",)),
    "DNNL_DEFAULT_FPMATH_MODE": (("", "STRICT"), ("TF32",)),
}
OR_TF32 = ", or certify in arithmetic 'tf32'"


def products_of(arithmetic: str) -> str:
    """The floats that parameters are in: those of the name, or float32 where states or products have fewer digits."""
    return "float32" if arithmetic in COARSER else arithmetic


def require_plain_floats(model: RoundedRecurrence | Refreshed, arithmetic: str) -> None:
    """Refuse what makes the code round more than its dtype says, and can be seen when it is asked.

    Settings that are made later, and compiled or quantised copies of the model, cannot be seen.

    Raises:
        MismatchError: for states that are not normalised, parameters of another dtype, autocast, products of reduced
            precision (TF32, bfloat16), a compiled model, or one on a GPU that computes entries of A[x] there, except in
            kernels in float32.
    """
    if not model.normalize:
        raise MismatchError(f"arithmetic {arithmetic!r} is covered for normalised states only: they may overflow else")
    if not isinstance(model, torch.nn.Module):
        raise MismatchError(f"{type(model).__name__} is no torch module: in which floats it runs cannot be seen")
    held = [*model.named_parameters(), *model.named_buffers()]
    runs_in = products_of(arithmetic)
    for name, values in held:
        if values.dtype != getattr(torch, runs_in):
            kept = f", which is what arithmetic {arithmetic!r} multiplies in" if runs_in != arithmetic else ""
            raise MismatchError(f"the model runs in {values.dtype}, not in {runs_in}{kept}: see {name!r}")
    if model._compiled_call_impl is not None or hasattr(model, "_orig_mod"):
        raise MismatchError("the model is compiled (torch.compile): its kernels are not those that are bounded")
    for device in sorted({values.device.type for _, values in held}):
        if device not in DEVICES:
            raise MismatchError(f"the model is on {device!r}; rounding is bounded on {' and '.join(DEVICES)}")
        if torch.is_autocast_enabled(device):
            raise MismatchError(
                f"autocast is on: products are taken in {torch.get_autocast_dtype(device)}; leave the autocast block"
            )
        if device in GPUS and not _within_bounds(model, runs_in):
            raise MismatchError(
                f"the model is on {device!r} and computes entries of A[x] there, as cosines or exponentials, which may "
                "be off by more than is bounded: model.cpu() is covered"
            )
    if runs_in == "float32":
        _require_products(tf32=arithmetic in TAKEN)


def _within_bounds(model: torch.nn.Module, runs_in: str) -> bool:
    """Whether a model on a GPU multiplies by stored numbers, or by such as its kernels round once."""
    inner: Any = model
    while isinstance(getattr(inner, "model", None), torch.nn.Module):  # a clean-up, or states in fewer digits
        inner = inner.model
    if isinstance(inner, LinearRNN):
        return not len(inner.norms) and inner.decoder is None
    if not isinstance(inner, BilinearRNN):
        return False
    in_kernel = choice.INSTALLED and inner.family.batching in ("auto", "kernel") and runs_in == "float32"
    return inner.transition in STORED or (in_kernel and inner.transition in ROUNDED_ONCE)


def _require_products(tf32: bool) -> None:
    """Raise a `MismatchError` where products of float32 matrices may be taken in bfloat16, or TF32 unless it is asked
    for.
    """
    wanted = "TF32" if tf32 else "float32"
    for name, (harmless, in_tf32) in OVERRIDES.items():
        value = os.environ.get(name, "").upper()
        if value not in (*harmless, *in_tf32) or (value in in_tf32 and not tf32):
            also = OR_TF32 if value in in_tf32 else ""
            raise MismatchError(f"{name}={os.environ[name]} is set: products are not in {wanted}; unset it{also}")
    places = {"torch.backends": torch.backends, "torch.backends.cuda.matmul": torch.backends.cuda.matmul}
    if hasattr(torch.backends.mkldnn, "matmul"):
        places["torch.backends.mkldnn.matmul"] = torch.backends.mkldnn.matmul
    for name, place in places.items():
        precision = getattr(place, "fp32_precision", "none")  # since torch 2.9
        if precision not in PLAIN and not (tf32 and precision == "tf32"):
            also = OR_TF32 if precision == "tf32" else ""
            raise MismatchError(
                f"{name}.fp32_precision is {precision!r}: products are not in {wanted}; set 'ieee'{also}"
            )
    if torch.backends.cuda.matmul.allow_tf32 and not tf32:
        raise MismatchError(
            f"torch.backends.cuda.matmul.allow_tf32 is on: products are not in float32; set it to False{OR_TF32}"
        )
    try:
        precision = torch.get_float32_matmul_precision()
    except RuntimeError:  # old and new settings are mixed; the new ones have been looked at above
        return
    if precision != "highest" and not (tf32 and precision == "high"):
        raise MismatchError(
            f"torch.get_float32_matmul_precision() is {precision!r}: products are not in {wanted}; "
            f"torch.set_float32_matmul_precision('highest'){OR_TF32 if precision == 'high' else ''}"
        )
