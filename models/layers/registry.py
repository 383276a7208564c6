"""The layers by name. A new one is a file beside this one, and an entry here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..checks import DTYPES
from .base import RecurrentLayer
from .complex_diagonal import LRU, S4D, UnitPhasor
from .delta_product import DeltaProduct
from .deltanet import DeltaNet
from .mamba3 import Mamba3
from .pd_ssm import PDSSM
from .rwkv7 import RWKV7
from .sd_ssm import SDSSM
from .slice import SLiCE

ALL: dict[str, type[RecurrentLayer]] = {  # by the name that `bistate train --model` and `usual_config` take
    "deltanet": DeltaNet,
    "delta_product": DeltaProduct,
    "rwkv7": RWKV7,
    "mamba3": Mamba3,
    "lru": LRU,
    "s4d": S4D,
    "unit_phasor": UnitPhasor,
    "pd_ssm": PDSSM,
    "slice": SLiCE,
    "sd_ssm": SDSSM,
}
LAYERS = {layer.__name__: layer for layer in ALL.values()}  # by the name in `RecurrentLayer.config`


def name_of(layer: RecurrentLayer) -> str | None:
    """The name of a layer's class, None for a class that is not here."""
    return next((name for name, kind in ALL.items() if type(layer) is kind), None)


def build_layer(config: dict[str, Any], device: torch.device | str = "cpu") -> RecurrentLayer:
    """A layer from `RecurrentLayer.config`, with start values.

    Raises:
        ModelError: when its options do not go together.
        TypeError: when an option is not known.
    """
    options = {name: value for name, value in config.items() if name not in ("layer", "dtype")}
    build: Callable[..., RecurrentLayer] = LAYERS[config["layer"]]
    return build(**options, dtype=DTYPES[config["dtype"]], device=device)


def layer_shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes as in `state_dict()` of the layer, on a device that holds no numbers: nothing is allocated."""
    with torch.device("meta"):
        found = build_layer(config, "meta")
    return {name: tuple(values.shape) for name, values in found.state_dict().items()}
