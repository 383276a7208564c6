"""Exact stacks for tasks whose letters permute the states: one layer for each factor of a series of subgroups."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ...groups.errors import TooLargeError
from ...groups.group import PermutationGroup
from ...groups.permutations.permutation import Permutation
from ..automata.acting_elements import acting_letters, acting_states
from ..automata.acting_group import generated_group
from ..automata.automaton import Automaton
from ..errors import RungError
from ..files.json_file import shown
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .coordinates import Section, elements_in_order, letter_cosets, sections_of
from .series import series_of
from .stack_parts import letters_of
from .stacked_weights import StackedWeights

LAYERS = (Rung.ROTATION, Rung.DIAGONAL, Rung.BLOCK)
MOST_LETTERS = 500_000  # of a layer
Layer = Callable[[Automaton, Rung], BilinearWeights]


def realize_stack(automaton: Automaton, layers: str, block_size: int | None, layer_of: Layer) -> StackedWeights:
    """A proved stack that tracks the automaton with the fewest layers of a family known here.

    Layer i tracks G_{i−1}/G_i for the series of `bistate.theory.stacks.series`, in the coordinates of
    `bistate.theory.stacks.coordinates`. Rotations take as many layers as the derived length of the group, and real
    diagonal layers as many as squaring takes to reach 1; no stack has fewer (docs/depth.md). Blocks of any size take
    one layer. States that several elements lead to are decoded together.

    Args:
        automaton: the task; its letters permute the states. With outputs, the label is predicted.
        layers: "rotation", "diagonal" or "block".
        block_size: for "block", the largest block allowed.
        layer_of: exact weights of one layer.

    Raises:
        RungError: for letters that merge states, a group that such layers cannot track, or another family.
        TooLargeError: for a group too large to list, or a layer with too many letters.
    """
    if layers not in LAYERS:
        raise RungError(f"layers={shown(layers)} are not known; stacks have layers of {', '.join(LAYERS)}")
    if automaton.outputs is not None:
        machine = automaton.minimize()
        outputs = dict(zip(machine.states, machine.outputs or (), strict=True))
        stack = _stack(machine.with_outputs(None), Rung(layers), block_size, layer_of)
        labelled = tuple(outputs[q] for q in stack.decoder)
        stack = StackedWeights(stack.letters, automaton.labels, stack.layers, labelled, stack.note)
    else:
        stack = _stack(automaton, Rung(layers), block_size, layer_of)
    verdict = stack.prove(automaton)
    assert verdict.proved, f"a construction failed its own proof: {verdict.reason}"
    return stack


def _stack(automaton: Automaton, layers: Rung, block_size: int | None, layer_of: Layer) -> StackedWeights:
    merged = automaton.merged_states()
    if merged is not None:
        letter, p, q = merged
        raise RungError(
            f"rung 'stack' is built for letters that permute the states, and letter {letter!r} takes {p!r} and {q!r} "
            "to one"
        )
    group, letters, state_of = acting(automaton)
    series = series_of(group, layers, block_size)
    if len(letters) * group.order > MOST_LETTERS:
        raise TooLargeError(
            f"{len(letters)} letters and {group.order} elements are too many for a stack: the letters of a layer are "
            f"pairs, and at most {MOST_LETTERS} are listed"
        )
    sections = sections_of(series)
    cosets = [letter_cosets(sections, x) for x in letters]
    built: list[BilinearWeights] = []
    for i, section in enumerate(sections):
        read = [coset for of_letter in cosets for coset in of_letter[i]]
        built.append(_layer(section, read, tuple(letters_of(automaton.letters, built)), layers, layer_of))
    orders = " > ".join(str(term.order) for term in series)
    return StackedWeights(
        automaton.letters,
        automaton.states,
        tuple(built),
        tuple(state_of(g) for g in elements_in_order(sections)),
        f"subgroups of orders {orders}",
    )


def acting(
    automaton: Automaton,
) -> tuple[PermutationGroup, tuple[Permutation, ...], Callable[[Permutation], Hashable]]:
    """A group that acts faithfully on the states, the element of each letter, and the state that an element leads to.

    Raises:
        AutomatonError: if a letter merges states.
        TooLargeError: if the group is too large to list.
    """
    task = automaton.group_task
    if task is not None and task.track == "element":
        places = {g: automaton.states[q] for q, g in enumerate(acting_states(task))}
        return generated_group(task), acting_letters(task), lambda g: places[g]
    letters = tuple(Permutation(column) for column in automaton.table.T.tolist())
    group = PermutationGroup(letters, degree=len(automaton.states))
    return group, letters, lambda g: automaton.states[g[automaton.start_index]]


def _layer(
    section: Section, read: list[int], letters: tuple[Hashable, ...], layers: Rung, layer_of: Layer
) -> BilinearWeights:
    """The layer that tracks the cosets of a section, where each letter multiplies by the coset in `read`."""
    used = sorted(set(read))
    count = len(section.representatives)
    table = [[section.moved(section.representatives[x], c) for x in used] for c in range(count)]
    weights = layer_of(Automaton(range(count), used, table, 0), layers)
    transitions = dict(zip(weights.letters, weights.transitions, strict=True))
    return BilinearWeights(
        letters=letters,
        states=weights.states,
        transitions=tuple(transitions[x] for x in read),
        initial=weights.initial,
        readout=weights.readout,
        blocks=weights.blocks,
        rung=weights.rung,
        note=weights.note,
        form=weights.form,
    )
