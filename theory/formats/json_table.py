"""Automata as JSON: our own form, which keeps labels of every kind, and automata-lib's dictionary of a DFA."""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from ...groups.errors import BistateError
from ..errors import AutomatonError
from ..files.json_file import read_json, shown
from ..files.json_labels import decode_label, encode_label
from ..files.json_record import FLAG, LIST, NOTHING, RECORD, TEXT, Kind, check_record, either, list_of, one_of, whole
from ..machine import Machine
from .described import MOST_BYTES, Described, Place, check_entries, completed

FORMAT = "bistate automaton"
VERSION = 1
ANY = Kind(lambda _: True, "a label")
FIELDS = {
    "format": one_of([FORMAT]),
    "version": whole(1),
    "states": LIST,
    "letters": LIST,
    "table": list_of(list_of(whole())),
    "start": ANY,
    "accepting": either(LIST, NOTHING),
    "outputs": either(LIST, NOTHING),
}
_NAME = either(TEXT, whole())
DFA_FIELDS = {
    "states": list_of(_NAME),
    "input_symbols": list_of(_NAME),
    "transitions": RECORD,
    "initial_state": _NAME,
    "final_states": list_of(_NAME),
    "allow_partial": FLAG,
}


def read_automaton_json(path: str | Path, complete: str | None = None) -> Described:
    """The automaton of a JSON file, in our form or as automata-lib's arguments of a `DFA`.

    In the latter, names are the keys of objects and so texts; a whole number in a list stands for its text, and becomes
    a number again if all of them are. A missing edge leads to a sink, as in automata-lib, unless `complete` is "stay".

    Raises:
        AutomatonError: for other JSON, naming the field that is wrong.
    """
    place = Place(path)
    value = read_json(path, MOST_BYTES, AutomatonError)
    if isinstance(value, dict) and "input_symbols" in value:
        return completed(_dfa(value, place), complete or "sink", place.name)
    if not isinstance(value, dict) or "format" not in value:
        place.refuse(
            f"an object with 'format' {FORMAT!r}, or automata-lib's with 'input_symbols', is needed; here is "
            f"{shown(value)}"
        )
    check_record(value, FIELDS, place.name, AutomatonError)
    if value["version"] != VERSION:
        place.refuse(f"version {value['version']} of {FORMAT!r} is not known; this library reads {VERSION}")
    check_entries(len(value["states"]), len(value["letters"]), place)
    states, letters, [start] = (
        _decoded(labels, place) for labels in (value["states"], value["letters"], [value["start"]])
    )
    accepting, outputs = (
        None if labels is None else _decoded(labels, place) for labels in (value["accepting"], value["outputs"])
    )
    if any(len(row) != len(letters) for row in value["table"]) or len(value["table"]) != len(states):
        place.refuse(f"'table' has to have {len(states)} rows of {len(letters)} positions of states")
    known = set(states)
    for q in accepting or ():
        if q not in known:
            place.refuse(f"'accepting' holds {q!r}, which is none of 'states'")
    return Described(states, letters, value["table"], start, accepting, outputs)


def _decoded(labels: list[Any], place: Place) -> list[Hashable]:
    try:
        return [decode_label(label, AutomatonError) for label in labels]
    except BistateError as error:  # a permutation may be none
        place.refuse(str(error))


def _dfa(value: dict[str, Any], place: Place) -> Described:
    check_record(value, DFA_FIELDS, place.name, AutomatonError, may_lack=("allow_partial",))
    check_entries(len(value["states"]), len(value["input_symbols"]), place)
    states = _by_text(value["states"], "states", place)
    letters = _by_text(value["input_symbols"], "input_symbols", place)
    position = {text: k for k, text in enumerate(states)}
    column = {text: k for k, text in enumerate(letters)}
    table: list[list[int | None]] = [[None] * len(letters) for _ in states]
    for here, row in value["transitions"].items():
        if here not in position:
            place.refuse(f"'transitions' has {shown(here)}, which is none of 'states'")
        if not isinstance(row, dict):
            place.refuse(f"'transitions' of {here!r} has to be an object, got {shown(row)}")
        for letter, there in row.items():
            if letter not in column or not isinstance(there, str | int) or str(there) not in position:
                place.refuse(
                    f"'transitions' of {here!r}: {shown(letter)} leads to {shown(there)}, and both have to be "
                    "listed, in 'input_symbols' and 'states'"
                )
            table[position[here]][column[letter]] = position[str(there)]
    for name in [value["initial_state"], *value["final_states"]]:
        if str(name) not in position:
            place.refuse(f"{shown(name)} is none of 'states'")
    return Described(
        list(states.values()),
        list(letters.values()),
        table,
        states[str(value["initial_state"])],
        [states[str(name)] for name in value["final_states"]],
    )


def _by_text(names: list[str | int], what: str, place: Place) -> dict[str, Hashable]:
    """From the text of each name to the name as it is listed."""
    if not names:
        place.refuse(f"{what!r} is empty")
    found: dict[str, Hashable] = {str(name): name for name in names}
    if len(found) < len(names):
        place.refuse(f"{what!r} has a name twice")
    return found


def to_json(automaton: Machine) -> str:
    """The automaton in our form, which keeps labels as they are.

    Raises:
        AutomatonError: for a label that is no text, int, bool, permutation or tuple of these.
    """

    def encoded(labels: Any) -> list[Any] | None:
        return None if labels is None else [encode_label(label, AutomatonError) for label in labels]

    accepting = automaton.accepting
    value = {
        "format": FORMAT,
        "version": VERSION,
        "states": encoded(automaton.states),
        "letters": encoded(automaton.letters),
        "table": automaton.table.tolist(),
        "start": encode_label(automaton.start, AutomatonError),
        "accepting": None if accepting is None else encoded([q for q in automaton.states if q in accepting]),
        "outputs": encoded(automaton.outputs),
    }
    return json.dumps(value, ensure_ascii=False) + "\n"
