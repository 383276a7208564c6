"""A linear or affine recurrence by its definition: `h ← A[x] h + b[x]`, scores `Re(C h + d)`, real or complex.

Scores may stand behind norms, see `attack_norms.py`; then C and d are the scores without the division.

Nothing is turned into a linear recurrence here, but in `wide`, which only proposes words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import acb, acb_mat, arb, ctx, fmpq, fmpq_mat

from helpers.attack_exact import Counts, Weights, Word
from helpers.attack_norms import Norms

LONG = 60  # letters up to which fractions are multiplied where balls do not decide


@dataclass(frozen=True)
class Definition:
    """Arrays as `LinearRNN.from_arrays` takes them; `normalize` leaves decisions as they are.

    Attributes:
        A: (letters, hidden, hidden).
        start: (hidden,).
        readout: (scores, hidden) or (letters, scores, hidden).
        add: (letters, hidden) or None.
        bias: (scores,) or (letters, scores) or None.
        norms: what stands behind norms, in place of readout and bias.
    """

    A: np.ndarray
    start: np.ndarray
    readout: np.ndarray
    add: np.ndarray | None = None
    bias: np.ndarray | None = None
    norms: Norms | None = None

    @property
    def is_complex(self) -> bool:
        """Whether units are complex."""
        return any(np.iscomplexobj(v) for v in (self.A, self.start, 0.0 if self.add is None else self.add))

    @property
    def by_last_letter(self) -> bool:
        """Whether the empty word has no scores."""
        return self.readout.ndim == 3 or (self.bias is not None and self.bias.ndim == 2)

    def rows(self, last: int) -> tuple[np.ndarray, np.ndarray]:
        """C and d after a last letter; after the empty word any will do."""
        C = self.readout[last] if self.readout.ndim == 3 else self.readout
        d = np.zeros(len(C)) if self.bias is None else self.bias
        return C, d[last] if d.ndim == 2 else d

    def balls(self, word: Word) -> list[arb]:
        """Scores in balls of the precision of flint."""
        h = _ball(self.start[:, None])
        kept: dict[int, tuple[acb_mat, acb_mat]] = {}
        for x in word:
            if x not in kept:
                b = np.zeros_like(self.start) if self.add is None else self.add[x]
                kept[x] = _ball(self.A[x]), _ball(b[:, None])
            h = kept[x][0] * h + kept[x][1]
        last = word[-1] if word else 0
        if self.norms is not None:
            return self.norms.balls(h, last, self.is_complex)
        C, d = self.rows(last)
        return [value.real for value in (_ball(C) * h + _ball(d[:, None])).entries()]

    def fractions(self, word: Word) -> list[fmpq]:
        """Scores in fractions."""
        u, v = _parts(self.start[:, None])
        kept: dict[int, tuple[fmpq_mat, ...]] = {}
        for x in word:
            if x not in kept:
                b = np.zeros_like(self.start) if self.add is None else self.add[x]
                kept[x] = *_parts(self.A[x]), *_parts(b[:, None])
            a, c, s, t = kept[x]
            u, v = a * u - c * v + s, a * v + c * u + t
        C, d = self.rows(word[-1] if word else 0)
        (a, c), (s, _) = _parts(C), _parts(d[:, None])
        return list((a * u - c * v + s).entries())

    def wide(self, task: Weights) -> Weights:
        """A real linear recurrence that proposes words: real parts, imaginary parts, a constant.

        Args:
            task: its table, start and letters before every word are taken, and how many scores come first.
        """
        letters, n, _ = self.A.shape
        wide = np.zeros((letters, 2 * n + 1, 2 * n + 1))
        for x in range(letters):
            real, imaginary = self.A[x].real, self.A[x].imag
            wide[x, : 2 * n, : 2 * n] = np.block([[real, -imaginary], [imaginary, real]])
            if self.add is not None:
                wide[x, : 2 * n, -1] = np.concatenate([self.add[x].real, self.add[x].imag])
        wide[:, -1, -1] = 1
        start = np.concatenate([self.start.real, self.start.imag, [1.0]])
        rows = []
        for x in range(task.letters if self.by_last_letter else 1):
            C, d = self.rows(x)
            rows.append(np.concatenate([C.real, -C.imag, d.real[:, None]], axis=1))
        C = np.array(rows) if self.by_last_letter else rows[0]
        return Weights(wide, start, C, task.table, task.start, task.before)


def _ball(values: np.ndarray) -> acb_mat:
    return acb_mat([[acb(float(v.real), float(v.imag)) for v in row] for row in values])


def _parts(values: np.ndarray) -> tuple[fmpq_mat, fmpq_mat]:
    def part(numbers: np.ndarray) -> fmpq_mat:
        return fmpq_mat([[fmpq(*float(v).as_integer_ratio()) for v in row] for row in numbers])

    return part(values.real), part(values.imag)


def wrong_by_definition(net: Definition, word: Word, own: int, counts: Counts) -> bool:
    """Whether score `own` is not strictly the largest after a word, in exact numbers; unknown counts as right."""
    counts.exact += 1
    before = ctx.prec
    try:
        for bits in (256, 4096):
            ctx.prec = bits
            scores = net.balls(word)
            rivals = [scores[own] - v for p, v in enumerate(scores) if p != own]
            if any(v <= 0 for v in rivals):
                return True
            if all(v > 0 for v in rivals):
                return False
    finally:
        ctx.prec = before
    if len(word) > LONG or net.norms is not None:  # roots are no fractions
        counts.undecided += 1
        return False
    exact = net.fractions(word)
    return any(exact[own] <= v for p, v in enumerate(exact) if p != own)
