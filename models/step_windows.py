"""A step that reads the last k letters, as a recurrence that reads one: those before are kept in the state.

With h_t = A[w_t] h_{t−1} + b[w_t], w_t the last k letters, let c_t be the last m of them. The lifted state has one
block for each c, and h_t stands in that of c_t, beside zeros: with e_c the unit vectors

    h_t ⊗ e_{c_t},     A[x] = Σ_c A[c x] ⊗ e_{c'} e_cᵀ,   c' the last m letters of c x.

So letter x acts by one matrix, only windows that follow each other are multiplied, and words are words of the letters
themselves: every claim about the lifted recurrence is one about the step. Offsets b[w] are columns of a unit in each
block, which is 1 where h_t stands. m is k − 1, or k where the readout depends on the oldest letter of the window.
Before the word stand letters of index `letters`, so at its beginning c is shorter: 1 + n + … + n^m blocks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .affine_step import AffineMap, Shape, Step, affine_map, asked
from .errors import ModelError
from .normed_readout import NormedReadout

Floats = NDArray[Any]  # of float64
Word = tuple[int, ...]
MOST_NUMBERS = (
    1 << 23
)  # in the transitions of the lifted recurrence, 64 MiB; a product of matrices of 1000 units takes seconds
MOST_WINDOWS = 1 << 14  # each is asked about with every unit vector


@dataclass(frozen=True)
class Window:
    """How a recurrence was lifted over windows.

    Attributes:
        letters: k, that a step reads.
        contexts: number of blocks of the state.
        constant: whether every block ends with a unit that is 1 where the state stands.
    """

    letters: int
    contexts: int
    constant: bool

    @property
    def change(self) -> str:
        """What was changed, in words."""
        return (
            f"a step reads the last {self.letters} letters, and the state was kept once for each of the "
            f"{self.contexts} ways in which the letters before a step may end"
        )

    def folded(self, states: Tensor) -> Tensor:
        """The states of the step itself: (…, hidden) → (…, width)."""
        found = states.unflatten(-1, (self.contexts, -1)).sum(-2)
        return found[..., :-1] if self.constant else found


@dataclass(frozen=True, eq=False)
class Lifted:
    """The arrays of a lifted recurrence, and how it was lifted.

    Attributes:
        A: (letters, hidden, hidden).
        start: (hidden,).
        readout: (states, hidden) or (letters, states, hidden).
        bias: (states,) or (letters, states), or None.
        norms: parts of the scores behind norms.
        window: how.
        defect: how far the step was from affine on random states.
    """

    A: Floats
    start: Floats
    readout: Floats
    bias: Floats | None
    norms: tuple[NormedReadout, ...]
    window: Window
    defect: float


def check_window(window: int, letters: int, width: int) -> None:
    """Refuse windows that are no positive number of letters, or too many.

    Raises:
        ModelError: naming what remains for a step whose windows are too many.
    """
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        raise ModelError(f"window has to be a positive integer, the letters that a step reads, got {window!r}")
    few = window - 1 <= MOST_WINDOWS.bit_length() if letters > 1 else window <= MOST_WINDOWS
    if not few or count(letters, window) - 1 > MOST_WINDOWS:
        raise ModelError(f"window={window} with {letters} letters makes more than {MOST_WINDOWS} windows; {_REMAINS}")
    _require_small(window, letters, count(letters, window - 1) * width)


def lifted(
    step: Step,
    letters: int,
    window: int,
    first: Tensor,
    readout: Floats | Callable[..., Tensor],
    bias: Floats | None,
    norms: tuple[NormedReadout, ...],
    normalize: bool,
) -> Lifted:
    """The recurrence of a step over windows.

    Args:
        step: states (batch, …) and windows (batch, k), the oldest letter first, to states.
        letters: number of letters.
        window: k, see `check_window`.
        first: the state before the first letter.
        readout: C, on flattened states, (states, width) or (letters, states, width); or a function of states and
            windows to scores.
        bias: d beside an array.
        norms: parts behind norms, on flattened states.
        normalize: whether states are divided by their norm.

    Raises:
        ModelError: as `affine_map`; for offsets and normalised states; for too large a recurrence.
    """
    windows = [(letters,) * (window - len(w)) + w for w in _words(letters, window) if w]
    found = affine_map(step, windows, first)
    rows: AffineMap | None = None
    if callable(readout):
        rows = _probed(readout, windows, first)
    wide = rows is not None and not _same(rows, [w[1:] for w in windows])
    contexts = _words(letters, window if wide else window - 1)
    constant = bool(found.b.any()) or (rows is not None and bool(rows.b.any()) and not normalize)
    if normalize and (found.b.any() or (rows is not None and rows.b.any())):
        raise ModelError(
            f"the {'step' if found.b.any() else 'readout'} adds a term and divides states by their norm "
            f"(normalize=True), which is not covered for window={window}; normalize=False is"
        )
    width = found.A.shape[1]
    block = width + constant
    _require_small(window, letters, len(contexts) * block)
    place = {c: slice(k * block, k * block + block) for k, c in enumerate(contexts)}
    kept, at = len(contexts[-1]), {w: k for k, w in enumerate(windows)}

    def window_of(context: Word) -> int:
        return at[((letters,) * window + context)[-window:]]

    A = np.zeros((letters, len(contexts) * block, len(contexts) * block))
    for context, x in itertools.product(contexts, range(letters)):
        longer = (*context, x)
        inside = A[x, place[longer[-kept:]], place[context]]
        inside[:width, :width] = found.A[window_of(longer)]
        if constant:
            inside[:width, width], inside[width, width] = found.b[window_of(longer)], 1
    start = np.zeros(len(contexts) * block)
    start[:width], start[width:block] = Shape.of(first).flat(first[None])[0].numpy(force=True), 1
    how = Window(window, len(contexts), constant)
    many = tuple(replace(part, rows=_in_all(part.rows, how)) for part in norms)
    if rows is None:
        return Lifted(A, start, _in_all(np.asarray(readout), how), bias, many, how, found.defect)
    each = [np.concatenate([C, d[:, None]], axis=1) if constant else C for C, d in zip(rows.A, rows.b, strict=True)]
    if _same(rows, [()] * len(windows)):
        return Lifted(A, start, np.tile(each[0], len(contexts)), None, many, how, found.defect)
    C = np.zeros((letters, len(each[0]), len(start)))  # one for each last letter: the empty word has none
    for context in contexts:
        for x in [context[-1]] if context else []:
            C[x][:, place[context]] = each[window_of(context)]
    return Lifted(A, start, C, None, many, how, found.defect)


_REMAINS = "evaluate, refute and recognise take any callable, and ask for its answers alone"


def count(letters: int, longest: int) -> int:
    """Number of words of at most this many letters."""
    return sum(letters**n for n in range(longest + 1))


def _require_small(window: int, letters: int, hidden: int) -> None:
    if letters * hidden**2 > MOST_NUMBERS:
        raise ModelError(
            f"window={window} with {letters} letters makes {hidden} hidden units, and at most "
            f"{int((MOST_NUMBERS / letters) ** 0.5)} are covered; {_REMAINS}"
        )


def _words(letters: int, longest: int) -> list[Word]:
    """All words of at most this many letters, shortest first."""
    return [w for n in range(longest + 1) for w in itertools.product(range(letters), repeat=n)]


def _probed(readout: Callable[..., Tensor], windows: list[Word], first: Tensor) -> AffineMap:
    """C and d of a function of states and windows, for each window."""
    one = asked(readout, first[None], windows[0], "readout")
    if not isinstance(one, Tensor) or one.ndim != 2 or len(one) != 1:
        shown = tuple(one.shape) if isinstance(one, Tensor) else type(one).__name__
        raise ModelError(f"readout(h, x) has to give scores of shape (batch, states), got {shown} for a batch of 1")
    return affine_map(readout, windows, first, Shape((one.shape[1],), False), "readout")


def _same(rows: AffineMap, keys: list[Word]) -> bool:
    """Whether what was read is the same for windows of the same key."""
    first = {key: k for k, key in reversed(list(enumerate(keys)))}
    like = [first[key] for key in keys]
    return bool((rows.A[like] == rows.A).all() and (rows.b == rows.b[like]).all())


def _in_all(rows: Floats, how: Window) -> Floats:
    """The same rows in every block: (…, width) → (…, hidden)."""
    if how.constant:
        rows = np.concatenate([rows, np.zeros((*rows.shape[:-1], 1))], axis=-1)
    return np.tile(rows, how.contexts)
