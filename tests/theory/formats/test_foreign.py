"""Files as other tools write them."""

import json
from pathlib import Path

import numpy as np
import pytest
from automata.fa.dfa import DFA
from bistate.theory import Automaton, AutomatonError
from helpers.foreign_files import AALPY_DFA, AALPY_MOORE, BY_HAND, CADP, LEARNLIB, LEARNLIB_MOORE, LTL2, SPOT


def read(text: str, name: str, folder: Path, **options: str) -> Automaton:
    path = folder / name
    path.write_text(text)
    return Automaton.from_file(path, **options)


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("a.dot", AALPY_DFA, Automaton(["s0", "s1"], "ab", [[1, 0], [0, 1]], "s0", ["s1"])),
        (
            "b.dot",
            AALPY_MOORE,
            Automaton(["s0", "s1", "s2"], ["up"], [[1], [2], [2]], "s0", outputs=["low", "high", "high"]),
        ),
        ("c.dot", LEARNLIB, Automaton([0, 1], "ab", [[1, 0], [0, 1]], 0, [0])),
        ("d.gv", LEARNLIB_MOORE, Automaton([0, 1], "ab", [[1, 0], [0, 1]], 0, outputs=["x", "y"])),
        ("e.dot", BY_HAND, Automaton("AB", [0, 1], [[1, 0], [0, 1]], "A", ["B"])),
        ("f.hoa", SPOT, Automaton([0, 1], ["!a", "a"], [[1, 0], [1, 0]], 1, [0])),
        ("g.hoa", LTL2, Automaton("AB", ["!p&!q", "p&!q", "!p&q", "p&q"], [[0, 0, 0, 1], [1, 1, 1, 1]], "A")),
        ("h.aut", CADP, Automaton([0, 1], ["GET !1", "PUT"], [[1, 0], [1, 0]], 0)),
        ("i.csv", "state,a,b\nx,y,x\ny,x,y\n", Automaton("xy", "ab", [[1, 0], [0, 1]], "x")),
        ("j.csv", "state,a,start,accepting\r\nx,y,,yes\r\ny,x,X,no\r\n", Automaton("xy", "a", [[1], [0]], "y", ["x"])),
    ],
)
def test_what_other_tools_write(name: str, text: str, right: Automaton, tmp_path: Path) -> None:
    assert read(text, name, tmp_path) == right


def test_the_dictionary_of_automata_lib(tmp_path: Path) -> None:
    data = {
        "states": [0, 1, 2],
        "input_symbols": ["a", "b"],
        "transitions": {"0": {"a": 1}, "1": {"a": 0, "b": 1}, "2": {"a": 2}},
        "initial_state": 0,
        "final_states": [1],
        "allow_partial": True,
    }
    dfa = DFA(
        states={"0", "1", "2"},
        input_symbols={"a", "b"},
        transitions=data["transitions"] | {"1": {"a": "0", "b": "1"}, "0": {"a": "1"}, "2": {"a": "2"}},
        initial_state="0",
        final_states={"1"},
        allow_partial=True,
    )
    found = read(json.dumps(data), "a.json", tmp_path)
    assert found.states == (0, 1, "sink")
    assert found.equivalent(Automaton.from_dfa(dfa, trim=True)) is None
    stays = read(json.dumps(data), "a.json", tmp_path, complete="stay")
    assert stays.states == (0, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.dot", AALPY_DFA.replace('s1 -> s1  [label="b"];\n', "")),
        ("a.csv", "state,a,b,start,accepting\ns0,s1,s0,1,0\ns1,s0,,0,1\n"),
        ("a.hoa", SPOT.replace("[0] 0\n[!0] 1\nState", "[0] 0\nState")),
        ("a.aut", CADP.replace('(1, "GET !1", 1)\n', "").replace("4", "3")),
    ],
)
def test_missing_edges_are_completed_on_request(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(AutomatonError, match=r"has no edge for the letter .*complete='sink' adds .*complete='stay'"):
        read(text, name, tmp_path)
    sink, stay = (read(text, name, tmp_path, complete=how) for how in ("sink", "stay"))
    assert len(sink.states) == len(stay.states) + 1 == 3
    ((q, k),) = np.argwhere(sink.table[:2] == 2).tolist()
    assert stay.table[q, k] == q
    assert (sink.table[2] == 2).all()
    assert "sink" not in (sink.accepting or ())
    with pytest.raises(AutomatonError, match="complete='yes' is not known"):
        read(text, name, tmp_path, complete="yes")


def test_a_sink_has_no_output(tmp_path: Path) -> None:
    text = AALPY_MOORE.replace("s2 -> s2  [label=up];\n", "")
    with pytest.raises(AutomatonError, match="a sink would need an output"):
        read(text, "a.dot", tmp_path, complete="sink")
    assert read(text, "a.dot", tmp_path, complete="stay").table.tolist() == [[1], [2], [2]]


def test_states_that_no_word_reaches_are_left_out(tmp_path: Path) -> None:
    assert read("state,a\nx,x\ny,x\n", "a.csv", tmp_path).states == ("x",)


def test_numbers_are_numbers_only_where_all_are(tmp_path: Path) -> None:
    assert read("state,0,1\n0,01,0\n01,0,0\n", "a.csv", tmp_path).states == ("0", "01")
    assert read("state,0,1\n0,1,0\n1,0,0\n", "a.csv", tmp_path).letters == (0, 1)
