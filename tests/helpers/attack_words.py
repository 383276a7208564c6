"""Words against a claimed horizon: a word of at most T letters on which the model is not strictly right refutes it.

Nothing here is taken from the certifier or from `refute`. Searches run in float64, where they may err; what they find
counts only if it is wrong in exact numbers, for certificates about exact numbers, or in the model itself as it runs,
for those about floats, on any of the ways of running it that the certificate covers.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import BilinearRNN, KeptStates, Tf32Products
from bistate.theory import Automaton

from helpers.attack_exact import Counts, Weights, Word, Wrong, exactly_wrong, weights_of

EXHAUSTIVE = 400  # words of one length up to which all of them are tried
BEAM = 48  # words kept
SHORTS = 40  # short words whose powers are tried
SUSPICIOUS = 1e-7  # relative lead below which exact numbers decide


@dataclass(frozen=True)
class Budget:
    """How long words may be: of the beam, of powers and random words, and of a few of the longest.

    Without `all_paths` a few of the ways of running a model are taken, others each time.
    """

    beam: int = 60
    powers: int = 120
    longest: int = 400
    all_paths: bool = True


# candidates ------------------------------------------------------------------------------------------------------


def even(weights: Weights) -> Weights:
    """The same predictions with largest entries 1, so that float64 does not overflow."""

    def divided(values: np.ndarray) -> np.ndarray:
        size = np.abs(values).max(initial=0.0)
        return values / size if np.isfinite(size) and size > 0 else np.nan_to_num(values)

    A = np.array([divided(matrix) for matrix in weights.A])
    C = np.array([divided(rows) for rows in weights.C]) if weights.by_last_letter else divided(weights.C)
    return replace(weights, A=A, h=divided(weights.h), C=C)


def begun(task: Weights) -> np.ndarray:
    """The state after the letters before every word."""
    vector = unit(task.h)
    for x in task.before:
        vector = unit(task.A[x] @ vector)
    return vector


def candidates(weights: Weights, T: float, budget: Budget, random: np.random.Generator) -> list[np.ndarray]:
    """Arrays of words of one length each, (words, time), none of them longer than T; prefixes count too."""
    task, letters = even(weights), weights.letters
    found = []
    length = 0
    while letters ** (length + 1) <= EXHAUSTIVE and length + 1 <= min(T, 12):
        length += 1
    everything = list(itertools.product(range(letters), repeat=length))
    found.append(np.array(everything, dtype=np.int64).reshape(len(everything), length))
    most = int(min(T, budget.beam))
    if most > length:
        worst = beam(task, most)
        found += [np.array([improved(task, w)], dtype=np.int64) for w in worst[:3]]
        found += [np.array([w], dtype=np.int64) for w in worst]
    most = int(min(T, budget.powers))
    if most > length:
        shorts = list(itertools.chain.from_iterable(itertools.product(range(letters), repeat=n) for n in (1, 2, 3)))
        if len(shorts) > SHORTS:
            shorts = [shorts[i] for i in random.choice(len(shorts), SHORTS, replace=False)]
        found.append(np.array([np.resize(np.array(w), most) for w in shorts], dtype=np.int64))
        found.append(random.integers(letters, size=(16, most)))
    most = int(min(T, budget.longest))
    if most > budget.powers:
        found.append(np.array([np.full(most, x) for x in range(min(letters, 3))], dtype=np.int64))
        found.append(random.integers(letters, size=(2, most)))
    return found


def unit(vectors: np.ndarray) -> np.ndarray:
    size = np.abs(vectors).max(axis=-1, keepdims=True)
    return vectors / np.where(size == 0, 1.0, size)


def leads(
    task: Weights, vectors: np.ndarray, states: np.ndarray, last: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Lead of the true state, or label, over its nearest rival, in units of the largest sum |C| |h|, and the rival."""
    rows = task.C[last] if task.by_last_letter else task.C[None]  # (1 or words, scores, hidden)
    logits = (rows @ vectors[..., None])[..., 0]
    size = (np.abs(rows) @ np.abs(vectors)[..., None])[..., 0].max(axis=1)
    own = task.own(states)
    lead = logits[np.arange(len(states)), own][:, None] - logits
    lead[np.arange(len(states)), own] = np.inf
    rival = lead.argmin(axis=1)
    return lead[np.arange(len(states)), rival] / np.where(size == 0, 1.0, size), rival


def beam(task: Weights, most: int) -> list[Word]:
    """Words that bring the state nearest to a wrong decision, nearest first; some for each state and rival."""
    words, vectors, states = np.zeros((1, 0), dtype=np.int64), begun(task)[None], np.array([task.start])
    letters, best = task.letters, []
    for _ in range(most):
        vectors = unit(np.einsum("xij,kj->kxi", task.A[:letters], vectors).reshape(-1, len(task.h)))
        states = task.table[states].ravel()
        words = np.concatenate(
            [np.repeat(words, letters, axis=0), np.tile(np.arange(letters), len(words))[:, None]], axis=1
        )
        lead, rival = leads(task, vectors, states, words[:, -1])
        order = np.argsort(lead, kind="stable")
        best.append((float(lead[order[0]]), tuple(words[order[0]].tolist())))
        taken: Counter[tuple[int, int]] = Counter()
        kept = []
        for i in order.tolist():
            key = int(states[i]), int(rival[i])
            if taken[key] < 2 and len(kept) < BEAM:
                taken[key] += 1
                kept.append(i)
        words, vectors, states = words[kept], vectors[kept], states[kept]
    return [word for _, word in sorted(best, key=lambda pair: pair[0])[:6]]


