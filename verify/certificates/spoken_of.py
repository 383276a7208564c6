"""What a certificate says of a model, its weights and how its code rounds, found anew from the model."""

from __future__ import annotations

import base64
import sys
from array import array
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...models.decoder import Activation, Affine, Layer, Norm, Product, Residual
from ...models.linear_weights import LinearWeights
from ...models.protocols import RoundedRecurrence
from ...models.reading import Reading
from ...models.transitions.step_rounding import StepRounding, require_norms
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError
from ..exact_check import BITS, EXECUTION, KEPT, KIND, LONGER, SLACK_OF_STEPS, STEPS, TAKEN, digest
from ..networks.float_network import FloatNetwork, offset_of
from ..networks.stand_in import stand_in
from .plain_floats import products_of, require_plain_floats

Floats = NDArray[Any]  # of float64
EXECUTIONS = ("loop", "scan")  # one letter after the other, or `parallel=True`
MOST_ROUNDED = 0.25  # of roundings in a step, in units of the last digit: more digits than there are may be lost


def spoken_of(
    found: LinearWeights, reading: Reading, letters: int, arithmetic: str, step: StepRounding | None
) -> dict[str, Any]:
    """What a certificate says of a model, found anew from the model: arithmetic, execution, roundings and weights.

    Args:
        found: the model's weights.
        reading: which words are asked, what stands before them, which scores are those of the states.
        letters: of the task.
        arithmetic: see `certify`.
        step: what one step of the model's code rounds, see `step_of`.
    """
    rounded = step is not None
    used = used_letters(letters, reading)
    order = _scores_in_order(reading, found.scores)
    start = found.first if rounded else found.start
    weights: dict[str, Any] = {"transitions": stored(found.A[used]), "start": stored(start)}
    if found.decoder is not None:
        layers = found.decoder.in_order(order).first_letters(letters).layers
        constant = -1 if found.constant is None else found.constant
        weights["decoder"] = {"constant": constant, "layers": stored_layers(layers)}
    elif found.norms:
        weights["norms"] = _norms(found, order, letters)
    else:
        C = found.readout[..., order, :]
        weights["readout"] = stored(C[:letters] if C.ndim == 3 else C)
    terms = 0
    if step is not None:
        terms = step.terms
        if step.spread is not None:  # entries that were rounded up
            weights |= {"spread": stored(np.maximum(step.spread, np.abs(found.A))[used])}
        weights |= {} if step.underflow is None else {"underflow": stored(step.underflow[used])}
    about: dict[str, Any] = {
        "arithmetic": arithmetic,
        "execution": EXECUTION if rounded else None,
        "terms": terms,
        "weights": weights,
        "shortest": reading.shortest,
    }
    if reading.prefix:
        about["before"] = [used.index(x) for x in reading.prefix]
    if not reading.is_plain:
        about["read"] = {"prefix": list(reading.prefix), "outputs": list(reading.of_labels)}
    if found.changes:
        about["changes"] = list(found.changes)
    return about


def _norms(found: LinearWeights, order: list[int], letters: int) -> dict[str, Any]:
    """Scores behind norms, as a certificate holds them."""
    beside = offset_of(found)
    offset = (np.zeros(found.scores) if beside is None else beside)[..., order]
    return {
        "constant": -1 if found.constant is None else found.constant,
        "offset": stored(offset[:letters] if offset.ndim == 2 else offset),
        "parts": [
            {
                "weights": stored(part.weights[..., order, :][: letters if part.weights.ndim == 3 else None]),
                "rows": stored(part.rows[: letters if part.rows.ndim == 3 else None]),
                "eps": stored(np.array([part.eps])),
                "centred": part.centred,
            }
            for part in found.norms
        ],
    }


def stored_layers(layers: tuple[Layer, ...]) -> list[dict[str, Any]]:
    """Layers of a decoder, as a certificate holds them."""
    return [_layer(layer) for layer in layers]


def _layer(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Activation):
        return {"kind": "activation", "function": layer.function}
    if isinstance(layer, Norm):
        return {"kind": "norm", "eps": stored(np.array([layer.eps])), "centred": layer.centred}
    if isinstance(layer, Residual):
        return {"kind": "residual", "layers": stored_layers(layer.layers)}
    if isinstance(layer, Product):
        return {"kind": "product", "left": stored_layers(layer.left), "right": stored_layers(layer.right)}
    if isinstance(layer, Affine):
        found = {"kind": "affine", "weights": stored(layer.weights)}
    else:
        found = {"kind": "gate", "factors": stored(layer.factors)}
    return found | ({} if layer.add is None else {"add": stored(layer.add)})


def used_letters(letters: int, reading: Reading) -> list[int]:
    """The network's letters that words have: those of the task, and others before them."""
    return [*range(letters), *sorted(set(reading.prefix) - set(range(letters)))]


def _scores_in_order(reading: Reading, scores: int) -> list[int]:
    """Those of the states first, one for each, so twice for states with one label."""
    return [*reading.outputs, *sorted(set(range(scores)) - set(reading.outputs))]


