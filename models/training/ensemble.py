"""Many trainings of one shape in one batched model: seeds and learning rates side by side.

For small networks a step spends its time in Python and in starting kernels; a stack of E networks does E times the
arithmetic for one such price. All parameters are stacked, (E, …), every network reads its own batches, and AdamW is
written out for the stack, each network with its own rate. A network ends up where it would have ended alone, up to the
rounding of sums in another order; tests/models/training/test_ensemble.py has the tolerance. On a GPU the host looks at
the losses now and then only, and gives it work ahead in between.

Families: all but monomial. Block diagonal, full and convex ones run in one compiled loop over all networks where there
is numba and a CPU; else full and convex ones take the product with all matrices and keep each sample's row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from ..bilinear_rnn import BilinearRNN
from ..checks import known_letters
from ..errors import ModelError, TrainingError
from ..kernels.choice import takes
from ..losses import LOOK
from ..recurrence.by_letter import MOST_NUMBERS, Move, recurrence
from ..recurrence.compiled_blocks import block_recurrence, fusible
from ..recurrence.compiled_full import full_fusible
from ..recurrence.subnormals import flushed
from ..tasks.batches import Batches
from ..transitions.base import Transition, unit
from ..transitions.cp import CPTransition
from ..transitions.lookup import LookupTransition
from ..transitions.monomial import MonomialTransition
from .accuracy import check_fit
from .config import TrainConfig
from .progress import ProgressLine
from .restarts import able, long_accuracy, redraw, seed_of
from .settling import settle_trained
from .train_run import train

EPSILON, BETA1 = 1e-8, 0.9  # of AdamW, torch's defaults
Stack = dict[str, Tensor]


def train_ensemble(
    models: Sequence[BilinearRNN],
    task: Batches,
    configs: Sequence[TrainConfig],
    progress: bool | None = None,
) -> list[float]:
    """Train models of one shape together, in place.

    Args:
        models: of equal configuration, but for start values.
        task: the batches; model e reads the stream of `configs[e].seed`, as it would in `train`.
        configs: one per model; they may differ in `lr` and `seed`.
        progress: as for `train`.

    What is wrong on long words at the end begins again alone, with `restarts`.

    Returns:
        The mean loss of each model over its last 100 steps with the others; NaN for one whose loss stopped being
        finite: its weights are left as they were then, and the others go on.

    Raises:
        ModelError: for models of different shape, a family that cannot be stacked, additive terms, or a model that does
            not fit the task.
        TrainingError: for configurations that differ in more than rate and seed.
    """
    first, config = _checked(models, task, configs)
    ensemble = _Ensemble(models, first, config.label_smoothing)
    stack, steps = ensemble.stack, config.steps
    moments = {name: (torch.zeros_like(p), torch.zeros_like(p)) for name, p in stack.items()}
    here = first.start.device
    rates = torch.tensor([c.lr for c in configs], dtype=first.start.dtype, device=here)
    widest = torch.float32 if here.type == "mps" else torch.float64
    recent = torch.zeros(len(models), dtype=widest, device=here)
    alive = torch.ones(len(models), dtype=torch.bool, device=here)
    counted, look = min(100, steps), 1 if here.type == "cpu" else LOOK
    with flushed(), known_letters(), ProgressLine(steps, progress) as line:
        for step in range(steps):
            batches = [task.batch(config.batch, step, stream=c.seed + 2) for c in configs]
            losses = ensemble.losses(batches)  # (E,)
            alive &= losses.detach().isfinite()
            if step % look == 0 and not alive.any():
                break
            gradients = torch.autograd.grad(losses.sum(), list(stack.values()))
            _adamw(
                stack, moments, gradients, rates * (config.rate(step) / config.lr), config, step, alive, ensemble.kept
            )
            if step >= steps - counted:
                recent += losses.detach().to(widest)
            if step % look == 0:
                line.show(step + 1, float(losses.detach().mean()), [])
    ensemble.unstack(models)
    if config.settle_steps:
        held_out = task.held_out(config.validate_size, config.validate_length)
        for model, ok in zip(models, alive.tolist(), strict=True):
            if ok:
                settle_trained(model, task, held_out, config.settle_steps)
    if config.restarts:
        for model, own, ok in zip(models, configs, alive.tolist(), strict=True):
            if ok:
                _once_more(model, task, own)
    mean = recent / max(counted, 1)
    return [value if ok else math.nan for value, ok in zip(mean.tolist(), alive.tolist(), strict=True)]


def _once_more(model: BilinearRNN, task: Batches, config: TrainConfig) -> None:
    """The restarts of `train`, in place, for a model whose first attempt is over."""
    accuracy = long_accuracy(model, task)
    if accuracy is None or accuracy == 1 or not able(model, task):
        return
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    seed = seed_of(config.seed, 1)
    redraw(model, seed)
    run = train(model, task, replace(config, seed=seed, restarts=config.restarts - 1), progress=False)
    found = long_accuracy(model, task) if run.long_accuracy is None else run.long_accuracy
    if found is None or found <= accuracy:
        model.load_state_dict(kept)


class _Ensemble:
    """The stacked parameters and their forward pass."""

    def __init__(self, models: Sequence[BilinearRNN], first: BilinearRNN, smoothing: float) -> None:
        self.first, self.smoothing = first, smoothing
        stacked, _ = stack_module_state([m.family for m in models])
        self.names = list(stacked)
        self.stack: Stack = {f"family.{name}": p.detach().requires_grad_() for name, p in stacked.items()}
        for name in ("start", "readout"):
            values = torch.stack([m.get_parameter(name).detach() for m in models])
            self.stack[name] = values.requires_grad_()
        self.kept = {f"family.{name}" for name in self.names}  # what `decay_transitions=False` spares

    def _family(self, method: str, part: int | None = None) -> Any:
        """What a method of the family without arguments gives, or a part of it, of every network, stacked."""
        reader = _Reader(self.first.family, method, part)
        parameters = {f"family.{name}": self.stack[f"family.{name}"] for name in self.names}
        return vmap(lambda p: functional_call(reader, p, ()))(parameters)

    def losses(self, batches: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """The mean cross-entropy of each network on its own batch: (E,)."""
        longest = max(x.shape[1] for x, _ in batches)
        lengths = torch.tensor([x.shape[1] for x, _ in batches])  # (E,)
        lengths = lengths.to(batches[0][0].device, non_blocking=True)  # a blocking copy would wait for the GPU
        x = torch.stack([nn.functional.pad(x, (0, longest - x.shape[1])) for x, _ in batches])  # (E, batch, time)
        start, model = self.stack["start"], self.first
        h = (unit(start) if model.normalize else start).unsqueeze(1).expand(-1, x.shape[1], -1)  # (E, batch, hidden)
        every = batches[0][1].ndim == 2
        h = self._states(h, x, lengths) if every else self._last(h, x, lengths)[None]  # (time or 1, E, batch, hidden)
        readout = self.stack["readout"]
        rows = readout if model.temperature is None else model.temperature * unit(readout)
        logits = h @ rows.transpose(1, 2)  # (time or 1, E, batch, states)
        if every:
            y = torch.stack([nn.functional.pad(y, (0, longest - y.shape[1])) for _, y in batches])  # (E, batch, time)
            y = y.permute(2, 0, 1)  # (time, E, batch)
        else:
            y = torch.stack([y for _, y in batches])[None]  # (1, E, batch)
        each = nn.functional.cross_entropy(
            logits.flatten(0, 2), y.flatten(), reduction="none", label_smoothing=self.smoothing
        ).unflatten(0, y.shape)
        if not every:
            return each[0].mean(1)
        counted = torch.arange(longest, device=x.device)[:, None] < lengths  # (time, E)
        return torch.where(counted[..., None], each, 0.0).sum((0, 2)) / (lengths * y.shape[2])

    def _states(self, h: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
        """The states after every letter, the last one again where a word has ended: (time, E, batch, hidden)."""
        states = self._at_once(h, x)
        if states is not None:
            ended = torch.arange(x.shape[2], device=x.device)[:, None] >= lengths  # (time, E)
            own = states[lengths - 1, torch.arange(len(x), device=x.device)]  # (E, batch, hidden)
            return torch.where(ended[..., None, None], own, states)
        return torch.stack(list(self._steps(h, x, lengths)))

    def _at_once(self, h: Tensor, x: Tensor) -> Tensor | None:
        """The states after every letter, (time, E, batch, hidden), where compiled code or a kernel runs all networks as
        one with as many times more letters.
        """
        family, normalize = self.first.family, self.first.normalize
        words = (x + self.first.letters * torch.arange(len(x), device=x.device)[:, None, None]).flatten(0, 1)
        flat = h.flatten(0, 1)
        small = isinstance(family, LookupTransition) or flat.numel() * flat.shape[1] <= MOST_NUMBERS
        one_per_letter = not isinstance(family, CPTransition)  # whose networks have shared factors of their own
        if (
            one_per_letter
            and family.has_kernel
            and (small or family.batching == "kernel")
            and takes(family.batching, flat)
        ):
            from ..kernels.recurrence import run

            found = family.kernel()
            if found is not None:
                factors = tuple(factor.flatten(0, 1) for factor in self._family("kernel", 1))
                return run(found[0], factors, flat, words, None, normalize)[0].unflatten(1, x.shape[:2])
        blocks = self._blocks()  # (E, letters, n, b, b), or None
        if blocks is not None:
            states, _ = block_recurrence(blocks.flatten(0, 1), flat, words, None, normalize)
        elif not isinstance(family, LookupTransition) and full_fusible(family.dense(), h):
            matrices = self._family("dense").flatten(0, 1)  # (E · letters, hidden, hidden)
            states, _ = recurrence(matrices, flat, words, None, normalize, "fused")
        else:
            return None
        return states.unflatten(1, x.shape[:2])

    def _steps(self, h: Tensor, x: Tensor, lengths: Tensor) -> Iterator[Tensor]:
        """The states after one letter after the other, (E, batch, hidden); words that have ended wait."""
        move = self._mover(x)
        for t in range(x.shape[2]):
            moved = move(h, t)
            moved = unit(moved) if self.first.normalize else moved
            h = torch.where((t < lengths)[:, None, None], moved, h)
            yield h

    def _last(self, h: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
        """The state after the last letter, of which network e has `lengths[e]` in each word: (E, batch, hidden)."""
        count, _, longest = x.shape
        states = self._at_once(h, x) if longest else None
        if states is not None:
            own = states[(lengths - 1).clamp(min=0), torch.arange(count, device=x.device)]
            return torch.where((lengths > 0)[:, None, None], own, h)
        for after in self._steps(h, x, lengths):
            h = after
        return h

    def _blocks(self) -> Tensor | None:
        """The blocks of all networks, (E, letters, n, b, b), where the compiled recurrence takes them."""
        family = self.first.family
        if not isinstance(family, LookupTransition) or family.batching == "loop":
            return None
        sample = family.blocks()
        if sample is None or not fusible(sample.shape[-1], sample):
            return None
        stacked: Tensor = self._family("blocks")
        return stacked

    def _mover(self, x: Tensor) -> Move:
        """The function (h, t) -> A[x_t] h, for all networks."""
        count, batch, _ = x.shape
        letters, family = self.first.letters, self.first.family
        if isinstance(family, LookupTransition):
            table = self._family("table")  # (E, letters, …)
            rows = x + letters * torch.arange(count, device=x.device)[:, None, None]
            factors = table.flatten(0, 1)[rows.permute(2, 0, 1).flatten(1)].unbind(0)  # time × (E · batch, …)
            if isinstance(family, CPTransition):
                left, right = self.stack["family.left"], self.stack["family.right"]  # (E, hidden, rank)
                return lambda h, t: ((h @ right) * factors[t].unflatten(0, (count, batch))) @ left.transpose(1, 2)
            return lambda h, t: family.act(factors[t], h.flatten(0, 1)).unflatten(0, (count, batch))
        matrices = self._family("dense")  # (E, letters, hidden, hidden)
        joined = matrices.flatten(1, 2).transpose(1, 2)  # (E, hidden, letters · hidden)
        first = torch.arange(count * batch, device=x.device) * letters
        places = (x.permute(2, 0, 1).flatten(1) + first).unbind(0)  # time × (E · batch,)

        def move(h: Tensor, t: int) -> Tensor:
            rows = (h @ joined).reshape(count * batch * letters, -1)
            return rows.index_select(0, places[t]).unflatten(0, (count, batch))

        return move

    def unstack(self, models: Sequence[BilinearRNN]) -> None:
        """Copy the stacked parameters back."""
        with torch.no_grad():
            for e, model in enumerate(models):
                for name, values in self.stack.items():
                    model.get_parameter(name).copy_(values[e])


class _Reader(nn.Module):
    """A family as a function of its parameters."""

    def __init__(self, family: Transition, method: str, part: int | None) -> None:
        super().__init__()
        self.family, self.method, self.part = family, method, part

    def forward(self) -> Any:
        """The method's result, or a part of it."""
        read = getattr(self.family, self.method)()
        return read if self.part is None else read[self.part]