def improved(task: Weights, word: Word, rounds: int = 4) -> Word:
    """Change the one letter that lowers the lead most, again and again."""
    word = list(word)
    for _ in range(rounds):
        vectors, states = [begun(task)], [task.start]
        for x in word:
            vectors.append(unit(task.A[x] @ vectors[-1]))
            states.append(int(task.table[states[-1], x]))
        after, moves = task.C, np.arange(len(task.table))  # C times the letters after t, and where they lead
        least, change = leads(task, vectors[-1][None], np.array(states[-1:]), np.array(word[-1:]))[0][0], None
        for t in range(len(word) - 1, -1, -1):
            moved = task.A[: task.letters] @ vectors[t]  # (letters, hidden)
            logits, own = (after @ moved[..., None])[..., 0], task.own(moves[task.table[states[t]]])
            size = (np.abs(after) @ np.abs(moved)[..., None])[..., 0].max(axis=1)
            lead = logits[np.arange(len(own)), own][:, None] - logits
            lead[np.arange(len(own)), own] = np.inf
            relative = lead.min(axis=1) / np.where(size == 0, 1.0, size)
            x = int(relative.argmin())
            if relative[x] < least - 1e-12:
                least, change = relative[x], (t, x)
            after = (after[word[t]] if after.ndim == 3 else after) @ task.A[word[t]]
            after = after / (np.abs(after).max() or 1.0)
            moves = moves[task.table[:, word[t]]]
        if change is None:
            break
        word[change[0]] = change[1]
    return tuple(word)


def suspects(task: Weights, words: np.ndarray) -> list[tuple[float, Word]]:
    """Prefixes with little or no lead in float64, worst first; `task` has even scales."""
    vectors, states = np.repeat(begun(task)[None], len(words), axis=0), np.full(len(words), task.start)
    found: list[tuple[float, Word]] = []
    for t in range(words.shape[1] + 1):
        if not t and task.by_last_letter:
            lead = np.ones(len(words))
        else:
            lead, _ = leads(task, vectors, states, words[:, t - 1] if t else None)
        lead = np.where(np.isnan(lead), -np.inf, lead)
        i = int(lead.argmin())
        dead = not np.abs(vectors[i]).max(initial=0.0) > 1e-200
        if lead[i] < SUSPICIOUS * (1 + t) or dead:
            found.append((float(lead[i]), tuple(words[i, :t].tolist())))
        if t < words.shape[1]:
            x = words[:, t]
            vectors = unit(np.einsum("kij,kj->ki", task.A[x], vectors))
            states = task.table[states, x]
    return sorted(found, key=lambda pair: (pair[0], len(pair[1])))


def exact_contradiction(
    weights: Weights, T: float, budget: Budget, random: np.random.Generator, counts: Counts, shortest: int = 0
) -> Wrong | None:
    """A word of `shortest` to T letters that the weights, multiplied exactly, get wrong."""
    if weights.scores < 2 or shortest > T:
        return None
    shortest = max(shortest, int(weights.by_last_letter))
    task = even(weights)
    with np.errstate(all="ignore"):
        groups = candidates(weights, T, budget, random)
        counts.words += sum(w.shape[0] * (w.shape[1] + 1) for w in groups)
        doubted = sorted((s for words in groups for s in suspects(task, words)), key=lambda pair: pair[0])
    tried = [word for _, word in doubted[:6]] + [tuple(words[0].tolist()) for words in groups[:4]]
    short = sorted((word for _, word in doubted), key=len)[:3]
    for word in dict.fromkeys([(), *tried, *short]):
        if len(word) >= shortest and exactly_wrong(weights, word, counts):
            return Wrong(word, weights.state(word), [], "in exact numbers")
    return None


# the model as it runs --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """One way of running a model."""

    batching: str = "auto"
    alone: bool = False  # one word at a time
    every: bool = True  # logits after every letter, else after the last one
    flush: bool = False  # tiny numbers are taken for 0
    grad: bool = False
    parallel: bool = False
    network: str = ""  # of fewer digits: a format of `KeptStates`, or a rounding of `Tf32Products`

    def __str__(self) -> str:
        said = [self.batching, "one word at a time" if self.alone else "a batch", "every" if self.every else "last"]
        said += [name for name in ("flush", "grad", "parallel") if getattr(self, name)]
        said += [self.network] if self.network else []
        return ", ".join(said)


def paths(model: BilinearRNN, scan: bool) -> Iterator[Path]:
    """All ways of running the model."""
    for batching, alone, every, flush, grad in itertools.product(model.family.ways, *[(False, True)] * 4):
        yield Path(batching, alone, every, flush, grad)
    if scan:
        for alone, every, flush in itertools.product(*[(False, True)] * 3):
            yield Path(scanning(model), alone, every, flush, parallel=True)


