"""Files that are no automata: one line with the place, and exit code 2."""

import io
import json
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from bistate.theory import Automaton, AutomatonError
from bistate.verify.cli import main
from helpers.foreign_files import AALPY_DFA, SPOT

GOOD = {"format": "bistate automaton", "version": 1, "states": [0], "letters": ["a"], "table": [[0]], "start": 0}
GOOD |= {"accepting": None, "outputs": None}
DFA = {
    "states": ["x"],
    "input_symbols": ["a"],
    "transitions": {"x": {"a": "x"}},
    "initial_state": "x",
    "final_states": [],
}


def dot(old: str, new: str) -> str:
    assert old in AALPY_DFA
    return AALPY_DFA.replace(old, new)


def hoa(old: str, new: str) -> str:
    assert old in SPOT
    return SPOT.replace(old, new, 1)


BAD = [
    ("a.dot", "graph { a -- b }", "line 1: a DOT file of an automaton begins with 'digraph'"),
    ("a.dot", "digraph { a -- b }", "line 1: '--' has no direction"),
    (
        "a.dot",
        dot('s0 -> s1  [label="a"]', 's0 -> s1  [label="a"'),
        "line 5: an attribute or '\\]' is needed, and here is '->'",
    ),
    (
        "a.dot",
        dot('s1 -> s1  [label="b"];', 's1 -> s1  [label="b"];\ns0 -> s0'),
        "line 8: the edge from 's0' to 's0' has no letter",
    ),
    ("a.dot", dot('__start0 -> s0  [label=""];', ""), "no edge points to the start"),
    ("a.dot", dot("}", "__start0 -> s1 }"), "line 10: a second edge points to a start, 's1'"),
    (
        "a.dot",
        dot('s1 -> s1  [label="b"]', 's1 -> s1  [label="a"]'),
        "line 7: the letter 'a' leads from state 's1' to 's1' and to 's0' .line 6.",
    ),
    ("a.dot", dot('label="a"', 'label="a/x"').replace('label="b"', 'label="b/y"'), "a Mealy machine"),
    ("a.dot", dot("s0 [", "subgraph c { s0 ["), "line 2: subgraphs are not read"),
    ("a.dot", dot("s1  [", "s1:n  ["), "line 4: ports"),
    ("a.dot", dot('label="s0"', "label=<b>"), "line 2: '<b>.*HTML labels are not read"),
    ("a.dot", dot('label="s0"', 'label="s1"'), "two states are labelled 's1'"),
    ("a.dot", "digraph { }", "the graph has no states"),
    ("a.dot", "digraph { a; b [shape=none]; b -> a }", "no edge has a letter"),
    ("a.dot", AALPY_DFA + AALPY_DFA, "line 11: 'digraph' after the end of the graph"),
    ("a.hoa", "HOA: v2", "line 1: a HOA file begins with 'HOA: v1'"),
    ("a.hoa", hoa("Start: 1\n", ""), "there is no header 'Start:'"),
    ("a.hoa", hoa("Start: 1", "Start: 1 Start: 0"), "line 4: a second start"),
    ("a.hoa", hoa("Start: 1", "Start: 0&1"), "line 4: several starts"),
    ("a.hoa", hoa("Start: 1", "Start: 2"), "no paragraph for the state 2"),
    ("a.hoa", hoa("1 Inf(0)", "1 Fin(0)"), "line 7: the acceptance '1 Fin . 0 .' is not read"),
    ("a.hoa", hoa("[!0] 1", "[!0] 1 {0}"), "line 13: acceptance on edges"),
    ("a.hoa", hoa("[!0] 1", "[!0] 0&1"), "line 13: .* alternating"),
    ("a.hoa", hoa("[!0] 1", "1"), "line 13: an edge without a label"),
    ("a.hoa", hoa("[!0] 1", "[!1] 1"), "line 13: a proposition 1 is none of 0, …, 0"),
    ("a.hoa", hoa("[!0] 1", "[t] 1"), "line 13: .*overlap|line 13: the letter 'a' leads from state 0 to 1 and to 0"),
    ("a.hoa", hoa("[!0] 1", "[@x] 1"), "line 13: '@x' is no alias"),
    ("a.hoa", hoa("[!0] 1", "[!0] 5"), "line 13: the state that an edge leads to 5 is none of 0, …, 1"),
    ("a.hoa", hoa("State: 0", "State: [0] 0"), "line 11: a label on a state"),
    ("a.hoa", hoa("State: 0", "State: 1"), "line 14: a second paragraph for state 1"),
    ("a.hoa", hoa("--END--", ""), "'--END--' is needed, and here is the end of the file"),
    ("a.hoa", hoa("--END--", "--ABORT--"), "line 17: the file was aborted"),
    ("a.hoa", hoa('AP: 1 "a"', "AP: 0"), "line 12: a proposition 0 is not there: there are none"),
    ("a.hoa", hoa('AP: 1 "a"', "AP: 17" + ' "p"' * 17), "17 atomic propositions; from 1 to 16"),
    ("a.hoa", hoa('AP: 1 "a"', 'AP: 2 "a"'), "line 6: the name of a proposition is needed"),
    ("a.hoa", hoa("[!0] 1", f"[{'(' * 300}0"), "line 13: more than 100 parentheses"),
    ("a.hoa", hoa("acc-name: Buchi", "Weird: 3"), "line 6: the header 'Weird:' may change"),
    ("a.aut", "des (0, 1)", "line 1: the first line is"),
    ("a.aut", "des (0, 1, 1)\n(0, a, 1)", "line 2: the state 1 is none of 0, …, 0"),
    ("a.aut", "des (0, 2, 1)\n(0, a, 0)", "line 1: the first line counts 2 edges, and there are 1"),
    (
        "a.aut",
        "des (0, 2, 2)\n(0, a, 0)\n(0, a, 1)",
        "line 3: the letter 'a' leads from state 0 to 1 and to 0 .line 2.",
    ),
    ("a.aut", "des (0, 1, 1)\n0 a 0", "line 2: an edge is '.state, letter, state.', and here is '0 a 0'"),
    ("a.aut", "des (1, 1, 1)\n(0, a, 0)", "line 1: the start 1 is none"),
    ("a.aut", "des (0, 0, 1)", "there are no edges"),
    ("a.aut", "des (0, 1, 999999999)\n(0, a, 0)", "999999999 states times 1 letters are too many"),
    ("a.aut", "des (0, 1, 1)\n(0, " + "a" * 5000, "line 2: a line of 5004 characters"),
    ("a.json", "[1, 2", "not complete JSON"),
    ("a.json", "[1, 2]", "is needed; here is"),
    ("a.json", json.dumps(GOOD | {"version": 2}), "version 2 .* is not known"),
    ("a.json", json.dumps(GOOD | {"table": [[1]]}), "leads to state position 1"),
    ("a.json", json.dumps(GOOD | {"table": [[0, 0]]}), "'table' has to have 1 rows of 1"),
    ("a.json", json.dumps(GOOD | {"states": [{"x": 1}]}), "is no label"),
    ("a.json", json.dumps(GOOD | {"start": 5}), "5 is not a state"),
    ("a.json", json.dumps(GOOD | {"accepting": [5]}), "'accepting' holds 5"),
    ("a.json", json.dumps(GOOD | {"outputs": []}), "outputs has 0 labels for 1 states"),
    ("a.json", json.dumps(GOOD | {"more": 1}), "'more' is not known"),
    ("a.json", json.dumps(DFA | {"initial_state": "z"}), "'z' is none of 'states'"),
    ("a.json", json.dumps(DFA | {"transitions": {"x": {"a": "z"}}}), "'transitions' of 'x': 'a' leads to 'z'"),
    ("a.json", json.dumps(DFA | {"transitions": {"z": {}}}), "'transitions' has 'z'"),
    ("a.json", json.dumps(DFA | {"transitions": {"x": 3}}), "has to be an object, got 3"),
    ("a.json", json.dumps(DFA | {"states": ["x", "x"]}), "'states' has a name twice"),
    ("a.csv", "", "a first line of columns"),
    ("a.csv", "a,b\n1,2\n", "line 1: the first line is 'state'"),
    ("a.csv", "state,start,a\nx,1,x\n", "line 1: the first line is 'state'"),
    ("a.csv", "state,a\nx\n", "line 2: 1 values, and the first line has 2"),
    ("a.csv", "state,a,a\nx,x,x\n", "line 1: a column stands twice"),
    ("a.csv", "state,a\nx,x\nx,x\n", "line 3: a second row for the state 'x'"),
    ("a.csv", "state,a\nx,y\n", "line 2: 'a' leads from 'x' to 'y', which has no row"),
    ("a.csv", "state,a,start\nx,x,maybe\n", "line 2: 'start' is 1 or 0, and here is 'maybe'"),
    ("a.csv", "state,a,start\nx,x,0\n", "0 states are marked as the start"),
    ("a.csv", 'state,a\n"x,x\n', "line 2: no comma-separated values"),
    ("a.txt", "", r"ends with '\.txt'; automata are in files \.dot"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD, ids=range(len(BAD)))
def test_one_line_says_what_is_wrong_and_where(
    name: str, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text, newline="")
    with pytest.raises(AutomatonError, match=said) as error:
        Automaton.from_file(tmp_path / name)
    assert name in str(error.value)
    assert main(["classify", f"file:{tmp_path / name}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bistate: ")
    assert name in line


def arrays(**changes: object) -> bytes:
    file = io.BytesIO()
    found = {"table": np.zeros((1, 1), dtype=int)} | changes
    np.savez(file, **{name: value for name, value in found.items() if value is not None})
    return file.getvalue()


def archive(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr(name, data)
    return file.getvalue()


def header(shape: str, kind: str = "<i8") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK", "as arrays of numpy"),
        (arrays(table=None, start=0), "there is no array 'table'"),
        (arrays(more=1), "the array 'more' is not known"),
        (arrays(table=np.zeros((1, 1))), "2 dimensions of integers are needed"),
        (arrays(table=np.zeros(1, dtype=int)), "2 dimensions of integers are needed"),
        (arrays(table=np.zeros((0, 1), dtype=int)), "needs a state and a letter"),
        (arrays(table=np.ones((1, 1), dtype=int)), "leads to state position 1"),
        (arrays(start=1), "'start' is 1, and the states have the positions 0, …, 0"),
        (arrays(accepting=np.array([True, False])), r"'accepting' has the shape \(2,\); \(1,\) is needed"),
        (arrays(accepting=np.array([1])), "1 dimensions of bool are needed"),
        (arrays(letters=np.array([object()])), "Object arrays cannot be loaded|dimensions of integers or texts"),
        (archive("table.npy", header("(100000, 100000)")), r"says that it has the shape \(100000, 100000\)"),
        (archive("table.npy", header("(1, 1)", "|O")), "dimensions of integers are needed"),
        (archive("table.npy", bytes(2**28)), "it unpacks to 268435456 bytes"),
        (archive("table.npy", b"no array"), "as arrays of numpy"),
    ],
)
def test_arrays(data: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    begun = time.process_time()
    with pytest.raises(AutomatonError, match=said):
        Automaton.from_file(path)
    assert time.process_time() - begun < 2
    assert main(["classify", f"file:{path}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.hoa",
            "HOA: v1 States: 1 Start: 0 AP: 16 "
            + " ".join(f'"p{k}"' for k in range(16))
            + " Acceptance: 0 t --BODY-- State: 0 "
            + "[t] 0 " * 10**5
            + "--END--",
        ),
        (
            "a.hoa",
            'HOA: v1 Start: 0 AP: 1 "a" Alias: @a 0&0 '
            + "Alias: @a @a&@a " * 12
            + "Acceptance: 0 t --BODY-- State: 0 "
            + "[@a] 0 " * 10**5
            + "--END--",
        ),
        (
            "a.hoa",
            "HOA: v1 Start: 0 AP: 999999 "
            + '"a" ' * 999_999
            + "Acceptance: 0 t alphabet: one-hot --BODY-- State: 0 --END--",
        ),
        ("a.aut", "des (0, 1, 1)\n(0, a" + " " * 10**6),
        ("a.aut", "des (0, 1, 1)\n(0, " + "," * 2900),
        ("a.dot", "digraph {" + "a [shape=none] " * 10**5 + "/*" * 10**5),
        ("a.dot", "digraph {" + "".join(f"n{k} [shape=none];" for k in range(10**5))),
        ("a.csv", "state,a\n" + "".join(f"{k % 99_999},0\n" for k in range(10**5))),
        ("a.csv", "state," + ",".join(map(str, range(2000))) + "\n" + "".join(f"{k}\n" for k in range(10**5))),
    ],
    ids=range(9),
)
def test_large_files_are_refused_within_seconds(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    begun = time.process_time()
    with pytest.raises(AutomatonError):
        Automaton.from_file(tmp_path / name)
    assert time.process_time() - begun < 5
