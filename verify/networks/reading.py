"""The arguments `shortest`, `prefix` and `outputs` of `certify`, `refute` and the like, checked in one place."""

from __future__ import annotations

from typing import Any

from ...models.errors import ModelError
from ...models.reading import Reading, reading
from ...theory.automata.automaton import Automaton
from ..errors import MismatchError


def reading_of(
    model_letters: int | None,
    model_scores: int | None,
    automaton: Automaton,
    shortest: Any = 1,
    prefix: Any = (),
    outputs: Any = None,
) -> Reading:
    """`bistate.models.reading.reading` for this layer, whose error is another.

    Args:
        model_letters: number of letters of the network, None where it is not known.
        model_scores: number of its scores, None where it is not known.
        automaton: the task; letter i of it is letter i of the network, which may have further ones.
        shortest: length, without the prefix, of the shortest words that are asked about.
        prefix: letters of the network that stand before every word.
        outputs: different score indices, one for each state; None: score q for state q. Further scores are rivals.

    Raises:
        MismatchError: for another value, or a network with fewer letters or scores than the task needs.

    >>> from bistate.theory import Automaton
    >>> reading_of(2, 2, Automaton.parity(), shortest=-1)
    Traceback (most recent call last):
        ...
    bistate.verify.errors.MismatchError: shortest=-1 has to be an integer of at least 0; 0 asks about the empty word
    """
    try:
        return reading(model_letters, model_scores, automaton, shortest, prefix, outputs)
    except ModelError as error:
        raise MismatchError(str(error)) from None
