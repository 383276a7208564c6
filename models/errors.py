"""Named errors of the models layer; each message repeats the caller's value and says what is accepted."""

from __future__ import annotations

import torch

from ..groups.errors import BistateError


class ModelError(BistateError):
    """A model that cannot be built, or weights it cannot hold."""


class InputError(ModelError):
    """Letters a model cannot read: wrong type, wrong shape, or outside its alphabet."""


class TaskError(BistateError):
    """A task that is not one: an empty length law, a negative length, an unknown device."""


class TrainingError(BistateError):
    """A training run that cannot start, resume or go on."""


class CheckpointError(TrainingError):
    """A checkpoint or saved model that is missing, truncated, or belongs to another run."""


def checked_device(device: torch.device | str) -> torch.device:
    """The device, if torch has it.

    Raises:
        ModelError: for a text that names no device, or a device that is not there.
    """
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"device {str(device)!r} cannot be used: {reason}; device='cpu' is always there") from error
    return found
