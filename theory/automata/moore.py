"""Labels of states: a Moore machine gives one after every word, and several states may share it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import AutomatonError
from ..machine import Machine
from .parts import Parts
from .transition_table import is_hashable, shown


def checked_outputs(
    outputs: Mapping[Hashable, Hashable] | Iterable[Hashable], states: Sequence[Hashable]
) -> tuple[Hashable, ...]:
    """A label for each state, in the order of the states.

    Args:
        outputs: the labels in this order, or a mapping from states to labels.
        states: the states.

    Raises:
        AutomatonError: for a state without a label, a label of no state, or a label that cannot be hashed.
    """
    if isinstance(outputs, Mapping):
        missing = [q for q in states if q not in outputs]
        unknown = [q for q in outputs if q not in set(states)]
        if missing or unknown:
            what = (
                f"no label for {shown(tuple(missing))}" if missing else f"{shown(tuple(unknown))}, which are no states"
            )
            raise AutomatonError(
                f"outputs has {what}; it needs one label for each of the states {shown(tuple(states))}"
            )
        found = tuple(outputs[q] for q in states)
    elif isinstance(outputs, str | bytes) or not isinstance(outputs, Iterable):
        raise AutomatonError(f"outputs={outputs!r} has to be a label for each state: a sequence or a mapping")
    else:
        found = tuple(outputs)
    if len(found) != len(states):
        raise AutomatonError(f"outputs has {len(found)} labels for {len(states)} states; it needs one for each")
    for label in found:
        if not is_hashable(label):
            raise AutomatonError(f"the output {label!r} is no label, as it cannot be hashed; a tuple or text would do")
    return found


def label_positions(labels: Sequence[Hashable]) -> NDArray[np.int64]:
    """The position of each label among the different ones, in the order in which these appear."""
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(label, len(places)) for label in labels], dtype=np.int64)


def futures(automaton: Machine) -> NDArray[np.int64]:
    """States with the same labels after all words have the same number: (states,), by Moore's refinement of partitions.

    Accepting states count as part of the label, so that a quotient has them.
    """
    accepting = automaton.accepting
    labels = automaton.states if automaton.outputs is None else automaton.outputs
    parts = label_positions(
        [(y, accepting is not None and q in accepting) for q, y in zip(automaton.states, labels, strict=True)]
    )
    while True:
        signatures = np.concatenate([parts[:, None], parts[automaton.table]], axis=1)  # (states, 1 + letters)
        _, first, finer = np.unique(signatures, axis=0, return_index=True, return_inverse=True)
        if len(first) == len(np.unique(parts)):
            return label_positions(parts.tolist())
        parts = finer.ravel().astype(np.int64)


def minimize(automaton: Machine) -> Parts | None:
    """The minimal Moore machine, each of its states named after the first state it stands for.

    States are merged when every word leads from both to one label, the empty word included. All states being
    reachable, the result is the least machine with these labels.

    Returns:
        None where no two states can be merged.
    """
    parts = futures(automaton)
    if len(set(parts.tolist())) == len(parts):
        return None
    first: dict[int, int] = {}
    for q, part in enumerate(parts.tolist()):
        first.setdefault(part, q)
    kept = list(first.values())  # in the order of the parts: `futures` numbers them as they appear
    accepting = automaton.accepting
    return Parts(
        states=[automaton.states[q] for q in kept],
        letters=automaton.letters,
        table=parts[automaton.table[kept]],
        start=automaton.states[kept[int(parts[list(automaton.states).index(automaton.start)])]],
        accepting=None
        if accepting is None
        else [automaton.states[q] for q in kept if automaton.states[q] in accepting],
        outputs=None if automaton.outputs is None else [automaton.outputs[q] for q in kept],
    )
