"""`bistate train C5 --model full -o runs/c5`: train a model, resumable."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..models.advice import advice
from ..models.baselines import KINDS, Baseline
from ..models.bilinear_rnn import BilinearRNN
from ..models.config import usual_config
from ..models.evaluate import accuracy_by_length
from ..models.storage import read_json, write_json
from ..models.task import StateTracking
from ..models.training import train as train_model
from ..theory.automata.automaton import Automaton
from ..theory.files.json_record import Kind, check_record, one_of, whole
from .cli_output import (
    CommandError,
    JsonOption,
    Letters,
    LettersOption,
    Side,
    SideOption,
    Task,
    Track,
    TrackOption,
    command,
    complain,
    show,
    show_json,
    working,
)
from .parse_task import parse_task
from .report import one_thread

TASK_FILE = "task.json"
LONG = 500
WORDS = 1000
LONGEST_NAME = 1000  # characters of a task's name
LEARNED = 0.99


class Family(StrEnum):
    """Transition families of bilinear models, and baselines."""

    FULL = "full"
    BLOCK = "block"
    ROTATION = "rotation"
    DIAGONAL = "diagonal"
    POSITIVE = "positive"
    CP = "cp"
    HOUSEHOLDER = "householder"
    MONOMIAL = "monomial"
    CONVEX = "convex"
    RNN = "rnn"
    GRU = "gru"
    LSTM = "lstm"
    TRANSFORMER = "transformer"
    MAMBA = "mamba"


@command(resume="The run is saved: the same command goes on from where it stopped.")
def train(
    task: Task,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the run; an interrupted run goes on.")],
    model: Annotated[Family, typer.Option(help="Transition family of the model, or a baseline.")] = Family.FULL,
    hidden: Annotated[int, typer.Option(help="Hidden size.")] = 64,
    block: Annotated[int, typer.Option(help="With --model block: block size; it divides the hidden size.")] = 2,
    rank: Annotated[
        int | None, typer.Option(help="With --model cp: rank-one terms; by default the hidden size.")
    ] = None,
    reflections: Annotated[int, typer.Option(help="With --model householder: factors per letter and head.")] = 2,
    heads: Annotated[
        int | None,
        typer.Option(
            help="With --model householder (default 1) or transformer (4): heads; they divide the hidden size."
        ),
    ] = None,
    layers: Annotated[int, typer.Option(help="Of a baseline: number of layers.")] = 1,
    dictionary: Annotated[int, typer.Option(help="With --model convex: number of matrices.")] = 6,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps; by default what suits the model.")] = None,
    batch: Annotated[int, typer.Option(help="Words per step.")] = 64,
    lr: Annotated[
        float | None,
        typer.Option(help="Learning rate at the start; it falls to zero. By default what suits the model."),
    ] = None,
    weight_decay: Annotated[
        float | None, typer.Option(help="Weight decay; by default what suits the model, for full matrices 0.5.")
    ] = None,
    decay_transitions: Annotated[
        bool | None,
        typer.Option(
            "--decay-transitions/--no-decay-transitions",
            help="Whether decay shrinks the transitions too; by default not for rotation and householder.",
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            help="Share of every label that is spread over all states: drives weights towards exact ones. "
            "By default what suits the model."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--every/--last", help="Labels at every position, or the last.")] = False,
    lengths: Annotated[str, typer.Option(help="Lengths of training words: 2-10, or one number.")] = "2-10",
    seed: Annotated[int, typer.Option(help="Seed of the start values and of the words.")] = 0,
    threads: Annotated[int, typer.Option(help="Torch threads; a run resumes bit for bit with the same number.")] = 1,
    normalize: Annotated[
        bool, typer.Option("--normalize/--no-normalize", help="Divide the hidden state by its norm at every step.")
    ] = True,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    as_json: JsonOption = False,
) -> None:
    """Train a bilinear recurrent network, or a baseline, on a task; then `bistate verify FOLDER`."""
    options = {"letters": letters.value, "track": track.value, "side": side.value}
    automaton = parse_task(task, **options)
    span = parse_lengths(lengths)
    given = {
        "steps": steps,
        "lr": lr,
        "weight_decay": weight_decay,
        "decay_transitions": decay_transitions,
        "label_smoothing": label_smoothing,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    config = usual_config(model.value, batch=batch, seed=seed, threads=threads, **chosen)
    sizes: dict[str, Any] = {
        "letters": len(automaton.letters),
        "hidden": hidden,
        "states": len(automaton.states),
        "seed": seed,
    }
    network: BilinearRNN | Baseline
    if model.value in KINDS:
        if not normalize:
            raise CommandError(f"--no-normalize is about bilinear models; --model {model.value} has no such state")
        network = Baseline(**sizes, kind=model.value, layers=layers, heads=4 if heads is None else heads)
    else:
        if layers != 1:
            raise CommandError(f"--layers {layers} is about baselines; a bilinear model has one layer")
        network = BilinearRNN(
            **sizes,
            transition=model.value,
            block=block,
            rank=rank,
            reflections=reflections,
            heads=1 if heads is None else heads,
            dictionary=dictionary,
            normalize=normalize,
        )
        for sentence in advice(network, automaton):
            complain(f"warning: {sentence}")
    run = train_model(network, StateTracking(automaton, lengths=span, every=every), config, directory=output)
    write_json(output / TASK_FILE, {"task": task, **options, "lengths": list(span)})
    with working("measuring accuracy"), one_thread():
        accuracy = accuracy_by_length(network, automaton, sorted({span[1], LONG}), size=WORDS)
    facts = {
        "task": task,
        "directory": str(output),
        "steps": run.steps,
        "seconds": round(run.seconds, 2),
        "loss": run.history[-1]["loss"] if run.history else None,
        "parameters": sum(p.numel() for p in network.parameters()),
        "accuracy": {str(n): a for n, a in accuracy.items()},
        "words": WORDS,
    }
    if as_json:
        show_json(facts)
        return
    shown = ", ".join(f"{a:.3f} at length {n}" for n, a in accuracy.items())
    show(f"trained   {run.steps} steps in {run.seconds:.1f} s, {facts['parameters']} parameters")
    show(f"accuracy  {shown} ({WORDS} random words each)")
    if accuracy[span[1]] < LEARNED:
        more = "" if every else "labels at every position (--every) and "
        show(f"hint      {more}more --steps learn harder tasks; another --seed may, too")
    if model.value not in KINDS:
        show(f"next      bistate verify {output}")


def parse_lengths(text: str) -> tuple[int, int]:
    """The shortest and longest word of "2-10" or "7".

    Raises:
        CommandError: for another text.

    Example:
        >>> parse_lengths("2-10"), parse_lengths("7")
        ((2, 10), (7, 7))
    """
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text.strip())
    if match is None:
        raise CommandError(f"--lengths {text!r} is not understood; give a range like 2-10, or one number")
    low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        raise CommandError(f"--lengths {text!r} runs backwards; give the shorter length first, as in {high}-{low}")
    return low, high


LENGTH = whole()
NOTE = {
    "task": Kind(lambda v: type(v) is str and len(v) <= LONGEST_NAME, f"a text of at most {LONGEST_NAME} characters"),
    "letters": one_of(Letters),
    "track": one_of(Track),
    "side": one_of(Side),
    "lengths": Kind(
        lambda v: type(v) is list and len(v) == 2 and all(map(LENGTH.accepts, v)) and v[0] <= v[1],
        "the shortest and the longest length",
    ),
}


def task_of_run(directory: Path) -> tuple[str, Automaton, tuple[int, int]] | None:
    """Text, automaton and training lengths that `bistate train` noted in a run's folder; None without a note.

    Raises:
        CommandError: for a note that cannot be read.
        AutomatonError: for a task that is none.
    """
    path = directory / TASK_FILE
    if not path.exists():
        return None
    note: Any = read_json(path)
    check_record(note, NOTE, f"{str(path)!r} is no note of a task", CommandError)
    options = {name: note[name] for name in ("letters", "track", "side")}
    low, high = note["lengths"]
    return note["task"], parse_task(note["task"], **options), (low, high)
