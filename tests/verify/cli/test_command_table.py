"""The table of commands, from which help is written without loading one, and the completion of shells."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from bistate.verify.cli import main
from bistate.verify.cli.commands import COMMANDS, loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_a_command_is_the_first_of_its_own_help(name: str) -> None:
    command = loaded(name)
    assert command.name == name
    assert command.help.split("\n\n")[0].replace("\n", " ") == COMMANDS[name].line


def test_help_lists_every_command_that_is_not_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert (f" {name} " in printed) is not entry.hidden


def completed(words: str) -> list[str]:
    """What bash is offered after some words, the last of which is being typed."""
    settings = {"_BISTATE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    command = [sys.executable, "-m", "bistate.verify.cli"]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_shells_complete_commands_and_options() -> None:
    assert completed("bistate re") == ["recognise", "reproduce"]
    assert "--certificate" in completed("bistate group --")
    assert completed("bistate classify --track ") == ["element", "point"]


def test_the_completion_of_a_shell_is_shown_once_and_ends_with_0() -> None:
    command = [sys.executable, "-m", "bistate.verify.cli", "--show-completion", "bash"]
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_BISTATE_COMPLETE=complete_bash" in done.stdout
