"""Public names are spelt in one way, American as in `normalize`; British ones that were there first stay as aliases."""

from __future__ import annotations

import re

import pytest
from bistate import groups, models, theory, verify
from bistate.models import StateTracking
from bistate.theory import Automaton
from bistate.verify.cli import main

BRITISH = re.compile(r"is(e|ed|er|es|ing|ation|ations)$|our$|centre")
WORDS = {"noise", "raise", "precise", "four", "hour"}


def american(name: str) -> str:
    return re.sub(r"is(?=(e|ed|er|es|ing|ation|ations)$)", "iz", name)


@pytest.mark.parametrize("face", [groups, theory, models, verify], ids=lambda face: face.__name__)
def test_every_british_public_name_has_an_american_alias(face):
    for name in dir(face):
        if BRITISH.search(name.split("_")[-1]) and name not in WORDS:
            assert getattr(face, american(name)) is getattr(face, name), name


def test_members_and_the_command_have_both_spellings(capsys):
    task = StateTracking(Automaton.parity())
    assert task.chance_normalized(0.75, 3) == task.chance_normalised(0.75, 3) == 0.5
    group_task = Automaton.modular_addition(3).group_task
    assert group_task.stabilizer == group_task.stabiliser
    assert main(["recognize", "nowhere"]) == main(["recognise", "nowhere"]) == 2
    assert capsys.readouterr().err.count("there is no folder 'nowhere'") == 2
