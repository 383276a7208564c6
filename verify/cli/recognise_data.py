"""`bistate recognise train.csv`, and `bistate recognise a.csv b.csv`: what tables of words are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...models.tasks.word_files import read_words
from ..comparison.same_up_to_names import renaming
from ..comparison.word_recognition import WordRecognition, recognise_words
from ..errors import MismatchError
from ..terminal.endings import NO, complain
from ..terminal.output import show, show_json, working

ROWS = 20  # of a table that are shown


def recognise_data(files: list[Path], most_states: int, as_json: bool) -> int:
    """Recognise one table, or two and whether they are doubles; the exit code."""
    found: list[WordRecognition] = []
    for file in files:
        words, labels = read_words(file)
        try:
            with working(f"looking at {len(words)} words"):
                found.append(recognise_words(words, labels, most_states=most_states))
        except MismatchError as error:
            complain(f"{file}: {error}")
            if as_json:
                show_json({"file": str(file), "explained": False, "reason": str(error)})
            return NO
    same = renaming(*(one.automaton for one in found)) if len(found) == 2 else None
    if as_json:
        facts: list[dict[str, Any]] = [
            {"file": str(file), "explained": True} | one.to_json() for file, one in zip(files, found, strict=True)
        ]
        letters = None if same is None else [[str(x), str(y)] for x, y in same.items()]
        show_json(facts[0] if len(found) == 1 else {"files": facts, "doubles": same is not None, "letters": letters})
    else:
        for file, one in zip(files, found, strict=True):
            _show(file, one)
        if len(found) == 2:
            pairs = [] if same is None else [f"{x}→{y}" for x, y in list(same.items())[:ROWS]]
            show(f"doubles   {'no: the tables differ, whatever names are given' if same is None else 'yes: one table'}")
            if pairs:
                show(f"letters   {' '.join(pairs)}{' …' if len(same or ()) > ROWS else ''}")
    return NO if len(found) == 2 and same is None else 0


def _show(file: Path, found: WordRecognition) -> None:
    A = found.automaton
    merged = A.merged_states()
    show(f"table     {file}: {found.words} words, {len(A.letters)} letters, {len(A.labels)} labels")
    states = "which are the labels" if found.labels_are_states else "some of which share labels"
    if found.group is not None:
        solvable = "solvable" if found.solvable else "not solvable"
        show(f"group     {found.group}, of order {found.order}, {solvable}: on {len(A.states)} states, {states}")
        show(f"side      {found.side or 'not known'}: {found.side_by}")
    elif merged is not None:
        show(f"group     none: letter {merged[0]} takes the states {merged[1]} and {merged[2]} to one")
        show(f"states    {len(A.states)}, {states}")
    else:
        show(f"group     too large to be listed, on {len(A.states)} states, {states}")
    show(f"wrong     {found.noise:.2%} of all labels; right on {found.agreement:.2%} where it was not learned from")
    if found.unseen:
        some = ", ".join(f"({q}, {x})" for q, x in found.unseen[:5])
        show(f"unseen    {len(found.unseen)} steps that no word shows: {some}{', …' if len(found.unseen) > 5 else ''}")
    show(f"start     {A.start}")
    show(f"steps     a row for each state, a column for each letter: {' '.join(map(str, A.letters[:ROWS]))}")
    for q, row in list(zip(A.states, A.table.tolist(), strict=True))[:ROWS]:
        label = "" if A.outputs is None else f"  label {A.outputs[A.state_index(q)]}"
        there = " ".join(f"{A.states[k]!s:>3}" for k in row[:ROWS])
        show(f"{q!s:>8}  {there}{' …' if len(row) > ROWS else ''}{label}")
    if len(A.states) > ROWS:
        show("          …")
