"""What the families have in common whose matrices are made first and then used as those of the full family are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from ..recurrence.by_letter import BATCHING, recurrence
from .base import Transition

if TYPE_CHECKING:
    from ..kernels.recurrence import Factors, Kernels


class DenseTransition(Transition):
    """A family whose matrices are made first, (letters, hidden, hidden), and used as those of the full family are."""

    ways = BATCHING
    has_kernel = True

    def kernel(self) -> tuple[Kernels, Factors]:
        """See `Transition.kernel`."""
        from ..kernels.full import KERNELS

        return KERNELS, (self.dense(),)

    def states(self, h: Tensor, x: Tensor, added: Tensor | None, normalize: bool) -> tuple[Tensor, Tensor]:
        """See `Transition.states`."""
        return recurrence(self.dense(), h, x, added, normalize, self.batching)
