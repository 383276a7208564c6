"""Named errors of the models layer; each message repeats the caller's value and says what is accepted."""

from __future__ import annotations

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
