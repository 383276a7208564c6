"""Words against certificates of imported networks: by the definition, in exact numbers or as the module runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from bistate.models import LinearRNN

from helpers.attack_definition import wrong_by_definition
from helpers.attack_exact import Counts, Weights, Word, Wrong
from helpers.attack_imported import Imported
from helpers.attack_words import Budget, candidates, even, suspects

Right = Callable[[Word], bool]


@dataclass(frozen=True)
class Way:
    """One way of running a module."""

    alone: bool = False  # one word at a time
    every: bool = True  # scores after every letter, else after the last one
    flush: bool = False  # tiny numbers are taken for 0
    grad: bool = False

    def __str__(self) -> str:
        said = ["one word at a time" if self.alone else "a batch", "every" if self.every else "last"]
        return ", ".join(said + [name for name in ("flush", "grad") if getattr(self, name)])


WAYS = [Way(*flags) for flags in itertools.product((False, True), repeat=4)]


def contradiction(
    case: Imported, horizon: float, shortest: int, budget: Budget, random: np.random.Generator, counts: Counts
) -> Wrong | None:
    """A wrong word of `shortest` to `horizon` letters, in the arithmetic of the case."""
    weights, prefix = case.weights, tuple(case.options["prefix"])
    if weights.scores < 2 or shortest > horizon:
        return None
    with np.errstate(all="ignore"):
        groups = candidates(weights, horizon, budget, random)
        doubted = sorted((s for words in groups for s in suspects(even(weights), words)), key=lambda pair: pair[0])
    counts.words += sum(w.shape[0] * (w.shape[1] + 1) for w in groups)
    if case.arithmetic != "exact":
        short = sorted((word for _, word in doubted if len(word)), key=len)[:3]
        groups += [np.array([word], dtype=np.int64) for word in short]
        outputs = [case.score_of(q) for q in range(len(weights.table))]
        return runs_wrong(case.model, weights, prefix, outputs, groups, shortest, budget, random, counts)
    tried = [word for _, word in doubted[:6]] + [tuple(words[0].tolist()) for words in groups[:3]]
    tried += [tuple(w.tolist()) for w in groups[0][random.permutation(len(groups[0]))[:3]]]
    tried += sorted((word for _, word in doubted), key=len)[:3]
    least = max(shortest, int(case.net.by_last_letter))
    for word in dict.fromkeys([(), *tried]):
        own = case.score_of(weights.state(word))
        if len(word) >= least and wrong_by_definition(case.net, (*prefix, *word), own, counts):
            return Wrong(word, weights.state(word), [], "by the definition, in exact numbers")
    return None


def runs_wrong(
    model: LinearRNN,
    task: Weights,
    prefix: Word,
    outputs: list[int],
    groups: list[np.ndarray],
    shortest: int,
    budget: Budget,
    random: np.random.Generator,
    counts: Counts,
) -> Wrong | None:
    """A word among prefixes of the words that the module gets wrong as it runs."""
    few = WAYS if budget.all_paths else [WAYS[i] for i in random.choice(len(WAYS), 4, replace=False)]
    for words in [np.zeros((1, 0), dtype=np.int64), *groups]:
        for way in few:
            if way.every and words.shape[1] + len(prefix) == 0:
                continue
            part = words[:8] if way.alone else words
            if not way.every and words.shape[1] < shortest:
                continue
            if not words.shape[1] and task.by_last_letter:
                continue
            counts.paths[str(way)] += 1
            wrong = _first_wrong(model, task, prefix, outputs, part, shortest, way)
            if wrong is not None:
                return wrong
    return None


def _first_wrong(
    model: LinearRNN, task: Weights, prefix: Word, outputs: list[int], words: np.ndarray, shortest: int, way: Way
) -> Wrong | None:
    before = np.tile(np.array(prefix, dtype=np.int64), (len(words), 1))
    x = torch.from_numpy(np.concatenate([before, words], axis=1))
    try:
        torch.set_flush_denormal(way.flush)
        with torch.set_grad_enabled(way.grad):
            pieces = x.split(1) if way.alone else [x]
            scores = torch.cat([model(piece, every=way.every) for piece in pieces])
    finally:
        torch.set_flush_denormal(False)
    found = scores.detach().double().numpy()
    if way.every:
        first = max(len(prefix) - 1, 0)  # the word of no letters, if anything stands before it
        found, lengths = found[:, first:], np.arange(found.shape[1] - first) + (0 if prefix else 1)
    else:
        found, lengths = found[:, None], np.array([words.shape[1]])
    for t, length in enumerate(lengths.tolist()):
        if length < max(shortest, int(task.by_last_letter)):
            continue
        for i, word in enumerate(words[:, :length].tolist()):
            own = outputs[task.state(tuple(word))]
            rivals = np.delete(found[i, t], own)
            if not (found[i, t, own] > rivals).all():
                return Wrong(tuple(word), task.state(tuple(word)), found[i, t].tolist(), str(way))
    return None
