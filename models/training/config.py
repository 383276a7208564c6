"""The configuration of a training run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import TrainingError
from ..layers.registry import ALL
from ..transitions.registry import FAMILIES

MANY, GENTLE = 32, 0.1  # states from which decay is gentle, and what that is
FEW, SHORT, ROUND, MOST_TIMES = 16, 10, 250, 10.0  # of the rule for steps, see `usual_config`
PENALTIES = ("growth_penalty", "spread_penalty")
LATER = (
    *PENALTIES,
    "settle_steps",
    "restarts",
)  # fields that are not written where they are 0, as before there were any
SCHEDULES = ("cosine", "linear", "constant")
USUAL: dict[str, Mapping[str, Any]] = {
    **{family.name: family.usual for family in FAMILIES.values()},
    "rnn": {"steps": 4000, "weight_decay": 0.0, "label_smoothing": 0.1},
    "gru": {"steps": 4000, "weight_decay": 0.0, "label_smoothing": 0.1},
    "lstm": {"steps": 4000, "weight_decay": 0.0, "label_smoothing": 0.1},
    "slstm": {"steps": 4000, "weight_decay": 0.0, "label_smoothing": 0.1},
    "transformer": {"steps": 1500, "weight_decay": 0.0, "label_smoothing": 0.1},
    "mamba": {"steps": 1500, "weight_decay": 0.0, "label_smoothing": 0.1},
    **{name: layer.usual for name, layer in ALL.items()},
}


@dataclass(frozen=True)
class TrainConfig:
    """All choices of a training run; the defaults are the ones that were found to generalise to length 500.

    Words of length 10 are right long before those of length 500: what is left are angles and scales of the learned
    representation that are off by a thousandth, and gradients that have shrunk as much. Three choices finish the
    job. Adam forgets old gradients fast (`beta2`), so that its steps follow the small ones; with the usual 0.999 the
    early, large ones hold the steps down. The rate falls to
    zero, which removes the noise of the last steps. Decay shrinks whatever the loss does not hold in place.

    Args:
        steps: optimiser steps.
        batch: words per step.
        lr: learning rate of AdamW at the start.
        beta2: Adam's memory of squared gradients.
        schedule: "cosine" or "linear" fall of the rate to zero over `steps`, or "constant".
        weight_decay: decoupled, so that a step shrinks every weight by `rate * weight_decay`.
        decay_transitions: whether decay shrinks the transitions too. Rotation angles should not be pulled towards 0:
            decay of start and readout alone drops the blocks whose angles are not exact.
        label_smoothing: ε of the cross-entropy with targets (1 - ε) one-hot + ε / states. With ε = 0 the loss has no
            minimum: once the labels are right its gradient fades, and what is left of the error is never mended. With
            ε > 0 the best logits are finite, the exact representation attains them, and training goes on towards it;
            a random machine of 25 states, say, is right at length 500 only so.
        growth_penalty: weight of the variance, over the states of a batch, of how much a letter stretches them, see
            `bistate.models.training.penalties`. 0.01 lengthens proofs and shortens no word where letters merge states;
            for groups it does harm.
        spread_penalty: weight of the squared distance of unit states from the mean of their automaton state. 0.1
            lengthens proofs for groups, of blocks above all.
        settle_steps: most steps of L-BFGS after the last one of AdamW, see `bistate.models.settle`; where the task has
            an automaton and the model is a `BilinearRNN`. 0: none, as in plain training on words.
        restarts: how often training begins again, from other start values, while the model is wrong on long words at
            its end; the best attempt is kept, see `bistate.models.training.restarts`. Where the task has an automaton
            and the model is a `BilinearRNN` of which nothing is known that forbids it the task. 0: never, as in plain
            training on words.
        grad_clip: largest norm of the gradient, None for no limit.
        seed: which batches of the task are seen; the start values are the model's own seed.
        validate_every: steps between validations.
        validate_length: length of validation words; None: the lengths of training, so that nothing out of
            distribution is used to choose when to stop.
        validate_size: words per validation.
        target: stop when validation accuracy has been at least this, `patience` times running; None: train
            all steps. Accuracy at training lengths is perfect long before long words are right, so no target
            by default.
        patience: see `target`.
        checkpoint_every: steps between checkpoints.
        threads: torch threads while training; None: as they are. Bit-exact resuming needs the same number.

    Raises:
        TrainingError: for a value out of range; the message names it.
    """

    steps: int = 1500
    batch: int = 64
    lr: float = 3e-3
    beta2: float = 0.95
    schedule: str = "cosine"
    weight_decay: float = 0.1
    decay_transitions: bool = True
    label_smoothing: float = 0.0
    growth_penalty: float = 0.0
    spread_penalty: float = 0.0
    settle_steps: int = 0
    restarts: int = 0
    grad_clip: float | None = None
    seed: int = 0
    validate_every: int = 250
    validate_length: int | None = None
    validate_size: int = 512
    target: float | None = None
    patience: int = 3
    checkpoint_every: int = 500
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("batch", "validate_every", "validate_size", "patience", "checkpoint_every"):
            _require(self, name, lambda v: isinstance(v, int) and v >= 1, "an integer of at least 1")
        for name in ("steps", "settle_steps", "restarts", "seed"):
            _require(self, name, lambda v: isinstance(v, int) and v >= 0, "an integer of at least 0")
        for name in ("validate_length", "threads"):
            _require(
                self,
                name,
                lambda v: v is None or (isinstance(v, int) and v >= 1),
                "None or an integer of at least 1",
            )
        if not isinstance(self.decay_transitions, bool):
            raise TrainingError(f"decay_transitions is True or False, got {self.decay_transitions!r}")
        _require(self, "lr", lambda v: math.isfinite(v) and v > 0, "a positive number")
        _require(self, "beta2", lambda v: 0 <= v < 1, "a number in [0, 1)")
        _require(self, "weight_decay", lambda v: math.isfinite(v) and v >= 0, "a number of at least 0")
        _require(self, "label_smoothing", lambda v: 0 <= v < 1, "a number in [0, 1)")
        for name in PENALTIES:
            _require(self, name, lambda v: math.isfinite(v) and v >= 0, "a number of at least 0")
        _require(self, "grad_clip", lambda v: v is None or v > 0, "None or a positive number")
        _require(self, "target", lambda v: v is None or 0 < v <= 1, "None or an accuracy in (0, 1]")
        _require(self, "schedule", lambda v: v in SCHEDULES, f"one of {', '.join(SCHEDULES)}")

    def rate(self, step: int) -> float:
        """The learning rate of a step counted from 0.

        >>> config = TrainConfig(steps=4, lr=1.0, schedule="linear")
        >>> [config.rate(step) for step in range(4)]
        [1.0, 0.75, 0.5, 0.25]
        """
        done = step / self.steps
        if self.schedule == "cosine":
            return self.lr * 0.5 * (1 + math.cos(math.pi * done))
        return self.lr * (1 - done) if self.schedule == "linear" else self.lr

    def to_json(self) -> dict[str, Any]:
        """The fields as a dict of JSON values; without those of `LATER` that are 0."""
        return {name: value for name, value in asdict(self).items() if value or name not in LATER}


def usual_config(
    kind: str,
    *,
    letters: int | None = None,
    states: int | None = None,
    longest: int | None = None,
    merging: bool = False,
    **changes: Any,
) -> TrainConfig:
    """Settings for a transition family, a baseline or a layer: a place to begin.

    With 64 hidden units the bilinear ones that can do a task reached length 500 on parity, C_5 and S_3, labelled at the
    last position (householder: 0.99 on C_5).

    Larger tasks take more steps, by a rule: states/16 · √(letters/2) times as many, where that is above 1, and
    (longest / 10)^¼ times, rounded up to 250 and at most ten times as many; `benchmarks/results/presets.md` has what
    it leads to.

    Args:
        kind: `BilinearRNN.transition`, `Baseline.kind`, or a layer's name, such as "delta_product".
        letters: of the task, and
        states: of its automaton; None: few.
        longest: training word; None: short ones.
        merging: whether letters merge states. Then, and with over 32 states, weight decay is at most 0.1:
            0.5 gives longer horizons for groups, and takes too much from larger machines.
        changes: fields of `TrainConfig` that are to be otherwise.

    Raises:
        TrainingError: for another kind, or a value out of range.

    Example:
        >>> usual_config("rotation", seed=3).decay_transitions
        False
        >>> usual_config("full").steps, usual_config("full", letters=25, states=25, longest=40).steps
        (1500, 11750)
    """
    if kind not in USUAL:
        raise TrainingError(f"kind {kind!r} is not known; choose one of {', '.join(USUAL)}")
    usual = dict(USUAL[kind])
    if merging or (states or 1) > MANY:
        usual["weight_decay"] = min(usual.get("weight_decay", GENTLE), GENTLE)
    found = TrainConfig(**{**usual, **changes})
    larger = max(1.0, (states or 1) / FEW * ((letters or 1) / 2) ** 0.5) * max(1.0, (longest or 1) / SHORT) ** 0.25
    if "steps" in changes or larger == 1:
        return found
    return replace(found, steps=ROUND * math.ceil(found.steps * min(larger, MOST_TIMES) / ROUND))


def _require(config: TrainConfig, name: str, accepts: Any, wanted: str) -> None:
    value = getattr(config, name)
    try:
        fine = not isinstance(value, bool) and accepts(value)
    except (TypeError, OverflowError):  # a text, or an int that no float can be
        fine = False
    if not fine:
        raise TrainingError(f"{name} is {wanted}, got {name}={value!r}")
