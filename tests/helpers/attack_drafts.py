"""Arrays on the way to an imported network: exact codes of a task, or anything, and changes that a claim follows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bistate.groups.errors import BistateError
from bistate.theory import Automaton, realize
from bistate.verify import parse_task

PERMUTING = ("parity", "C3", "C4", "C2xC2", "S3", "C5", "random-permutation-3-2-seed1", "random-permutation-4-3-seed2")
MERGING = ("reset-2", "reset-3", "counter-3", "random-3-2-seed1", "random-4-2-seed3", "random-3-3-seed5", "(a|b)*a")


@dataclass
class Draft:
    """Arrays on the way to a network; C has no rows for scores that stand for nothing yet.

    `C` and `d` may be one for each last letter.
    """

    task: str
    automaton: Automaton
    A: np.ndarray
    h: np.ndarray
    C: np.ndarray
    b: np.ndarray
    d: np.ndarray
    random: np.random.Generator
    normalize: bool = False
    prefix: tuple[int, ...] = ()
    outputs: list[int] | None = None

    @property
    def size(self) -> int:
        return len(self.h)


# where a case starts -----------------------------------------------------------------------------------------------


def started(random: np.random.Generator) -> tuple[Draft, tuple[str, ...]]:
    task = str(random.choice(PERMUTING if random.random() < 0.5 else MERGING))
    automaton = parse_task(f"regex:{task}" if "*" in task else task)
    table, first = np.asarray(automaton.table), automaton.start_index
    states, letters = table.shape
    kind = random.choice(["codes", "codes less one", "ladder", "phases", "nothing"], p=[0.25, 0.3, 0.25, 0.15, 0.05])
    if kind == "phases":
        n = int(random.integers(2, 7))
        automaton, task = Automaton.modular_addition(n), f"C{n}"
        turns = np.exp(2j * np.pi * np.arange(n) / n)
        if n in (2, 4):
            turns = np.round(turns)
        A, h, C = turns[:, None, None], np.ones(1, dtype=complex), turns.conj()[:, None]
        return _draft(task, automaton, A, h, C, random), (str(kind),)
    if kind == "ladder":
        with contextlib.suppress(BistateError):
            A, h, C = realize(automaton, "full").to_numpy()
            return _draft(task, automaton, A, h.ravel(), C, random), (str(kind),)
    if kind == "nothing":
        n = int(random.integers(1, 5))
        A, h, C = (random.standard_normal(s) for s in ((letters, n, n), n, (states, n)))
        return _draft(task, automaton, A, h, C, random), (str(kind),)
    A = np.zeros((letters, states, states))
    for x in range(letters):
        A[x, table[:, x], np.arange(states)] = 1
    h, C = np.eye(states)[first], np.eye(states)
    net = _draft(task, automaton, A, h, C, random)
    if kind == "codes less one" and states > 1:  # the last entry is 1 less the others
        low, last = A[:, :-1, :-1], A[:, :-1, -1]
        net.A, net.b, net.h = low - last[:, :, None], last.copy(), h[:-1]
        net.C = np.concatenate([np.eye(states - 1), -np.ones((1, states - 1))])
        net.d = np.eye(states)[-1]
    return net, (str(kind),)


def _draft(
    task: str, automaton: Automaton, A: np.ndarray, h: np.ndarray, C: np.ndarray, random: np.random.Generator
) -> Draft:
    return Draft(task, automaton, A, h, C, np.zeros(A.shape[:2]), np.zeros(len(C)), random)


# changes: each gives False where it does not go with the network ---------------------------------------------------


def _basis(net: Draft) -> None:
    """Another basis, by whole numbers that have an inverse in whole numbers, or by any."""
    n, random = net.size, net.random
    if random.random() < 0.5:
        T = np.eye(n) + np.triu(random.integers(-2, 3, (n, n)), 1)
        inverse = np.round(np.linalg.inv(T))
    else:
        T = np.eye(n) + 0.3 * random.standard_normal((n, n))
        inverse = np.linalg.inv(T)
    net.A, net.h, net.C, net.b = T @ net.A @ inverse, T @ net.h, net.C @ inverse, net.b @ T.T


def _complex(net: Draft) -> None:
    """A complex basis: Gaussian integers with such an inverse, a phase, or any."""
    n, random = net.size, net.random
    T = np.eye(n) + np.triu(random.integers(-1, 2, (n, n)) * 1j, 1)
    if random.random() < 0.3:
        T = T * np.exp(1j * random.uniform(0, 7))
    inverse = np.linalg.inv(T)
    if random.random() < 0.7:
        T = T * np.array([1, 1j, -1])[int(random.integers(3))]
        inverse = np.linalg.inv(T)
    net.A, net.h, net.C, net.b = T @ net.A @ inverse, T @ net.h, net.C @ inverse, net.b @ T.T


def _origin(net: Draft) -> None:
    """Another origin: h + t in place of h."""
    reach = float(net.random.choice([1, 1, 8, 2.0**20]))
    t = net.random.integers(-2, 3, net.size) * reach
    net.b = net.b + t - net.A @ t
    net.d = net.d - net.C @ t
    net.h = net.h + t
    if np.iscomplexobj(net.d) and net.random.random() < 0.5:
        net.d = net.d.real


def _noise(net: Draft) -> None:
    size = 10 ** net.random.uniform(-14, -0.8)
    for key in "AhCbd":
        values = getattr(net, key)
        if key in "bd" and not values.any():
            continue
        shaken = net.random.standard_normal(values.shape) * size * np.abs(values).max()
        setattr(net, key, values + shaken * (net.random.random(values.shape) < net.random.choice([0.1, 1.0])))


def _bit(net: Draft) -> None:
    """One number off by its last bit."""
    key = str(net.random.choice(list("AhCbd")))
    values = getattr(net, key)
    if np.iscomplexobj(values):
        values = values.copy()
        values.real.flat[int(net.random.integers(values.size))] += 2.0**-52
    else:
        values = values.copy()
        i = int(net.random.integers(values.size))
        values.flat[i] = np.nextafter(values.flat[i], net.random.choice([-np.inf, np.inf]))
        if abs(values.flat[i]) < 1e-300:
            values.flat[i] = 0.0
    setattr(net, key, values)


def _tie(net: Draft) -> bool | None:
    if net.C.shape[-2] < 2:
        return False
    one, other = net.random.choice(net.C.shape[-2], 2, replace=False)
    share = 10 ** net.random.uniform(-12, -0.5) if net.random.random() < 0.8 else 0.0
    net.C[..., other, :] = net.C[..., one, :] + share * (net.C[..., other, :] - net.C[..., one, :])
    net.d[..., other] = net.d[..., one] + share * (net.d[..., other] - net.d[..., one])
    return None


def _fading(net: Draft) -> None:
    """More units that fade, grow, or are gone after one letter, and a start that is in them."""
    n, more, random = net.size, int(net.random.integers(1, 3)), net.random
    growth = float(random.choice([0.0, 0.0, 0.3, 0.9, 1.0, 1.01]))
    seen, coupled = (float(random.choice([0, 0.0, 1e-6, 0.1, 1])) for _ in range(2))
    A = np.zeros((len(net.A), n + more, n + more), dtype=net.A.dtype)
    A[:, :n, :n] = net.A
    A[:, n:, n:] = growth * np.linalg.qr(random.standard_normal((len(net.A), more, more)))[0]
    if random.random() < 0.3:
        A[:, :n, n:] = coupled * random.standard_normal((len(net.A), n, more))
    C = seen * random.standard_normal((*net.C.shape[:-1], more))
    if random.random() < 0.2 and growth == 0:  # seen at the start alone
        C = C + 1e3
    net.A, net.C = A, np.concatenate([net.C, C], axis=-1)
    net.h = np.concatenate([net.h, random.standard_normal(more) * 10 ** random.uniform(-3, 3)])
    net.b = np.concatenate([net.b, np.zeros((len(net.b), more))], axis=1)


def _by_letter(net: Draft) -> None:
    """A readout for each last letter: other lengths, a row that all scores share, wild where no word leads."""
    letters, random = len(net.A), net.random
    C, d = np.repeat(net.C[None], letters, axis=0), np.repeat(net.d[None], letters, axis=0)
    factor = 2.0 ** random.integers(-3, 4, letters)
    C, d = C * factor[:, None, None], d * factor[:, None]
    shared = random.integers(-3, 4, (letters, 1, net.size)) * (random.random() < 0.5)
    C = C + shared
    if random.random() < 0.4:
        d = d + random.integers(-3, 4, (letters, 1))
    if random.random() < 0.3:
        d = d + 10 ** random.uniform(-6, -0.5) * random.standard_normal(d.shape)
    if random.random() < 0.3:
        C = C + 10 ** random.uniform(-6, -0.5) * random.standard_normal(C.shape)
    table = np.asarray(net.automaton.table)
    for x in range(table.shape[1]):
        if len(set(table[:, x])) == 1 and random.random() < 0.5:  # a reset: one score has to win, whatever the rest
            only = int(table[0, x])
            others = np.arange(C.shape[1]) != only
            C[x, others] += 0.1 * random.standard_normal((others.sum(), net.size))
            d[x, others] -= float(random.choice([0.0, 1.0]))
    net.C, net.d = C, d if d.any() else net.d


def _scores(net: Draft) -> None:
    """Scores that stand for no state: far below, just below a state's, or the winner on some words."""
    more, random = int(net.random.integers(1, 4)), net.random
    shape = (*net.C.shape[:-2], more, net.size)
    kind = random.choice(["below", "near", "any"])
    bias_shape = (*net.d.shape[:-1], more)
    if kind == "any":
        C, d = 0.2 * random.standard_normal(shape), np.zeros(bias_shape)
    else:
        copied = random.integers(net.C.shape[-2], size=more)
        C, d = net.C[..., copied, :].copy(), net.d[..., copied].copy()
        if kind == "below":
            C, d = C * 0.0, d * 0.0 - float(random.choice([0.0, 3.0]))
        else:
            share = float(10 ** random.uniform(-9, -1) * random.choice([-1, 1, 1, 1]))
            C, d = C * (1 - share), d * (1 - share)
    net.C, net.d = np.concatenate([net.C, C], axis=-2), np.concatenate([net.d, d], axis=-1)


