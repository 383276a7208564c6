"""Protocols: what is the same for all rows of a table, and what is searched, each under a name.

A comparison is fair where every model gets the same words, steps, rates, widths and optimiser, and where the same
search chooses its settings. So all of it stands in one value, and a table names the value that it was made by:

| name  | steps          | rates            | labels      | widths  | optimiser and loss                     |
|-------|----------------|------------------|-------------|---------|----------------------------------------|
| fair  | 20 000         | 1e-2, 3e-3, 1e-3 | last, every | 64, 256 | one for all rows, torch's AdamW        |
| paper | 100 000        | 1e-3, 1e-4, 1e-5 | last        | 256     | one for all rows, Adam at a fixed rate |
| best  | `usual_config` | `usual_config`   | last, every | 64      | `usual_config`, and a row's recipe     |

A search trains every rate with every place of labels on seeds of its own, and takes the settings with the highest
validation accuracy at the lengths of training, then the lowest validation loss: tests have no part in it. The seeds
that are reported come after it, and train the chosen settings alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ...models.training.config import TrainConfig, usual_config

LAST, EVERY = "last", "every"
LABELS = (LAST, EVERY)
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Protocol:
    """What all rows of a table have in common.

    Attributes:
        name: of the protocol; tables of two names are never mixed.
        about: a sentence for the table.
        rates: learning rates that are searched; None: that of the recipe.
        labels: where training words have labels, searched: "last" and "every".
        hidden: widths, each a line of the table.
        training: settings of `TrainConfig` of every row; empty: `usual_config`, with the row's recipe.
        normalize: whether bilinear states are divided by their norm in training; in tests they always are.
        lengths: of training words, the shortest and the longest, drawn uniformly.
        tests: lengths of test words, and how many there are of each.
        searched: letters up to which a wrong word is looked for.
        effort: of `certify`, by which a horizon is looked for.
        search: seeds 0, 1, … of the search.
        first_seed: of those that are reported, unless another one is given.
        seeds: how many are reported; a row with fewer is incomplete.
    """

    name: str
    about: str
    rates: tuple[float | None, ...]
    labels: tuple[str, ...]
    hidden: tuple[int, ...]
    training: Settings = field(default_factory=dict)
    normalize: bool = True
    lengths: tuple[int, int] = (2, 10)
    tests: tuple[tuple[int, int], ...] = ((10, 1000), (500, 500), (5000, 200))
    searched: int = 500
    effort: str = "quick"
    search: int = 1
    first_seed: int = 100
    seeds: int = 5

    def config(self, model: str, recipe: Settings, sizes: Settings, rate: float | None, seed: int) -> TrainConfig:
        """The configuration of one training.

        Args:
            model: the family, kind of baseline or layer.
            recipe: of the row, taken where the protocol fixes nothing.
            sizes: of the task, as `StateTracking.sizes` has them.
            rate: one of `rates`.
            seed: of the words.

        Raises:
            TrainingError: for a value out of range.
        """
        fixed: dict[str, Any] = {"seed": seed, "threads": 1} | ({} if rate is None else {"lr": rate})
        if self.training:
            return TrainConfig(**{**self.training, **fixed})
        return usual_config(model, **sizes, **{**recipe, **fixed})


# The optimiser is torch's: β₂ = 0.999 and weight decay 0.01 are its defaults, and 1 is the usual bound of a gradient.
_FAIR = {
    "steps": 20_000,
    "batch": 64,
    "schedule": "cosine",
    "beta2": 0.999,
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "grad_clip": 1.0,
}
# Not published: betas, the schedule, and clipping; here Adam as torch has it, a constant rate, none.
_PAPER = {
    "steps": 100_000,
    "batch": 64,
    "schedule": "constant",
    "beta2": 0.999,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "grad_clip": None,
}
FAIR = Protocol(
    name="fair",
    about="the same steps, rates, labels, widths, optimiser and search for every row",
    rates=(1e-2, 3e-3, 1e-3),
    labels=LABELS,
    hidden=(64, 256),
    training=MappingProxyType(_FAIR),
)
PAPER = Protocol(
    name="paper",
    about="the setting of arXiv:2505.21749 as far as it is published, with the rates of arXiv:2602.18333",
    rates=(1e-3, 1e-4, 1e-5),
    labels=(LAST,),
    hidden=(256,),
    training=MappingProxyType(_PAPER),
    normalize=False,
)
BEST = Protocol(
    name="best",
    about="the best recipe that is known here for each row, which is `usual_config` and what its row says",
    rates=(None,),
    labels=LABELS,
    hidden=(64,),
)
PROTOCOLS = {protocol.name: protocol for protocol in (FAIR, PAPER, BEST)}
