"""Terms of the loss that lengthen proved horizons: what growth and spread of the states are left to learn.

Cross-entropy asks for right answers, not for a representation. Two things that end proofs, and words, can be asked for:

    growth   mean over letters x of Var log ‖A[x] u‖,   u the unit states of the batch: a letter should stretch all
             states alike, else the code of one outgrows another one's;
    spread   mean of ‖u − mean of all u in the same state‖²: a state should have one code, however it was reached.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ...theory.automata.automaton import Automaton
from ..bilinear_rnn import BilinearRNN
from ..errors import TrainingError
from ..tasks.task import StateTracking
from .config import TrainConfig

PENALISED = 32  # words of a batch that are looked at: their states are run once more
LEAST = 1e-12  # of a norm whose logarithm is taken


def require_penalties(model: nn.Module, task: object, config: TrainConfig) -> None:
    """Refuse penalties that the model or the task has no numbers for.

    Raises:
        TrainingError: if there is one of a model without transitions, or of spread without states.
    """
    named = {"growth_penalty": config.growth_penalty, "spread_penalty": config.spread_penalty}
    for name, value in named.items():
        if value and not isinstance(model, BilinearRNN):
            raise TrainingError(f"{name}={value} is for a BilinearRNN, and the model is a {type(model).__name__}")
        if value and name == "spread_penalty" and not isinstance(task, StateTracking):
            raise TrainingError(
                f"{name}={value} needs the states of an automaton, and the task is a {type(task).__name__}"
            )


def penalty_of(model: BilinearRNN, task: object, x: Tensor, config: TrainConfig) -> Tensor:
    """growth_penalty · growth + spread_penalty · spread, of the first words of a batch (batch, time)."""
    x = x[:PENALISED]
    total = torch.zeros((), dtype=model.start.dtype, device=x.device)
    if not x.shape[1]:  # the empty word has no letter that could stretch a state
        return total
    states = model.hidden_states(x)
    unit = states / states.norm(dim=-1, keepdim=True).clamp_min(LEAST)
    if config.growth_penalty:
        total = total + config.growth_penalty * growth(model.transitions(), unit)
    if config.spread_penalty and isinstance(task, StateTracking):
        reached = states_along(task.automaton, x)
        total = total + config.spread_penalty * spread(unit, reached, len(task.automaton.states))
    return total


def states_along(automaton: Automaton, x: Tensor) -> Tensor:
    """States after every letter, (batch, time) → (batch, time)."""
    table = torch.from_numpy(np.array(automaton.table)).to(x.device)
    q = torch.full((len(x),), automaton.start_index, device=x.device)
    found = []
    for letter in x.T:
        q = table[q, letter]
        found.append(q)
    return torch.stack(found, dim=1)


def growth(A: Tensor, unit: Tensor) -> Tensor:
    """Mean over the letters of the variance of log ‖A[x] u‖.

    Args:
        A: (letters, hidden, hidden).
        unit: unit states, (batch, time, hidden).
    """
    moved = torch.einsum("xij,btj->xbti", A, unit).flatten(1, 2)
    return moved.norm(dim=-1).clamp_min(LEAST).log().var(dim=1, correction=0).mean()


def spread(unit: Tensor, states: Tensor, count: int) -> Tensor:
    """Mean squared distance of unit states (batch, time, hidden) from the mean of their state (batch, time)."""
    u, q = unit.flatten(0, 1), states.flatten()
    one = nn.functional.one_hot(q, count).to(u.dtype)
    means = (one.T @ u) / one.sum(dim=0).clamp_min(1)[:, None]
    return ((u - means[q]) ** 2).sum(dim=-1).mean()
