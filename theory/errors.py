"""Errors of the theory layer."""

from ..groups.errors import BistateError


class WeightsError(BistateError):
    """Weights that are not well formed, or do not fit the automaton they are used with."""


class RungError(BistateError):
    """A transition family that cannot do the task, with the obstruction, or one that is not available."""


class AutomatonError(BistateError):
    """States, letters or tables that make no automaton, or a word it cannot read."""
