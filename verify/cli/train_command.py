"""`bistate train C5 --model full -o runs/c5`: train a model, resumable."""

from __future__ import annotations

import math
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from ...models.baselines import KINDS
from ...models.bilinear_rnn import BilinearRNN
from ...models.files.atomic import read_json, write_json
from ...models.layers.registry import ALL
from ...models.sizes.ladder_advice import advice
from ...models.tasks.lengths import harmonic_lengths, usual_lengths
from ...models.tasks.task import StateTracking
from ...models.tasks.word_laws import OF_ACCEPTED, plain_law, usual_words
from ...models.training.config import usual_config
from ...models.training.train_run import train as train_model
from ...theory.automata.automaton import Automaton
from ...theory.benchmarks.registry import benchmark, is_benchmark
from ...theory.files.json_record import TEXT, Kind, check_record, one_of, whole
from ..networks.threads import one_thread
from ..reports.training_outcome import LEARNED, Outcome, outcome
from ..task_texts import FILE, parse_task
from ..terminal.endings import complain
from ..terminal.limits import (
    MOST_LAYERS,
    MOST_RESTARTS,
    MOST_SEED,
    MOST_STEPS,
    MOST_THREADS,
    MOST_UNITS,
    CommandError,
    check_folder,
    check_memory,
)
from ..terminal.output import (
    AlphabetOption,
    Device,
    DeviceOption,
    JsonOption,
    LengthLawName,
    Letters,
    LettersOption,
    Side,
    SideOption,
    Task,
    Track,
    TrackOption,
    WordLaw,
    chosen_device,
    command,
    figure,
    parse_lengths,
    show,
    show_json,
    table,
    task_options,
    working,
)
from .train_data import is_table, train_on_table
from .train_model import Family, check_options, network_of

TASK_FILE = "task.json"
LONG = 500
SPAN = (2, 10)  # lengths of training words
WORDS = 1000
LONGEST_NAME = 1000  # characters of a task's name


