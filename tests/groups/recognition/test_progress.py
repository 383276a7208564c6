"""What long computations say about themselves: to whoever asks, and to nobody else."""

from contextlib import contextmanager

import pytest
import typer
from bistate.groups import PermutationGroup, named_group, progress
from bistate.groups.watch import tell
from bistate.verify.cli import group_command


def words_of(name):
    words = []
    with progress(words.append):
        PermutationGroup(named_group(name).generators).irreps()
    return words


def test_every_irrep_is_told_of():
    words = words_of("A7")
    assert words[0] == "conjugacy classes"
    assert words[-2:] == ["irrep 8 of 9, of degree 21", "irrep 9 of 9, of degree 35"]
    words = words_of("PSL(2,11)")
    assert "character table with 8 rows" in words
    assert "defining relators" in words
    assert words[-1] == "irrep of degree 12"


def test_nobody_is_told_outside_of_the_context():
    outer, inner = [], []
    with progress(outer.append):
        tell("one")
        with progress(inner.append):
            tell("two")
        tell("three")
    tell("four")
    assert (outer, inner) == (["one", "three"], ["two"])


def test_the_command_line_shows_the_words(monkeypatch, capsys):
    shown = []

    @contextmanager
    def working(what):
        shown.append(what)
        yield shown.append

    monkeypatch.setattr(group_command, "working", working)
    with pytest.raises(typer.Exit) as ended:
        group_command.group("A5")
    assert ended.value.exit_code == 0
    assert shown[0] == "computing A5"
    assert "computing A5: irrep of degree 4" in shown
    assert "60" in capsys.readouterr().out