@torch.no_grad()
def _adamw(
    stack: Stack,
    moments: dict[str, tuple[Tensor, Tensor]],
    gradients: Sequence[Tensor],
    rates: Tensor,
    config: TrainConfig,
    step: int,
    alive: Tensor,
    family: set[str],
) -> None:
    """One step of decoupled Adam for all networks; those that are not alive stay as they are."""
    if config.grad_clip is not None:
        squares = sum(g.flatten(1).square().sum(1) for g in gradients)  # (E,)
        shrink = (config.grad_clip / (torch.as_tensor(squares).sqrt() + 1e-6)).clamp(max=1.0)
        gradients = [g * shrink.view(-1, *[1] * (g.ndim - 1)) for g in gradients]
    one, two = 1 - BETA1 ** (step + 1), 1 - config.beta2 ** (step + 1)
    for (name, p), g in zip(stack.items(), gradients, strict=True):
        shape = (-1, *[1] * (p.ndim - 1))
        rate, on = rates.view(shape), alive.view(shape)
        decay = 0.0 if name in family and not config.decay_transitions else config.weight_decay
        mean, square = moments[name]
        mean.lerp_(g, 1 - BETA1)
        square.mul_(config.beta2).addcmul_(g, g, value=1 - config.beta2)
        moved = (p * (1 - rate * decay)).sub_((mean * (rate / one)).div_((square / two).sqrt_().add_(EPSILON)))
        p.copy_(torch.where(on, moved, p))


def _checked(
    models: Sequence[BilinearRNN], task: Batches, configs: Sequence[TrainConfig]
) -> tuple[BilinearRNN, TrainConfig]:
    if not models or len(models) != len(configs):
        raise ModelError(f"{len(models)} models and {len(configs)} configurations; one for each model is needed")
    first, config = models[0], configs[0]
    for model in models:
        if model.config != first.config:
            raise ModelError(f"the models of an ensemble have one shape, but {model.config} is not {first.config}")
    check_fit(first, task)
    if first.additive or isinstance(first.family, MonomialTransition):
        raise ModelError("an ensemble has no additive terms and no monomial transitions; train such models one by one")
    if config.growth_penalty or config.spread_penalty:
        raise TrainingError("an ensemble has no growth_penalty and no spread_penalty; train such models one by one")
    for other in configs:
        differing = {k for k, v in asdict(other).items() if v != getattr(config, k)} - {"lr", "seed"}
        if differing:
            raise TrainingError(
                f"the configurations of an ensemble differ in {sorted(differing)}; only lr and seed may"
            )
    return first, config
