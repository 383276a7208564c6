"""Words with marks: a token before the word, a token at which the label is read, several tokens for a letter.

Each makes an automaton of an automaton. It accepts the words that follow the template, so that the word law "accepted"
draws them; the label of what does not follow it, or is not asked about, is None.
"""

from __future__ import annotations

from collections.abc import Hashable

from ..automata.automaton import Automaton
from ..errors import AutomatonError

SINK, BEFORE, MARK = "off the template", "before the mark", "mark"


def with_bos(A: Automaton, bos: int, label: Hashable) -> Automaton:
    """The task with a token before every word: bos x_1 … x_n, where `label` is the label at the token itself.

    The states are those of `A`, one before the token, one after it and a sink. Every word that begins with the token is
    accepted if `A` accepts the rest, which is every word where `A` has no accepting states.

    Raises:
        AutomatonError: if the token is a letter already.

    Example:
        >>> T = with_bos(Automaton.modular_addition(3), 4, 4)
        >>> [T.output([4, 1, 1][:n]) for n in range(4)], T.output([1, 4])
        ([None, 4, 1, 2], None)
    """
    _require_new(A, bos)
    letters = len(A.letters)
    rows = A.table.tolist()
    mark, sink = len(rows) + 1, len(rows) + 2
    table = [[*row, sink] for row in rows]
    table += [[sink] * letters + [mark], [*rows[A.start_index], sink], [sink] * (letters + 1)]
    outputs = [*_labels(A), None, label, None]
    ends = [*(A.states if A.accepting is None else A.accepting), MARK]
    return Automaton.trimmed((*A.states, BEFORE, MARK, SINK), (*A.letters, bos), table, BEFORE, ends, outputs)


def with_query(A: Automaton, query: int) -> Automaton:
    """The task with a token after every word, where its label is read: x_1 … x_n query.

    Where `A` has accepting states, the words before the token are those that it accepts. The result is minimal.

    Raises:
        AutomatonError: if the token is a letter already.

    Example:
        >>> T = with_query(Automaton.modular_addition(3), 3)
        >>> T.output([1, 1, 3]), T.output([1, 1]), T.output([1, 3, 1])
        (2, None, None)
    """
    _require_new(A, query)
    states, letters = len(A.states), len(A.letters)
    sink = states + len(A.labels)
    asked = [A.accepting is None or q in A.accepting for q in A.states]
    ends = [states + k if ask else sink for k, ask in zip(A.label_indices.tolist(), asked, strict=True)]
    table = [[*row, end] for row, end in zip(A.table.tolist(), ends, strict=True)]
    table += [[sink] * (letters + 1) for _ in range(len(A.labels) + 1)]
    answers = [(query, label) for label in A.labels]
    reached = [(query, label) for k, label in enumerate(A.labels) if states + k in ends]
    outputs = [*(None for _ in A.states), *A.labels, None]
    names = (*A.states, *answers, SINK)
    return Automaton.trimmed(names, (*A.letters, query), table, A.start, reached, outputs).minimize()


def with_fillers(A: Automaton, tokens: int, filler: int, before: Hashable) -> Automaton:
    """The task with several tokens for a letter: each letter is followed by tokens − 1 times the filler.

    The label stands at the last token of a letter. At the others it is the filler's own id, and `before` until the
    first letter is complete. Words of complete letters are accepted.

    Raises:
        AutomatonError: if the filler is a letter already, or for fewer than two tokens.

    Example:
        >>> T = with_fillers(Automaton.modular_addition(3), 2, 3, 0)
        >>> [T.output([1, 3, 1, 3][:n]) for n in range(1, 5)]
        [0, 1, 3, 2]
    """
    _require_new(A, filler)
    if tokens < 2:
        raise AutomatonError(f"tokens={tokens!r} for a letter; at least two are needed for a filler")
    labels = dict(zip(A.states, _labels(A), strict=True))
    names: list[Hashable] = [BEFORE, SINK]
    names += [(q, read, first) for first in (True, False) for q in A.states for read in range(1, tokens)]
    names += [(q, tokens) for q in A.states]
    place = {name: k for k, name in enumerate(names)}

    def after(name: Hashable, letter: Hashable) -> int:
        if name == SINK:
            return place[SINK]
        q, read, first = (A.start, tokens, True) if name == BEFORE else (*name, False)[:3]  # type: ignore[misc]
        if (read == tokens) == (letter == filler):
            return place[SINK]
        if letter != filler:
            return place[A.states[A.table[A.state_index(q), A.letter_index(letter)]], 1, first]
        return place[(q, tokens) if read + 1 == tokens else (q, read + 1, first)]

    letters = (*A.letters, filler)
    table = [[after(name, letter) for letter in letters] for name in names]
    outputs: list[Hashable] = [None, None]
    outputs += [before if name[2] else filler for name in names[2:] if len(name) == 3]  # type: ignore[arg-type, index]
    outputs += [labels[q] for q in A.states]
    complete = [(q, tokens) for q in A.states]
    return Automaton.trimmed(names, letters, table, BEFORE, complete, outputs)


def _labels(A: Automaton) -> tuple[Hashable, ...]:
    return A.states if A.outputs is None else A.outputs


def _require_new(A: Automaton, token: int) -> None:
    if token in A.letters:
        raise AutomatonError(f"the token {token!r} is a letter of the task already")