@command(resume="The run is saved: the same command goes on from where it stopped.")
def train(
    task: Task,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the run; an interrupted run goes on.")],
    model: Annotated[
        Family, typer.Option(help="Transition family of the model, a baseline, or a layer.")
    ] = Family.FULL,
    hidden: Annotated[
        int | None,
        typer.Option(
            max=MOST_UNITS, help="Hidden size, by default 64; of a layer that of the embedding, by default 16."
        ),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(
            max=MOST_UNITS,
            help="With --model block or slice (default 4): block size; it divides the hidden size. By default what the "
            "ladder asks for.",
        ),
    ] = None,
    rank: Annotated[
        int | None, typer.Option(max=MOST_UNITS, help="With --model cp: rank-one terms; by default the hidden size.")
    ] = None,
    reflections: Annotated[
        int | None,
        typer.Option(
            max=MOST_UNITS,
            help="With --model householder or delta_product: factors per letter and head, by default what the ladder "
            "asks for, and 2.",
        ),
    ] = None,
    heads: Annotated[
        int | None,
        typer.Option(
            max=MOST_UNITS,
            help="With --model householder (by default heads as wide as the ladder asks for), deltanet, delta_product "
            "(default 1), transformer or slstm (4): heads; they divide the hidden size.",
        ),
    ] = None,
    layers: Annotated[int, typer.Option(max=MOST_LAYERS, help="Of a baseline: number of layers.")] = 1,
    dictionary: Annotated[
        int | None,
        typer.Option(max=MOST_UNITS, help="With --model convex, sd_ssm (default 6) or pd_ssm (8): number of matrices."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(max=MOST_STEPS, help="Optimiser steps; by default what suits the model.")
    ] = None,
    batch: Annotated[int, typer.Option(max=MOST_STEPS, help="Words per step.")] = 64,
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
    settle_steps: Annotated[
        int | None,
        typer.Option(
            max=MOST_STEPS, help="Most steps of settling after training, 0 for none; by default what suits the model."
        ),
    ] = None,
    restarts: Annotated[
        int | None,
        typer.Option(
            max=MOST_RESTARTS,
            help="How often training begins again while long words are wrong; by default what suits the model.",
        ),
    ] = None,
    growth_penalty: Annotated[
        float,
        typer.Option(help="Weight of the variance of how much a letter stretches states: where letters merge them."),
    ] = 0.0,
    spread_penalty: Annotated[
        float, typer.Option(help="Weight of the spread of hidden states around one code for each state.")
    ] = 0.0,
    every: Annotated[
        bool | None,
        typer.Option("--every/--last", help="Labels at every position, or, by default, the last."),
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(help="Lengths of training words: 2-10, which is the default, or one number.", show_default=False),
    ] = None,
    length_law: Annotated[
        LengthLawName | None,
        typer.Option(help="How lengths are drawn; by default uniform up to 12 letters, in proportion to 1/n beyond."),
    ] = None,
    words: Annotated[
        WordLaw | None,
        typer.Option(help="How words are drawn; by default uniform, and balanced where uniform ones show one label."),
    ] = None,
    require: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Accuracy that balanced words of 500 letters have to reach: else exit code 1."),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(help="With a table of words: the share that is held out, by default 0.1, or another table."),
    ] = None,
    seed: Annotated[int, typer.Option(max=MOST_SEED, help="Seed of the start values and of the words.")] = 0,
    threads: Annotated[
        int, typer.Option(max=MOST_THREADS, help="Torch threads; a run resumes bit for bit with the same number.")
    ] = 1,
    normalize: Annotated[
        bool, typer.Option("--normalize/--no-normalize", help="Divide the hidden state by its norm at every step.")
    ] = True,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    device: DeviceOption = Device.CPU,
    as_json: JsonOption = False,
) -> int:
    """Train a bilinear recurrent network, a baseline or a layer on a task; then `bistate verify FOLDER`.

    A benchmark task has its own lengths, labels and words, unless others are given. Instead of a task there may be a
    table of words, train.csv (.npz, .parquet).
    """
    sizes = {"block": block, "rank": rank, "reflections": reflections, "heads": heads, "dictionary": dictionary}
    check_options(model.value, sizes, layers, normalize, decay_transitions, settle_steps, restarts)
    check_folder(output)
    if require is not None and math.isnan(require):
        raise CommandError("--require nan is no accuracy; give a number from 0 to 1")
    place = chosen_device(device)
    build = partial(
        network_of,
        model.value,
        hidden=hidden,
        options=sizes,
        layers=layers,
        normalize=normalize,
        seed=seed,
        device=place,
    )
    given = {
        "steps": steps,
        "lr": lr,
        "weight_decay": weight_decay,
        "decay_transitions": decay_transitions,
        "label_smoothing": label_smoothing,
        "settle_steps": settle_steps,
        "restarts": restarts,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    chosen |= {"growth_penalty": growth_penalty, "spread_penalty": spread_penalty}
    chosen |= {"batch": batch, "seed": seed, "threads": threads}
    options = task_options(letters, track, side, alphabet)
    if is_table(task):
        fixed = {"--lengths": lengths, "--length-law": length_law, "--words": words, "--every or --last": every}
        plain = options == task_options(Letters.ALL, Track.ELEMENT, Side.LEFT, None)
        others = [name for name, value in fixed.items() if value is not None] or ["an option of a group"] * (not plain)
        if others:
            raise CommandError(
                f"{task!r} is a table of words, with its own lengths and labels: {others[0]} is for tasks"
            )
        return train_on_table(task, validation, output, model.value, build, chosen, require, as_json, place)
    if validation is not None:
        raise CommandError(f"--validation {validation!r} goes with a table of words, and {task!r} is a task")
    automaton = parse_task(task, **options)
    own = benchmark(task.strip()) if is_benchmark(task.strip()) else None
    if lengths is not None:
        span = parse_lengths(lengths)
    else:
        span = SPAN if own is None else own.train_lengths
    if every is None:
        every = own is not None and own.every
    law = usual_lengths(*span)
    if length_law is not None:
        law = span if length_law is LengthLawName.UNIFORM else harmonic_lengths(*span)
    config = usual_config(
        model.value,
        letters=len(automaton.letters),
        states=len(automaton.states),
        longest=span[1],
        merging=not automaton.is_permutation,
        **chosen,
    )
    width = (16 if model.value in ALL else 64) if hidden is None else hidden
    check_memory(model.value, len(automaton.letters), len(automaton.labels), span[1], width, batch, layers, sizes)
    network = build(len(automaton.letters), len(automaton.labels), automaton=automaton)
    if isinstance(network, BilinearRNN):
        for sentence in advice(network, automaton):
            complain(f"warning: {sentence}")
    if words is not None:
        drawn = words.value
    else:
        drawn = own.words if own is not None and own.words in OF_ACCEPTED else usual_words(automaton, span[1])
    tracked = StateTracking(automaton, lengths=law, every=every, words=drawn, device=place)
    run = train_model(network, tracked, config, directory=output, progress=True)
    network.cpu()  # what is measured and searched below is the model as it will be loaded
    noted = {"content": content_of(automaton)} if FILE in task else {}
    write_json(output / TASK_FILE, {"task": task, **options, "lengths": list(span), **noted})
    with working("measuring accuracy"), one_thread():
        found = outcome(
            network,
            tracked,
            config,
            sorted({tracked.length_near(n) for n in (span[1], LONG)}),
            WORDS,
            LEARNED if require is None else require,
        )
    for row in found.rows:
        if row.problem and row.words == plain_law(drawn):
            complain(f"warning: no accuracy at length {row.length}: {row.problem}")
    facts = {
        "task": task,
        "directory": str(output),
        "steps": run.steps,
        "seconds": round(run.seconds, 2),
        "attempts": run.attempts,
        "settled": run.settled,
        "loss": run.history[-1]["loss"] if run.history else None,
        "parameters": sum(p.numel() for p in network.parameters()),
        "accuracy": {str(row.length): row.last for row in found.rows if row.words == plain_law(drawn)},
        "words": WORDS,
        "word_law": drawn,
        "outcome": found.to_json(),
    }
    if as_json:
        show_json(facts)
    else:
        show(f"trained   {run.steps} steps in {run.seconds:.1f} s, {facts['parameters']} parameters, {drawn} words")
        if run.attempts > 1:
            show(f"attempts  {run.attempts} from other start values, of which this is right on most long words")
        if run.settled is not None:
            show(f"settled   every letter takes codes of states to codes, up to {run.settled:.0e}")
        _show_outcome(found, drawn)
        if model.value not in KINDS:
            show(f"next      bistate verify {output}")
    return 1 if require is not None and not found.reached else 0


def _show_outcome(found: Outcome, law: str) -> None:
    """Accuracy beside chance, and what to do where it falls short."""
    rows = [
        [
            str(row.length),
            row.words,
            figure(row.last),
            figure(row.chance),
            figure(row.every, ""),
            figure(row.chance_every, ""),
        ]
        for row in found.rows
    ]
    heads = ("length", "words", "last letter", "chance", "every letter", "chance")
    show(table(heads, rows))
    none = "not looked for among accepted words alone" if law in OF_ACCEPTED else "none was found"
    wrong = none if found.wrong is None else f"{found.wrong} letter{'s' * (found.wrong != 1)}"
    show(f"shortest wrong word: {wrong}")
    for sentence in found.why:
        show(f"short     {sentence}")
    for sentence in found.advice:
        show(f"try       {sentence}")


LENGTH = whole()
NOTE = {
    "task": Kind(lambda v: type(v) is str and len(v) <= LONGEST_NAME, f"a text of at most {LONGEST_NAME} characters"),
    "letters": one_of(Letters),
    "track": one_of(Track),
    "side": one_of(Side),
    "alphabet": TEXT,
    "content": TEXT,
    "lengths": Kind(
        lambda v: type(v) is list and len(v) == 2 and all(map(LENGTH.accepts, v)) and v[0] <= v[1],
        "the shortest and the longest length",
    ),
}


def task_of_run(directory: Path) -> tuple[str, Automaton, tuple[int, int]] | None:
    """Text, automaton and training lengths that `bistate train` noted in a run's folder; None without a note.

    Raises:
        CommandError: for a note that cannot be read, or a file `file:…` that has changed since.
        AutomatonError: for a task that is none.
    """
    path = directory / TASK_FILE
    if not path.exists():
        return None
    note: Any = read_json(path)
    check_record(note, NOTE, f"{str(path)!r} is no note of a task", CommandError, may_lack=("alphabet", "content"))
    options = {name: note[name] for name in ("letters", "track", "side", "alphabet") if name in note}
    low, high = note["lengths"]
    automaton = parse_task(note["task"], **options)
    if note.get("content", found := content_of(automaton)) != found:
        raise CommandError(
            f"{note['task']!r} is no longer the automaton that the run in {str(directory)!r} was trained on: the file "
            "has changed; give --task with a file that has the old one"
        )
    return note["task"], automaton, (low, high)


def content_of(automaton: Automaton) -> str:
    """A digest of letters, labels, steps and start, by which a file that has changed is noticed."""
    A = automaton
    parts = (A.letters, A.labels, A.table.tolist(), A.start_index, A.label_indices.tolist())
    return sha256(repr(parts).encode()).hexdigest()[:16]