def _outputs(net: Draft) -> None:
    """Scores in another order."""
    scores, states = net.C.shape[-2], len(net.automaton.states)
    order = net.random.permutation(scores)  # score i is what was score order[i]
    net.C, net.d = net.C[..., order, :], net.d[..., order]
    where = np.argsort(order)
    net.outputs = [int(where[q]) for q in range(states)]


def _prefix(net: Draft) -> bool | None:
    """A letter of its own that makes the start, or letters of the task, undone beforehand."""
    random, n, letters = net.random, net.size, len(np.asarray(net.automaton.table)[0])
    if random.random() < 0.35:
        word = tuple(int(x) for x in random.integers(letters, size=int(random.integers(1, 4))))
        h = net.h
        for x in word[::-1]:
            try:
                h = np.linalg.solve(net.A[x], h - net.b[x])
            except np.linalg.LinAlgError:
                return False
        h = np.round(h) if random.random() < 0.5 and np.abs(h - np.round(h)).max() < 1e-6 else h
        net.h, net.prefix = h, word
        return None
    kind = random.choice(["made", "turned", "ray"])
    if kind == "made":  # whatever stood there before; also from nothing
        A, b, start = np.zeros((n, n)), net.h, random.integers(-1, 2, n) * 1.0
    elif kind == "turned":
        A, b = np.linalg.qr(random.standard_normal((n, n)))[0], np.zeros(n)
        start = A.T @ net.h
    else:
        row = random.integers(-2, 3, n) * 1.0
        row[0] = 1
        A, b, start = net.h[:, None] * row, np.zeros(n), np.eye(n)[0]
    net.A = np.concatenate([net.A, A[None]])
    net.b = np.concatenate([net.b, b[None]])
    if net.C.ndim == 3:
        net.C = np.concatenate([net.C, net.C[:1]])
    if net.d.ndim == 2:
        net.d = np.concatenate([net.d, net.d[:1]])
    net.h, net.prefix = start, (len(net.A) - 1,)
    if random.random() < 0.3:
        net.prefix = net.prefix * int(random.integers(1, 3))
    return None


