"""All commands by name: the module that has each, and the first line of its help, so that a list loads no module."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A command before its module is loaded, which may bring torch."""

    module: str
    function: str
    line: str  # the first of its help
    hidden: bool = False


COMMANDS = {
    "demo": Entry(
        "demo_command", "demo", "Build, train, compare, repair and prove on one small group, in about a minute."
    ),
    "group": Entry(
        "group_command",
        "group",
        "Show a group: order, generators, classes, irreducible representations over three fields, character table.",
    ),
    "tasks": Entry(
        "tasks_command",
        "tasks",
        "List the published benchmark tasks, or show one; every name is a task of the other commands.",
    ),
    "classify": Entry(
        "classify_command", "classify", "Show which transition families can do a task, how small, and on what proof."
    ),
    "atlas": Entry(
        "atlas_command",
        "atlas",
        "Classify all groups up to an order and write a table to browse (HTML) and a CSV file.",
    ),
    "build": Entry(
        "build_command",
        "build",
        "Build exact weights for a task, prove them right for words of every length, and save them.",
    ),
    "data": Entry(
        "data_command",
        "data",
        "Write random words of a task with their labels, for training elsewhere; letters and labels are numbers.",
    ),
    "train": Entry(
        "train_command",
        "train",
        "Train a bilinear recurrent network, a baseline or a layer on a task; then `bistate verify FOLDER`.",
    ),
    "verify": Entry(
        "verify_command",
        "verify",
        "Compare a trained model with exact representations, repair it to exact weights, and prove these.",
    ),
    "recognise": Entry(
        "recognise_command",
        "recognise",
        "Recover the automaton that a trained model tracks, or a table of words is about, and name its group.",
    ),
    "certify": Entry(
        "certify_command",
        "certify",
        "Prove a length up to which a trained model is right on every word, and look for the shortest wrong word.",
    ),
    "check": Entry(
        "certify_command",
        "check",
        "Check a certificate in exact integer arithmetic, by a module that shares no code with the prover.",
    ),
    "sweep": Entry(
        "sweep_command",
        "sweep",
        "Train every task with every model, rate and seed, each once, and write one table of results.",
    ),
    "reproduce": Entry(
        "sweep_command",
        "reproduce",
        "Train the cells of one of the paper's tables: as published figures are compared, or by a fair protocol.",
    ),
    "tabulate": Entry(
        "sweep_command", "tabulate", "Make a page of tables from the CSV of trainings; nothing is trained."
    ),
    "import": Entry(
        "import_command",
        "import_",
        "Read a linear or affine recurrence from arrays; certify, recognise and verify take the folder as a run.",
    ),
}
COMMANDS["recognize"] = COMMANDS["recognise"]._replace(hidden=True)  # American spelling, as of the other names