def scanning(model: BilinearRNN) -> str:
    """A batching whose loop is not compiled: `parallel` takes a compiled loop in the place of the scan."""
    return next((way for way in ("loop", "dense") if way in model.family.ways), "auto")


def networks(arithmetic: str) -> tuple[str, ...]:
    """What runs in an arithmetic: the model itself, "", or networks of fewer digits made of it."""
    if arithmetic == "tf32":
        return "nearest", "truncate", ""
    return (arithmetic,) if arithmetic in ("float16", "bfloat16", "int8") else ("",)


def running(model: BilinearRNN, path: Path) -> Callable[[torch.Tensor, bool], torch.Tensor]:
    """The network of a way: words and whether scores are wanted after every letter to scores."""
    if path.network in ("nearest", "truncate"):
        return Tf32Products(model, path.network)
    if path.network:
        return KeptStates(model, path.network)
    return lambda x, every: model(x, every=every, parallel=path.parallel)


def run(model: BilinearRNN, words: np.ndarray, path: Path) -> np.ndarray | None:
    """Logits, (words, time, states), of the last position only without `every`; None where the way is not offered."""
    x = torch.from_numpy(np.ascontiguousarray(words))
    before = model.family.batching
    try:
        model.family.choose(path.batching)
        torch.set_flush_denormal(path.flush)
        with torch.set_grad_enabled(path.grad):
            pieces = x.split(1) if path.alone else [x]
            net = running(model, path)
            out = torch.cat([net(piece, path.every) for piece in pieces])
        torch.set_flush_denormal(False)
        return out.detach().double().numpy().reshape(len(words), -1, model.states)
    except BistateError:
        return None
    finally:
        torch.set_flush_denormal(False)
        model.family.batching = before


def float_contradiction(
    model: BilinearRNN,
    automaton: Automaton,
    T: float,
    budget: Budget,
    random: np.random.Generator,
    counts: Counts,
    scan: bool = False,
    shortest: int = 0,
    networks: Sequence[str] = ("",),
) -> Wrong | None:
    """A word of `shortest` to T letters that a model, or a network of it, gets wrong as it runs, on one of its ways."""
    if model.states < 2 or shortest > T:
        return None
    weights = weights_of(model, automaton)
    usual = [replace(path, network=name) for name in networks for path in (Path(), Path(flush=True))]
    usual += [Path(scanning(model), parallel=True)] if scan else []
    with np.errstate(all="ignore"):
        groups = candidates(weights, T, budget, random)
        doubted = [word for words in groups for _, word in suspects(even(weights), words)[:2]][:4]
    for words in groups:
        counts.words += words.shape[0] * (words.shape[1] + 1)
        for path in usual:
            found = _first_wrong(model, weights, words, path, counts, shortest)
            if found is not None:
                return found
    length = int(min(T, 24))
    few = [np.resize(np.array(w or (0,)), length) for w in doubted]
    few += [words[int(i)][:length] for words in groups for i in random.integers(len(words), size=2)]
    few = [w for w in few if len(w) == length]
    if not few:
        few = [random.integers(model.letters, size=length) for _ in range(3)]
    few = np.array(few[:9], dtype=np.int64).reshape(len(few[:9]), length)
    ways = [replace(path, network=name) for name in networks for path in paths(model, scan)]
    if not budget.all_paths:
        ways = [ways[i] for i in random.choice(len(ways), 6, replace=False)]
    for path in ways:
        found = _first_wrong(model, weights, few[:2] if path.alone else few, path, counts, shortest)
        if found is not None:
            return found
    return None


def _first_wrong(
    model: BilinearRNN, weights: Weights, words: np.ndarray, path: Path, counts: Counts, shortest: int
) -> Wrong | None:
    for part in (words[:1, :0], words):
        if part.size == 0 and path.every:
            path_of_part = replace(path, every=False)
        else:
            path_of_part = path
        logits = run(model, part, path_of_part)
        if logits is None:
            return None
        counts.paths[str(path)] += 1
        states, reached = np.full(len(part), weights.start), []
        for t in range(part.shape[1]):
            states = weights.table[states, part[:, t]]
            reached.append(states)
        true = weights.own(np.array(reached).T if path_of_part.every else states[:, None])  # (words, positions)
        own = np.take_along_axis(logits, true[..., None], axis=2)
        ahead = own > logits  # false for what is not a number
        np.put_along_axis(ahead, true[..., None], True, axis=2)
        lengths = np.arange(1, part.shape[1] + 1) if path_of_part.every else np.array([part.shape[1]])
        bad = np.argwhere(~ahead.all(axis=2) & (lengths >= shortest))
        if len(bad):
            i, t = bad[np.argmin(bad[:, 1])].tolist()
            word = tuple(part[i, : t + 1 if path_of_part.every else part.shape[1]].tolist())
            return Wrong(word, int(true[i, t]), logits[i, t].tolist(), str(path_of_part))
    return None