def _further(net: Draft) -> None:
    """A letter that is no letter of the task."""
    net.A = np.concatenate([net.A, net.random.standard_normal((1, net.size, net.size))])
    net.b = np.concatenate([net.b, net.random.standard_normal((1, net.size)) * bool(net.b.any())])
    net.C = np.concatenate([net.C, net.C[:1]]) if net.C.ndim == 3 else net.C
    net.d = np.concatenate([net.d, net.d[:1]]) if net.d.ndim == 2 else net.d


def _nothing(net: Draft) -> None:
    """A start of zeros."""
    net.h = net.h * 0


def _scale(net: Draft) -> None:
    """States in other units, huge or tiny; the readout the other way, or not."""
    reach = float(net.random.choice([3, 30, 140]))
    factor = 2.0 ** np.round(net.random.uniform(-reach, reach) * 3.3)
    net.h, net.b = net.h * factor, net.b * factor
    with np.errstate(all="ignore"):
        if net.random.random() < 0.8:
            net.C = net.C / factor
        else:
            net.d = net.d * factor


def _letter_scale(net: Draft) -> None:
    """One letter in another unit: no change without affine terms, another network with them."""
    x = int(net.random.integers(len(net.A)))
    factor = 2.0 ** int(net.random.integers(-40, 40)) if net.random.random() < 0.8 else 1 + 1e-9
    net.A[x], net.b[x] = net.A[x] * factor, net.b[x] * factor


RECIPES: dict[str, tuple[float, Callable[[Draft], bool | None]]] = {
    "basis": (0.25, _basis),
    "complex": (0.25, _complex),
    "origin": (0.3, _origin),
    "fading units": (0.25, _fading),
    "tie": (0.12, _tie),
    "further letter": (0.1, _further),
    "readout by last letter": (0.3, _by_letter),
    "more scores": (0.3, _scores),
    "outputs": (0.3, _outputs),
    "prefix": (0.35, _prefix),
    "noise": (0.4, _noise),
    "last bit": (0.15, _bit),
    "start of zeros": (0.05, _nothing),
    "scale": (0.12, _scale),
    "scale of a letter": (0.05, _letter_scale),
}
