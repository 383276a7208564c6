"""How large the automata of a regular expression become: a bound before they are built.

`a{1000}` nested four times has 10¹² states in 30 characters, and `(a|b)*a(a|b){30}` a minimal automaton of 2³¹. A name
of a task may come from a file, so the first is refused here, and the second while it grows (`recogniser.py`).
"""

from __future__ import annotations

from ..errors import AutomatonError
from .parser import shortened
from .syntax import Choice, Letter, Node, Repeat

MOST_ENTRIES = 10**6  # states times letters of the nondeterministic automaton: a few seconds


def check_size(tree: Node, letters: int, pattern: str) -> None:
    """Refuse a pattern whose nondeterministic automaton may have more than `MOST_ENTRIES` states times letters.

    Args:
        tree: of the pattern.
        letters: how many letters the alphabet has.
        pattern: for the message.

    Raises:
        AutomatonError: with the pattern.
    """
    states = states_at_most(tree) + 1
    if states * letters > MOST_ENTRIES:
        raise AutomatonError(
            f"the regular expression {shortened(pattern)} is too large: up to {min(states, 10**18)} states for "
            f"{letters} letters before it is made small; at most {MOST_ENTRIES} states times letters are accepted"
        )


def states_at_most(tree: Node) -> int:
    """An upper bound on the states that `recogniser.steps_of` makes besides the start, and on the work.

    Example:
        >>> from bistate.theory.regular.parser import parse
        >>> states_at_most(parse("ab")), states_at_most(parse("(a{100}){100}"))
        (4, 20000)
    """
    if isinstance(tree, Letter):
        return 2  # its end, and a start of its own in a choice
    if isinstance(tree, Repeat):
        copy = states_at_most(tree.part)
        if tree.most is None:
            return (tree.least + 1) * copy + 2
        return max(tree.most * copy + (tree.most > tree.least), 1)
    # an empty sequence counts, too: a million copies of it take their time
    return max(sum(map(states_at_most, tree.parts)), 1) + isinstance(tree, Choice)
