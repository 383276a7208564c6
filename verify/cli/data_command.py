"""`bistate data S3 --lengths 1-40 --size 100000 -o train.csv`: words of a task with their labels, in a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ...models.tasks.generation import generate_words
from ...models.tasks.lengths import harmonic_lengths
from ...models.tasks.word_files import check_path, counted, write_words
from ...models.training.progress import ProgressLine
from ..task_texts import parse_task
from ..terminal.limits import MOST_LETTERS, MOST_SEED, MOST_STEPS, MOST_TOKENS, CommandError, check_file
from ..terminal.output import (
    AlphabetOption,
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
    command,
    parse_lengths,
    show,
    show_json,
    task_options,
)

NAMES = 12  # letters and labels that are shown


class Layout(StrEnum):
    """How a CSV is laid out."""

    PLAIN = "plain"
    WORD_PROBLEM = "word-problem"


@command()
def data(
    task: Task,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write: .csv, .npz or .parquet.")],
    lengths: Annotated[str, typer.Option(help="Lengths of words: 1-40, or one number.")] = "1-40",
    length_law: Annotated[
        LengthLawName, typer.Option(help="How lengths are drawn: uniform, or in proportion to 1/n.")
    ] = LengthLawName.UNIFORM,
    size: Annotated[int, typer.Option(max=MOST_STEPS, help="Number of words.")] = 100_000,
    words: Annotated[
        WordLaw, typer.Option(help="How words are drawn: uniform, or so that labels or states are.")
    ] = WordLaw.UNIFORM,
    every: Annotated[bool, typer.Option("--every/--last", help="Labels at every position, or the last.")] = False,
    seed: Annotated[int, typer.Option(max=MOST_SEED, help="Seed of the words.")] = 0,
    bos: Annotated[bool, typer.Option("--bos", help="A token before every word, with the number after all others.")] = (
        False
    ),
    tokens_per_symbol: Annotated[int, typer.Option(max=MOST_LETTERS, help="How many times each letter stands.")] = 1,
    layout: Annotated[
        Layout, typer.Option(help="Of a .csv: input,target; or seed,input,target as jopetty/word-problem has it.")
    ] = Layout.PLAIN,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write random words of a task with their labels, for training elsewhere; letters and labels are numbers."""
    A = parse_task(task, **task_options(letters, track, side, alphabet))
    low, high = parse_lengths(lengths)
    law = (low, high) if length_law is LengthLawName.UNIFORM else harmonic_lengths(low, high)
    check_path(output, layout.value)
    check_file(output)
    facts: dict[str, Any] = {"lengths": law, "words": words.value, "every": every, "seed": seed, "bos": bos}
    longest = high * tokens_per_symbol + bos
    if size * longest > MOST_TOKENS:
        raise CommandError(
            f"--size {size} with words of {longest} tokens: files of more than {MOST_TOKENS} tokens are not read again"
        )
    generate_words(A, size, tokens_per_symbol=tokens_per_symbol, **facts)  # complains before a file is there
    with ProgressLine(size, True, "writing") as line:
        write_words(
            output,
            lambda: counted(generate_words(A, size, tokens_per_symbol=tokens_per_symbol, **facts), line.reach),
            size,
            longest,
            layout=layout.value,
            seed=seed,
        )
    names = {"letters": [str(x) for x in A.letters], "labels": [str(label) for label in A.labels]}
    if as_json:
        said = {"task": task, "file": str(output), "size": size, "lengths": [low, high], "layout": layout.value}
        rest = {"every": every, "seed": seed, "words": words.value, "tokens_per_symbol": tokens_per_symbol}
        show_json(said | rest | {"bos": len(A.letters) if bos else None} | names)
        return 0
    where = "every position" if every else "the last position"
    show(f"saved     {output}: {size} words of {low} to {high} letters, labels at {where}")
    for what, listed in names.items():
        more = " …" if len(listed) > NAMES else ""
        show(f"{what:10}{len(listed)}: {' '.join(f'{k}={name}' for k, name in enumerate(listed[:NAMES]))}{more}")
    if bos:
        show(f"bos       {len(A.letters)}")
    show(f"next      bistate recognise {output}")
    return 0
