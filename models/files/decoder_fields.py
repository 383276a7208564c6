"""The layers of a decoder in the configuration of a `LinearRNN`: their fields, before anything is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...theory.files.json_record import FLAG, POSITIVE, RECORD, check_record, list_of, one_of, whole
from ..decoder import DEEPEST, FUNCTIONS
from ..errors import CheckpointError

MOST_LAYERS = 256  # inner ones counted as well
_ARRAYS = {
    **dict.fromkeys(("units", "out"), whole(1)),
    "weights": one_of(["one", "each letter"]),
    "add": one_of(["none", "one", "each letter"]),
}
FIELDS = {
    "affine": _ARRAYS,
    "gate": _ARRAYS,
    "activation": {"function": one_of(FUNCTIONS)},
    "norm": {"eps": POSITIVE, "centred": FLAG},
    "residual": {"layers": list_of(RECORD)},
    "product": {"left": list_of(RECORD), "right": list_of(RECORD)},
}


def check_layers(layers: Sequence[Any], depth: int = 0) -> int:
    """Refuse layers of a configuration that are none; how many there are, inner ones as well.

    Raises:
        CheckpointError: for a field that is missing, one too many or of another type, or too many layers.
    """
    if depth > DEEPEST:
        raise CheckpointError(f"layers of a decoder stand over {DEEPEST} deep in each other")
    count = len(layers)
    for layer in layers:
        kind = layer.get("kind")
        what = "a layer of a decoder"
        fields = FIELDS[kind] if isinstance(kind, str) and kind in FIELDS else {}
        check_record(layer, {"kind": one_of(FIELDS), **fields}, what, CheckpointError)
        count += sum(check_layers(layer[name], depth + 1) for name in ("layers", "left", "right") if name in fields)
        if count > MOST_LAYERS:
            raise CheckpointError(f"a decoder has over {MOST_LAYERS} layers")
    return count
