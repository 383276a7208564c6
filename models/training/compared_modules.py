"""Equality of values that hold a network: of one class and shape, with equal numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...groups.compared_by_fields import ComparedByFields, alike


def alike_modules(first: nn.Module, second: nn.Module) -> bool:
    """Whether two modules are of one class, print alike, and have the same parameters and buffers; NaN equals NaN.

    >>> layer = nn.Linear(2, 2)
    >>> alike_modules(layer, nn.Linear(2, 2)), alike_modules(layer, layer)
    (False, True)
    """
    ours, theirs = first.state_dict(), second.state_dict()
    if type(first) is not type(second) or repr(first) != repr(second) or ours.keys() != theirs.keys():
        return False
    return all(_alike_values(value, theirs[key]) for key, value in ours.items())


def _alike_values(first: Any, second: Any) -> bool:
    if not (isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor)):
        return alike(first, second)
    if first.dtype != second.dtype or first.shape != second.shape or first.device != second.device:
        return False
    return bool(((first == second) | ((first != first) & (second != second))).all())


class ComparedWithModules(ComparedByFields):
    """`ComparedByFields` of a class with networks among its fields."""

    def _alike(self, first: Any, second: Any) -> bool:
        if isinstance(first, nn.Module) and isinstance(second, nn.Module):
            return alike_modules(first, second)
        return super()._alike(first, second)

    def __hash__(self) -> int:
        return hash((type(self), *(v for v in self._compared() if isinstance(v, (int, float, str)) and v == v)))
