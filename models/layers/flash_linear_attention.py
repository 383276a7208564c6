"""Weights of flash-linear-attention's layers: options and tensors that are missing or unknown are named in errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..errors import ModelError

Layer = TypeVar("Layer", bound=nn.Module)
OURS = ("embedding.", "head.")  # not part of those layers
WITHOUT_MEANING = ("mode", "layer_idx", "conv_size", "conv_bias")  # for a layer that runs without short convolution


def given_options(
    config: Mapping[str, Any], wanted: Sequence[str], optional: Sequence[str] = (), synonyms: Mapping[str, str] = {}
) -> dict[str, Any]:
    """The options of a layer, by our names, without `use_short_conv`.

    Args:
        config: that layer's keyword arguments.
        wanted: names that have to be there.
        optional: names that may be there; None counts as absent.
        synonyms: from another name to one of `wanted`.

    Raises:
        ModelError: for names that are missing or unknown, and for use_short_conv=True.
    """
    renamed = {synonyms.get(name, name): value for name, value in config.items() if name not in WITHOUT_MEANING}
    missing = [name for name in wanted if name not in renamed]
    unknown = [name for name in renamed if name not in (*wanted, *optional)]
    if missing or unknown:
        parts = [f"it lacks {', '.join(missing)}"] * bool(missing) + [f"{', '.join(unknown)} is unknown"] * bool(
            unknown
        )
        raise ModelError(
            f"the configuration does not say which layer this is: {'; '.join(parts)}. Wanted: {', '.join(wanted)}"
            + (f"; possible: {', '.join(optional)}" if optional else "")
        )
    if renamed.pop("use_short_conv") is not False:
        raise ModelError(
            "the layer has short convolutions (use_short_conv=True): its steps read several letters, which is not "
            "covered here; train one with use_short_conv=False, or read a step of your own with "
            "LinearRNN.from_step(..., window=4)"
        )
    return {name: value for name, value in renamed.items() if name not in optional or value is not None}


def loaded(
    build: Callable[..., Layer],
    sizes: tuple[int, int],
    options: Mapping[str, Any],
    gate: str,
    state_dict: Mapping[str, Tensor],
    prefix: str,
    **more: Any,
) -> Layer:
    """A layer of ours with that layer's options and tensors; it has an RMS norm for each head.

    Args:
        build: our class.
        sizes: numbers of letters and scores.
        options: see `given_options`.
        gate: the option that says whether the output is gated.
        state_dict: that layer's tensors.
        prefix: what their names begin with.
        more: options that are ours alone.

    Raises:
        ModelError: as `load_layer`, and for options that do not go together.
    """
    others = {name: value for name, value in options.items() if name not in ("hidden_size", gate)}
    letters, states = sizes
    layer = build(letters, options["hidden_size"], states, norm="rms", gate=options[gate], **others, **more)
    load_layer(layer, state_dict, prefix)
    return layer


def load_layer(layer: nn.Module, state_dict: Mapping[str, Tensor], prefix: str) -> None:
    """Copy a layer's tensors into ours; embedding and head stay.

    Raises:
        ModelError: for tensors that are missing, unknown, of another shape, or not finite.
    """
    given = {name.removeprefix(prefix): t for name, t in state_dict.items() if name.startswith(prefix)}
    wanted = {name: t for name, t in layer.state_dict().items() if not name.startswith(OURS)}
    missing, unknown = [n for n in wanted if n not in given], [n for n in given if n not in wanted]
    if missing or unknown:
        parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(unknown)
        raise ModelError(f"the tensors are not those of this layer; {'; '.join(parts)}; wanted: {', '.join(wanted)}")
    for name, t in wanted.items():
        if given[name].shape != t.shape:
            raise ModelError(f"{name} has the shape {tuple(given[name].shape)}; {tuple(t.shape)} is needed")
        if not torch.isfinite(given[name]).all():
            raise ModelError(f"{name} has numbers that are not finite")
    with torch.no_grad():
        for name, t in wanted.items():
            t.copy_(given[name])