def step_of(model: object, found: LinearWeights, arithmetic: str, execution: str = EXECUTION) -> StepRounding | None:
    """What one step of the model's code rounds, after everything that can be seen of how it runs; None if it is exact.

    Args:
        model: a linear recurrence.
        found: its weights.
        arithmetic: see `certify`.
        execution: see `certify`.

    Raises:
        MismatchError: if arithmetic or execution are not known or not covered for the model.
        ModelError: if an intermediate number may overflow.
    """
    if arithmetic not in BITS:
        raise MismatchError(f"arithmetic {arithmetic!r} is not known; choose one of {', '.join(BITS)}")
    if execution not in EXECUTIONS:
        raise MismatchError(f"execution {execution!r} is not known; choose one of {', '.join(EXECUTIONS)}")
    if arithmetic == "exact":
        return None
    if not found.is_linear:
        what = "scores behind norms" if found.norms else "a decoder"
        raise MismatchError(
            f"arithmetic {arithmetic!r} is not covered for {what}, whose rounding is not bounded: certify in exact "
            "arithmetic, where the recurrence is multiplied exactly and what stands before scores is of real numbers"
        )
    if execution != EXECUTION:
        raise MismatchError(
            "rounding is bounded for execution='loop' alone: the scan, parallel=True, multiplies matrices first, "
            "whose errors are as large as their product, however small the state"
        )
    if not isinstance(model, RoundedRecurrence):
        raise MismatchError(
            f"how {type(model).__name__} rounds is not known (it has no step_rounding(), RoundedRecurrence in "
            "bistate.models.protocols): certify in exact arithmetic, or the LinearRNN that was read off it"
        )
    require_plain_floats(model, arithmetic)
    dtype = getattr(torch, products_of(arithmetic))
    require_norms(torch.from_numpy(found.start).to(dtype), "the start")
    if getattr(model, "temperature", None) is not None:
        require_norms(model.readout, "a row of the readout")  # type: ignore[attr-defined]
    step = model.step_rounding()
    if arithmetic in TAKEN and step.spread is not None:
        raise MismatchError(
            f"arithmetic {arithmetic!r} is covered for families that multiply by A[x] at once, not for "
            f"{getattr(model, 'transition', type(model).__name__)}, which multiplies factors one after the other"
        )
    times = LONGER if arithmetic in TAKEN else 1
    if not times * step.terms * 2.0 ** -BITS[arithmetic] < MOST_ROUNDED:  # type: ignore[operator]
        raise MismatchError(f"a step rounds up to {step.terms:.3g} times, too often for a bound in {arithmetic}")
    return step


def claim_about(
    found: LinearWeights, automaton: Automaton, reading: Reading, arithmetic: str, step: StepRounding | None
) -> dict[str, Any]:
    """A certificate of nothing but its words, whose horizon and proof are to be replaced; see `spoken_of`."""
    nothing = max(reading.shortest - 1, 0)
    document: dict[str, Any] = spoken_of(found, reading, len(automaton.letters), arithmetic, step) | {
        "kind": KIND,
        "automaton": stored_task(automaton),
        "horizon": nothing,
        "proof": {"prefix": nothing},
    }
    return document | {"digest": digest(document)}


def network_of(found: LinearWeights, automaton: Automaton, reading: Reading, arithmetic: str) -> FloatNetwork:
    """The same weights, with the task, for the search."""
    rounded = arithmetic != "exact"
    letters = len(automaton.letters)
    order = _scores_in_order(reading, found.scores)
    C = found.readout[..., order, :]
    offset = offset_of(found)
    network = FloatNetwork(
        A=found.A[:letters],
        h=found.first if rounded else found.start,
        C=C[:letters] if C.ndim == 3 else C,
        table=np.asarray(automaton.table, dtype=np.int64),
        start=automaton.start_index,
        before=tuple(found.A[x] for x in reading.prefix),
        shortest=reading.shortest,
        norms=tuple(replace(part, weights=part.weights[..., order, :]) for part in found.norms),
        offset=None if offset is None or not found.norms else offset[..., order],
        constant=found.constant,
        labels=None if automaton.outputs is None else automaton.label_indices,
        decoder=None if found.decoder is None else found.decoder.in_order(order).first_letters(letters),
        coarse=2.0 ** -KEPT[arithmetic][0] if arithmetic in KEPT else 0.0,
        taken=2.0 ** -TAKEN[arithmetic] if arithmetic in TAKEN else 0.0,
        even=float(1 + SLACK_OF_STEPS) / (2 * STEPS[arithmetic]) if arithmetic in STEPS else 0.0,
    )
    return network if found.is_linear else replace(network, C=stand_in(network))


def stored(values: Floats) -> dict[str, Any]:
    """An array as a certificate holds it: its shape, and its float64 in base64, lowest byte first."""
    flat = array("d", np.ascontiguousarray(values, dtype=np.float64).ravel().tobytes())
    if sys.byteorder == "big":
        flat.byteswap()
    return {"shape": list(values.shape), "float64": base64.b64encode(flat.tobytes()).decode()}


def stored_task(automaton: Automaton) -> dict[str, Any]:
    """A task as a certificate holds it: its table, where it starts, and the labels of its states if it has outputs."""
    found = {"table": np.asarray(automaton.table).tolist(), "start": automaton.start_index}
    return found if automaton.outputs is None else found | {"labels": automaton.label_indices.tolist()}
