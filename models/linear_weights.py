"""A linear recurrence as arrays: `h ← A[x] h`, scores `C h`, or `C[x] h` with x the last letter.

Scores behind norms are `C h / κ h` plus the parts of `norms`, see `normed_readout.py`; κ h is the constant unit. A
`decoder`, see `decoder.py`, gives the scores of h / κ h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..groups.compared_by_fields import ComparedByFields
from .decoder import Decoder
from .errors import ModelError
from .normed_readout import NormedReadout

Floats = NDArray[Any]  # of float64


@dataclass(frozen=True, eq=False)
class LinearWeights(ComparedByFields):
    """What `certify`, `compare`, `snap` and the like are about, read off a module once.

    Attributes:
        A: transitions, (letters, hidden, hidden).
        start: h_0, (hidden,), before it is normalised.
        readout: C, (scores, hidden), or one for each last letter, (letters, scores, hidden).
        normalize: whether the code divides states by their norm; as a weighted automaton that changes nothing.
        first: the state that the code begins with, (hidden,): `start`, or what its own normalisation makes of it.
        changes: what was changed on the way from the module's own numbers, in words; claims repeat it. A constant
            unit for affine terms, real units for complex ones, another precision.
        norms: parts of the scores behind norms, without `add`. With these the readout is 0 beside the constant unit:
            it holds the bias.
        constant: the unit that is 1 after every word; None: there is none, and κ h is ‖h‖. For `norms` and `decoder`
            alone.
        decoder: layers from the state to the scores; then the readout is 0, and there are no norms.
        bias: d beside `norms` where there is no constant unit, (scores,) or (letters, scores).
        window: how many letters a step of the module reads; for more than one the state was kept once for each way in
            which the letters before may end, and no matrix belongs to one letter alone.
    """

    A: Floats
    start: Floats
    readout: Floats
    normalize: bool
    first: Floats
    changes: tuple[str, ...] = ()
    norms: tuple[NormedReadout, ...] = ()
    constant: int | None = None
    bias: Floats | None = None
    window: int = 1
    decoder: Decoder | None = None

    @property
    def letters(self) -> int:
        """Number of letters."""
        return len(self.A)

    @property
    def hidden(self) -> int:
        """Hidden size, with the units that were added."""
        return len(self.start)

    @property
    def scores(self) -> int:
        """Number of scores."""
        return self.readout.shape[-2]

    @property
    def by_last_letter(self) -> bool:
        """Whether there is a readout for each last letter."""
        each = self.readout.ndim == 3 or (self.bias is not None and self.bias.ndim == 2)
        each |= self.decoder is not None and self.decoder.by_last_letter
        return each or any(part.by_last_letter for part in self.norms)

    @property
    def is_linear(self) -> bool:
        """Whether scores are linear in the state: neither behind norms nor a decoder."""
        return not self.norms and self.decoder is None

    def require_one_readout(self, what: str) -> Floats:
        """C, (scores, hidden).

        Raises:
            ModelError: if there is a readout for each last letter, or it stands behind a norm.
        """
        if not self.is_linear:
            where = "stands behind a norm" if self.norms else "is a decoder"
            raise ModelError(f"the readout {where}; {what} needs scores that are linear in the state")
        if self.by_last_letter:
            raise ModelError(f"the readout depends on the last letter; {what} needs one readout for all of them")
        return self.readout


def with_constant_unit(A: Floats, start: Floats, readout: Floats, add: Floats, bias: Floats | None) -> list[Floats]:
    """The recurrence h ← A[x] h + b[x] with scores C h + d, on (h, 1) and without affine terms.

        [A[x] b[x]]   [h_0]
        [ 0    1  ] , [ 1 ] , [C d].

    Args:
        A: (letters, hidden, hidden).
        start: (hidden,).
        readout: (scores, hidden) or (letters, scores, hidden).
        add: b, (letters, hidden).
        bias: d, (scores,) or (letters, scores); None: 0.

    Returns:
        Transitions, start and readout with one more hidden unit; the readout is one for each last letter if C or d
        is.
    """
    letters, hidden = add.shape
    wide = np.zeros((letters, hidden + 1, hidden + 1))
    wide[:, :hidden, :hidden], wide[:, :hidden, hidden], wide[:, hidden, hidden] = A, add, 1
    d = np.zeros(readout.shape[-2]) if bias is None else bias
    if d.ndim > readout.ndim - 1:
        readout = np.repeat(readout[None], letters, axis=0)
    d = np.broadcast_to(d, readout.shape[:-1])
    return [wide, np.append(start, 1.0), np.concatenate([readout, d[..., None]], axis=-1)]
