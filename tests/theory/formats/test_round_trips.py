"""Every format gives an automaton back, and a file that was cut or changed is read or refused, with no other error."""

import contextlib
import random
import time
from pathlib import Path

import numpy as np
import pytest
from bistate.groups import SymmetricGroup
from bistate.theory import Automaton, AutomatonError
from bistate.theory.formats.by_suffix import FORMATS

SUFFIXES = sorted(FORMATS)
BARE = [".aut"]  # no place for accepting states and outputs


def machines(count: int) -> list[Automaton]:
    """Random automata of all sizes: bare, with accepting states, none of which or all may be, with outputs, or both."""
    draw = random.Random(0)
    found = []
    for seed in range(count):
        A = Automaton.random(draw.randrange(1, 12), draw.randrange(1, 5) + 1, seed=seed)
        accepting = [q for q in A.states if draw.random() < draw.choice([0, 0.5, 1])]
        outputs = [draw.randrange(3) for _ in A.states]
        found.append(
            Automaton(
                A.states,
                A.letters,
                A.table,
                draw.choice(A.states[:1]),
                accepting=accepting if seed % 4 in (1, 3) else None,
                outputs=outputs if seed % 4 in (2, 3) else None,
            )
        )
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_hundred_automata_come_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"machine{suffix}"
    for A in machines(200):
        if suffix in BARE:
            A = Automaton(A.states, A.letters, A.table, A.start)
        A.save(path)
        assert Automaton.from_file(path) == A


ODD = ["", " ", "a b", 'say "a"', "\\", "\\n", "a/b", "q|0", "{x}", "[y]", "!&|", "ä", "$x^2$", "a,b", "0x", "#", "/*"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_odd_labels_come_back_or_are_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"machine{suffix}"
    size = len(ODD)
    table = [[(q + 1) % size, *[(q * k) % size for k in range(1, size)]] for q in range(size)]
    for names in (ODD, ODD[1:]):
        A = Automaton([f"q{x}" for x in ODD], names, np.array(table)[:, : len(names)], "q", outputs=None)
        B = A if suffix in BARE else A.with_outputs(ODD)
        with contextlib.suppress(AutomatonError) if "" in names else contextlib.nullcontext():
            B.save(path)
            back = Automaton.from_file(path)
            assert back.letters == B.letters
            assert (back.table == B.table).all()
            assert suffix in BARE or (back.states, back.outputs) == (B.states, B.outputs)


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in BARE])
def test_labels_of_other_kinds_become_texts_but_in_json(suffix: str, tmp_path: Path) -> None:
    A = Automaton.word_problem(SymmetricGroup(3), letters="generators")
    A.save(tmp_path / f"machine{suffix}")
    back = Automaton.from_file(tmp_path / f"machine{suffix}")
    assert back == A if suffix == ".json" else back.states == tuple(map(str, A.states))
    assert (back.table == A.table).all()
    same = Automaton([0, "0"], "ab", [[1, 0], [0, 1]], 0)
    if suffix == ".json":
        same.save(tmp_path / "same.json")
        assert Automaton.from_file(tmp_path / "same.json") == same
    else:
        with pytest.raises(AutomatonError, match="the states 0 and '0' have the same text"):
            same.save(tmp_path / f"same{suffix}")
        assert not (tmp_path / f"same{suffix}").exists()


def test_the_format_without_a_place_for_labels_says_so(tmp_path: Path) -> None:
    with pytest.raises(AutomatonError, match="no place for accepting states"):
        Automaton.from_regex("(ab)*").save(tmp_path / "a.aut")
    with pytest.raises(AutomatonError, match="no place for outputs"):
        Automaton.parity().with_outputs(["x", "y"]).save(tmp_path / "a.aut")


def good(suffix: str, folder: Path) -> bytes:
    A = Automaton.random(3, 2, seed=1)
    A = A if suffix in BARE else Automaton(A.states, A.letters, A.table, A.start, [1], outputs=["x", "y", "x"])
    A.save(folder / f"good{suffix}")
    return (folder / f"good{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_cut_and_changed_files_are_read_or_refused(suffix: str, tmp_path: Path) -> None:
    data, draw = good(suffix, tmp_path), random.Random(1)
    path = tmp_path / f"bad{suffix}"
    tried = [data[:k] for k in range(0, len(data), max(1, len(data) // 150))]
    for _ in range(250):
        place = draw.randrange(len(data))
        piece = draw.choice([b"", b"\0", b"\xff", b'"', b"9", b"99999999999", b"\n", b"-", b"{", b"]", data[:20]])
        tried.append(data[:place] + piece + data[place + draw.randrange(3) :])
    refused: list[str] = []
    for text in tried:
        path.write_bytes(text)
        try:
            Automaton.from_file(path)
        except AutomatonError as error:
            refused.append(str(error))
    assert all("bad" in said and "\n" not in said for said in refused)
    assert len(refused) > len(tried) / 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_no_file_is_refused(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"machine{suffix}"
    with pytest.raises(AutomatonError, match="No such file"):
        Automaton.from_file(path)
    path.mkdir()
    with pytest.raises(AutomatonError, match="it is a folder"):
        Automaton.from_file(path)
    path.rmdir()
    path.write_bytes(b"")
    with pytest.raises(AutomatonError, match="machine"):
        Automaton.from_file(path)
    with open(path, "wb") as file:
        file.truncate(2**33)  # sparse
    begun = time.process_time()
    with pytest.raises(AutomatonError, match="such files have at most"):
        Automaton.from_file(path)
    assert time.process_time() - begun < 1


def test_a_file_that_would_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.theory.formats.by_suffix.MOST_BYTES", 100)
    with pytest.raises(AutomatonError, match="files of at most 100 are read again"):
        Automaton.random(5, 2).save(tmp_path / "a.json")
    with pytest.raises(AutomatonError, match=r"ends with '\.txt'; automata are in files \.dot"):
        Automaton.parity().save(tmp_path / "a.txt")
    with pytest.raises(AutomatonError, match="half character"):
        Automaton([0], ["\ud800"], [[0]], 0).save(tmp_path / "b.json")
    assert not list(tmp_path.iterdir())
