"""The model that `bistate train` makes, and the options that go with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from ...models.baselines import KINDS, Baseline
from ...models.bilinear_rnn import BilinearRNN
from ...models.layers.base import RecurrentLayer
from ...models.layers.registry import ALL
from ...models.sizes.ladder_sizes import usual_sizes
from ...theory.automata.automaton import Automaton
from ..terminal.limits import CommandError


class Family(StrEnum):
    """Transition families of bilinear models, baselines, and layers that people train."""

    FULL = "full"
    BLOCK = "block"
    ROTATION = "rotation"
    DIAGONAL = "diagonal"
    POSITIVE = "positive"
    CP = "cp"
    HOUSEHOLDER = "householder"
    MONOMIAL = "monomial"
    CONVEX = "convex"
    RNN = "rnn"
    GRU = "gru"
    LSTM = "lstm"
    SLSTM = "slstm"
    TRANSFORMER = "transformer"
    MAMBA = "mamba"
    DELTANET = "deltanet"
    DELTA_PRODUCT = "delta_product"
    RWKV7 = "rwkv7"
    MAMBA3 = "mamba3"
    LRU = "lru"
    S4D = "s4d"
    UNIT_PHASOR = "unit_phasor"
    PD_SSM = "pd_ssm"
    SLICE = "slice"
    SD_SSM = "sd_ssm"


LAYER_OPTIONS = {  # of a layer, by the option of the command
    "deltanet": {"heads": "num_heads"},
    "delta_product": {"heads": "num_heads", "reflections": "num_householder"},
    "slice": {"block": "block_size"},
    "pd_ssm": {"dictionary": "dictionary_size"},
    "sd_ssm": {"dictionary": "num_A"},
}
FAMILY_OPTIONS = {  # of bilinear models and baselines; without a line: none
    "block": ("block",),
    "cp": ("rank",),
    "householder": ("reflections", "heads"),
    "convex": ("dictionary",),
    "transformer": ("heads",),
    "slstm": ("heads",),
}


def check_options(
    kind: str,
    options: Mapping[str, int | None],
    layers: int,
    normalize: bool,
    decay_transitions: bool | None,
    settle_steps: int | None,
    restarts: int | None,
) -> None:
    """Refuse options that the model does not have, in the words of the command line.

    Raises:
        CommandError: naming those that it has.
    """
    known = ("hidden", *LAYER_OPTIONS.get(kind, FAMILY_OPTIONS.get(kind, ())))
    for option, value in options.items():
        if value is not None and option not in known:
            has = ", ".join(f"--{mine}" for mine in known)
            raise CommandError(f"--{option} {value} does not go with --model {kind}, which takes {has}")
    about = {f"--layers {layers}": layers != 1 and kind not in KINDS}
    if kind in KINDS or kind in ALL:
        about |= {
            "--no-normalize": not normalize,
            "--decay-transitions": decay_transitions is True,
            "--no-decay-transitions": decay_transitions is False,
            f"--settle-steps {settle_steps}": bool(settle_steps),
            f"--restarts {restarts}": bool(restarts),
        }
    single = "one layer, as published" if kind in ALL else "one bilinear layer, unlike baselines"
    which = "a baseline" if kind in KINDS else single
    for option, given in about.items():
        if given:
            raise CommandError(f"{option} does not go with --model {kind}: it is {which}")


def network_of(
    kind: str,
    letters: int,
    scores: int,
    *,
    hidden: int | None,
    options: dict[str, int | None],
    layers: int,
    normalize: bool,
    seed: int,
    device: str,
    automaton: Automaton | None = None,
) -> BilinearRNN | Baseline | RecurrentLayer:
    """A model with start values; options that are None are left to it, or to the ladder where there is an automaton."""
    width = 64 if hidden is None else hidden
    sizes: dict[str, Any] = {"letters": letters, "hidden": width, "states": scores, "seed": seed, "device": device}
    if kind in ALL:
        return _layer(kind, sizes | {"hidden": 16 if hidden is None else hidden}, options)
    if kind in KINDS:
        heads = options["heads"]
        return Baseline(**sizes, kind=kind, layers=layers, heads=4 if heads is None else heads)
    chosen: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if automaton is not None:
        sizes |= usual_sizes(automaton, kind, hidden, **chosen)
    return BilinearRNN(**{**sizes, **chosen}, transition=kind, normalize=normalize)


def _layer(name: str, sizes: dict[str, Any], options: dict[str, int | None]) -> RecurrentLayer:
    """A layer with start values; options that are None are left to it."""
    known = LAYER_OPTIONS.get(name, {})
    chosen = {option: value for option, value in options.items() if value is not None}
    build: Callable[..., RecurrentLayer] = ALL[name]
    return build(
        sizes["letters"],
        sizes["hidden"],
        sizes["states"],
        seed=sizes["seed"],
        device=sizes["device"],
        **{known[option]: value for option, value in chosen.items()},
    )
