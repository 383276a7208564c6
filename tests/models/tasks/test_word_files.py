"""Files of words: what is written is read again, other people's layouts, and files that are damaged."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bistate.models import TaskError, WordChunk, generate_words, read_words, write_words
from bistate.models.tasks import generation
from bistate.theory import Automaton

MAP = Automaton.random(12, 11, kind="map", seed=4)
FORMATS = [("a.csv", "plain"), ("a.csv", "word-problem"), ("a.npz", "plain"), ("a.parquet", "plain")]


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(("name", "layout"), FORMATS)
def test_round_trip(name: str, layout: str, every: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(generation, "CHUNK_LETTERS", 100)

    def chunks() -> Iterator[WordChunk]:
        return generate_words(MAP, 57, lengths=(0 if not every else 1, 6), every=every)

    write_words(tmp_path / name, chunks, 57, 6, layout=layout, seed=8)
    words, labels = read_words(tmp_path / name)
    assert list(zip(words, labels, strict=True)) == [row for c in chunks() for row in c.rows()]
    assert [p.name for p in tmp_path.iterdir()] == [name]
    if layout == "word-problem":
        head, first, *_ = (tmp_path / name).read_text().splitlines()
        assert head == "seed,input,target"
        assert first.startswith("8,")
    if name.endswith("npz"):
        with np.load(tmp_path / name) as arrays:
            assert arrays["input"].shape == (57, 6)


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    def broken() -> Iterator[WordChunk]:
        yield next(generate_words(MAP, 5))
        raise KeyboardInterrupt

    (tmp_path / "a.csv").write_text("old")
    for name in ("a.csv", "b.npz"):
        with pytest.raises(KeyboardInterrupt):
            write_words(tmp_path / name, broken, 10, 40)
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


@pytest.mark.parametrize(
    ("text", "words", "labels"),
    [
        ("word,label\nab,yes\nb,no\n", [["a", "b"], ["b"]], ["yes", "no"]),
        ("Label,Input\n1,0110\n0,1\n", [[0, 1, 1, 0], [1]], [1, 0]),
        ('input,target\n"[0, 1]","[1, 1]"\n[1],[0]\n', [[0, 1], [1]], [[1, 1], [0]]),
        ("n,input,target\n2,x1 x2,(0 1)\n1,x2,()\n", [["x1", "x2"], ["x2"]], ["(0 1)", "()"]),
        ("input,target\n,0\n1 1,0\n", [[], [1, 1]], [0, 0]),
        ("\ufeffinput,target\r\n0 1,0\r\n\r\n", [[0, 1]], [0]),
    ],
)
def test_layouts_of_others(text: str, words: Any, labels: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, newline="")
    assert read_words(tmp_path / "a.csv") == (words, labels)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the columns"),
        ("a,b\n1,2\n", "one of them has to be called 'input'"),
        ("input,word,target\n1,2,3\n", "has the columns"),
        ("input,target\n", "no row below"),
        ("input,target\n1,2\n1\n", "line 3: 1 cells, and the first line has 2"),
        ("input,target\n" + "0 1,1 1\n" * 20 + "0 1,1 1 1\n", "word 20 has 2 letters and 3 labels, '1 1 1'"),
        ('input,target\n"1,2\n', "as a table"),
    ],
)
def test_tables_that_are_none(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(TaskError, match=message):
        read_words(tmp_path / "a.csv")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"input,target\n\xff\xfe,1\n")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez(tmp_path / "b.npz", input=np.zeros((3, 2), int), target=np.zeros(4, int))
    np.savez(tmp_path / "c.npz", input=np.zeros((3, 2), int), target=np.zeros(3, int), lengths=np.array([1, 2, 3]))
    np.savez(tmp_path / "d.npz", input=np.array([[{}]], dtype=object), target=np.zeros(1, int))
    np.savez(tmp_path / "e.npz", other=np.zeros((3, 2), int))
    for name, text in (
        ("a.csv", "as a table"),
        ("a.npz", "as arrays of numpy"),
        ("b.npz", r"input int64 \(3, 2\) and target int64 \(4,\)"),
        ("c.npz", r"lengths \[1, 2, 3\], which do not fit"),
        ("d.npz", "as arrays of numpy"),
        ("e.npz", "has the columns"),
        ("missing.csv", "No such file"),
        ("a.txt", r"ends with '.txt'; .csv, .npz, .parquet are"),
    ):
        with pytest.raises(TaskError, match=text):
            read_words(tmp_path / name)
    with pytest.raises(TaskError, match=r"layout='word-problem' with a file .npz"):
        write_words(tmp_path / "f.npz", list, 0, 0, layout="word-problem")
    if importlib.util.find_spec("pyarrow") is None:
        with pytest.raises(TaskError, match=r"needs pyarrow.*bistate\[parquet\]"):
            write_words(tmp_path / "f.parquet", list, 0, 0)
