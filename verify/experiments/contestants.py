"""The rows of fair tables: the same ones for every task, with sizes that follow the width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ...models.baselines import KINDS, Baseline
from ...models.bilinear_rnn import BilinearRNN
from ...models.layers.base import RecurrentLayer
from ...models.layers.registry import ALL
from ...models.transitions.registry import TRANSITIONS

Network = BilinearRNN | Baseline | RecurrentLayer
HEAD = 8  # numbers of a key or a value in each head of a layer


@dataclass(frozen=True, eq=False)
class Contestant:
    """A row.

    Attributes:
        key: its name on the command line and in tables of results.
        name: for people.
        model: the transition family, kind of baseline or layer.
        options: further arguments of the model, by the width.
        recipe: what its best known recipe changes in `usual_config`.
        rung: of the ladder, whose least size is about this row; "" where the ladder has none.
        capacity: how large the row is, by the width, counted as the rung counts.
    """

    key: str
    name: str
    model: str
    options: Callable[[int], dict[str, Any]] = lambda hidden: {}
    recipe: Mapping[str, Any] = field(default_factory=dict)
    rung: str = ""
    capacity: Callable[[int], int] = lambda hidden: hidden


# What is usual for gated networks: Adam's own memory, gradients of bounded norm, gates that keep at the start.
GATED = MappingProxyType({"beta2": 0.999, "grad_clip": 1.0})
_OPEN = {"forget_bias": 1.0}


def _heads(hidden: int) -> dict[str, Any]:
    return {"num_heads": max(1, hidden // HEAD)}


CONTESTANTS = {
    row.key: row
    for row in (
        Contestant("full", "full bilinear", "full", rung="full"),
        Contestant("block", "blocks of size 2", "block", lambda h: {"block": 2}, rung="block", capacity=lambda h: 2),
        Contestant("rotation", "rotation blocks", "rotation", rung="rotation"),
        Contestant("diagonal", "real diagonal", "diagonal", rung="diagonal"),
        Contestant("positive", "positive diagonal", "positive", rung="positive"),
        Contestant(
            "cp", "CP factored, rank 2 × width", "cp", lambda h: {"rank": 2 * h}, rung="cp", capacity=lambda h: 2 * h
        ),
        Contestant(
            "householder",
            "2 reflections",
            "householder",
            lambda h: {"reflections": 2},
            rung="householder",
            capacity=lambda h: 2,
        ),
        Contestant("monomial", "monomial", "monomial", rung="monomial"),
        Contestant("rnn", "Elman network", "rnn", recipe=GATED),
        Contestant("lstm", "LSTM", "lstm", lambda h: _OPEN, GATED),
        Contestant("gru", "GRU", "gru", lambda h: _OPEN, GATED),
        Contestant("slstm", "sLSTM (xLSTM)", "slstm", lambda h: {**_OPEN, "heads": 1}, GATED),
        Contestant("transformer", "Transformer, 2 layers", "transformer", lambda h: {"layers": 2}, GATED),
        Contestant("mamba", "Mamba, 2 layers", "mamba", lambda h: {"layers": 2}, GATED),
        Contestant("deltanet", "DeltaNet, eigenvalues in (−1, 1]", "deltanet", _heads),
        Contestant(
            "deltanet-positive",
            "DeltaNet, eigenvalues in (0, 1]",
            "deltanet",
            lambda h: {**_heads(h), "allow_neg_eigval": False},
        ),
        Contestant(
            "delta_product", "DeltaProduct, 2 factors", "delta_product", lambda h: {**_heads(h), "head_dim": HEAD}
        ),
        Contestant("rwkv7", "RWKV-7", "rwkv7", lambda h: {"head_dim": HEAD}),
        Contestant("pd_ssm", "PD-SSM", "pd_ssm", lambda h: {"state_size": h}),
        Contestant("unit_phasor", "unit complex diagonal, by letter", "unit_phasor", lambda h: {"state_size": h}),
    )
}


def build(
    model: str, letters: int, hidden: int, labels: int, options: Mapping[str, Any], seed: int, device: str = "cpu"
) -> Network:
    """A network with start values.

    Raises:
        ModelError: for a model that there is none of, or options that do not go together.
    """
    if model in ALL:
        layer: Callable[..., RecurrentLayer] = ALL[model]
        return layer(letters, hidden, labels, seed=seed, device=device, **options)
    make: Callable[..., Network] = Baseline if model in KINDS else BilinearRNN
    return make(letters, hidden, labels, model, seed=seed, device=device, **options)


def is_bilinear(model: str) -> bool:
    """Whether it is a transition family of `BilinearRNN`."""
    return model in TRANSITIONS


def state_size(model: Network) -> int | None:
    """Real numbers that are kept from letter to letter; None where they grow with the word.

    Example:
        >>> state_size(Baseline(2, 8, 2, "lstm")), state_size(Baseline(2, 8, 2, "transformer"))
        (16, None)
    """
    if isinstance(model, BilinearRNN):
        return model.hidden
    if isinstance(model, RecurrentLayer):
        start = model.start
        return start.numel() * (2 if start.is_complex() else 1)
    if model.kind == "transformer":
        return None
    if model.kind == "mamba":  # the states of all channels, and the last three inputs of the convolution
        inner = 2 * model.hidden
        return model.layers * inner * (16 + 3)
    return model.layers * model.hidden * {"rnn": 1, "gru": 1, "lstm": 2, "slstm": 4}[model.kind]
