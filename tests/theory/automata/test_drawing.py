"""Drawings: files of the right kind, with every label in them."""

import re
from pathlib import Path

import pytest
from bistate.theory import Automaton, AutomatonError


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_files_of_every_kind(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"machine{suffix}"
    Automaton.from_regex("(a|b)*abb").draw(path)
    assert path.read_bytes()[:4] in (b"<?xm", b"\x89PNG", b"%PDF")


@pytest.mark.parametrize("states", [1, 3, 20])
def test_every_state_letter_and_output_is_drawn(states: int, tmp_path: Path) -> None:
    A = Automaton(
        [f"q{k}" for k in range(states)],
        ["le$ft$", "ri"],
        [[k, (k + 1) % states] for k in range(states)],
        "q0",
        accepting=["q0"],
        outputs=[f"out{k % 2}" for k in range(states)],
    )
    A.draw(tmp_path / "a.svg")
    drawn = re.findall(r"<!-- (.*?) -->", (tmp_path / "a.svg").read_text())
    assert {f"q{k}" for k in range(states)} <= set(drawn)
    assert any("ri" in text for text in drawn)
    assert any("le" in text for text in drawn)
    assert "out0" in drawn


def test_what_is_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(AutomatonError, match=r"ends with '\.gif'; drawings are files \.svg"):
        Automaton.parity().draw(tmp_path / "a.gif")
    with pytest.raises(AutomatonError, match="61 states would cover each other"):
        Automaton.modular_addition(61).draw(tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())
