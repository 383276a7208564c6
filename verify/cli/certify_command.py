"""`bistate certify runs/c5` and `bistate check certificate.json`: horizons, proved and checked again."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ...groups.table_check.document import KIND as TABLE_KIND
from ...models.clean_up.refreshed import Refreshed
from ...models.errors import ModelError
from ...models.files.storage import load_network
from ...theory.automata.automaton import Automaton
from ..certificates.certificate import claim_in_words, load_certificate, why_not_about
from ..certificates.clean_up import refreshed_as
from ..exact_check import CheckError, FormatError, condition
from ..exact_check import check as check_document
from ..horizon.certification import certify as certify_model
from ..networks.float_network import require_linear
from ..networks.threads import one_thread
from ..refutation.limits import LONGEST_BY_ANSWERS
from ..refutation.refutation import refute
from ..terminal.endings import NO
from ..terminal.limits import MOST_LETTERS, CommandError, check_file
from ..terminal.output import (
    AlphabetOption,
    JsonOption,
    Letters,
    LettersOption,
    OutputsOption,
    PrefixOption,
    ShortestOption,
    Side,
    SideOption,
    Track,
    TrackOption,
    command,
    numbers_of,
    show,
    show_json,
    task_options,
    working,
)
from .table_command import check_table
from .train_command import task_of_run
from .verify_command import check_run, task_and_automaton


class Execution(StrEnum):
    """How a model runs."""

    LOOP = "loop"
    SCAN = "scan"


class Level(StrEnum):
    """How hard a proof is looked for."""

    QUICK = "quick"
    USUAL = "usual"
    THOROUGH = "thorough"


class Arithmetic(StrEnum):
    """Which arithmetic a horizon is about."""

    EXACT = "exact"
    FLOAT64 = "float64"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    TF32 = "tf32"
    INT8 = "int8"


@command()
def certify(
    run: Annotated[Path, typer.Argument(help="Folder of a run of `bistate train`, or of a saved model.")],
    task: Annotated[str | None, typer.Option(help="The task, if the folder does not say; as for train.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Save the certificate here, as JSON.")] = None,
    arithmetic: Annotated[
        Arithmetic, typer.Option(help="Exact products of the float weights, or the code with its rounding.")
    ] = Arithmetic.EXACT,
    execution: Annotated[
        Execution, typer.Option(help="How the code runs, where it rounds; a scan over time is not covered.")
    ] = Execution.LOOP,
    effort: Annotated[Level, typer.Option(help="How hard a proof is looked for.")] = Level.USUAL,
    budget: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds after which nothing further is begun; what is proved by then counts."),
    ] = None,
    refresh: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_LETTERS,
            help="Replace the state by its code after so many letters, again and again; 0: never.",
        ),
    ] = 0,
    longest: Annotated[
        int, typer.Option(min=0, max=MOST_LETTERS, help="Longest wrong word that is looked for; 0: none.")
    ] = 4000,
    shortest: ShortestOption = 1,
    prefix: PrefixOption = "",
    outputs: OutputsOption = "",
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Prove a length up to which a trained model is right on every word, and look for the shortest wrong word.

    Exit code 1: nothing could be proved, of words of any length.
    """
    reading: dict[str, Any] = {
        "shortest": shortest,
        "prefix": numbers_of(prefix, "--prefix"),
        "outputs": numbers_of(outputs, "--outputs") or None,
    }
    if budget is not None and math.isnan(budget):
        raise CommandError("--budget nan is no number of seconds")
    check_run(run)
    if output is not None:
        check_file(output)
    _, automaton = task_and_automaton(run, task, task_options(letters, track, side, alphabet))
    model: Any = load_network(run)
    if refresh and isinstance(model, Refreshed):
        raise CommandError(
            f"--refresh {refresh}: the model in {str(run)!r} has a clean-up, after {model.every} letters"
        )
    if not isinstance(model, Refreshed):
        model = Refreshed(require_linear(model), automaton, refresh) if refresh else require_linear(model)
    if isinstance(model, Refreshed):
        longest = min(longest, LONGEST_BY_ANSWERS)  # its answers are asked for
    with working("proving a horizon") as tell, one_thread():
        certificate = certify_model(
            model,
            automaton,
            arithmetic.value,
            execution.value,
            effort=effort.value,
            budget=budget,
            progress=tell,
            **reading,
        )
        tell("looking for a wrong word")
        found = refute(model, automaton, longest=longest, **reading) if longest else None
    if output is not None:
        certificate.save(output)
    facts: dict[str, Any] = certificate.to_json() | {
        "wrong_word": None if found is None else [str(x) for x in found.word],
        "wrong_length": None if found is None else found.length,
        "true": None if found is None else str(found.true),
        "predicted": None if found is None else str(found.predicted),
        "random_horizon": None if found is None else found.random_horizon,
        "searched": longest,
        "certificate": None if output is None else str(output),
    }
    if as_json:
        show_json(facts)
    else:
        _show(facts, found is not None)
    return 0 if certificate.horizon >= shortest else NO


def _show(facts: dict[str, Any], wrong: bool) -> None:
    if facts["way"] == "none":
        show(f"proved    nothing of words of {facts['shortest']} letters or more")
    else:
        show(f"proved    {facts['claim']} (by {facts['way']})")
    if facts["reason"]:
        show(f"no more   {facts['reason']}")
    for k, line in enumerate(facts["why"]):
        show(f"{'' if k else 'ends':<10}{line}")
    if wrong:
        word = facts["wrong_word"]
        shown = " ".join(word[:12]) + (" …" if len(word) > 12 else "")
        show(f"wrong     on a word of {len(word)} letters: {shown}")
        show(f"          it leads to {facts['true']}, the model says {facts['predicted']}")
        random = facts["random_horizon"]
        show(f"random    1000 random words go wrong {f'from length {random}' if random else 'nowhere'}")
    elif facts["searched"]:
        show(f"wrong     no word found up to length {facts['searched']}")
    if facts["certificate"]:
        show(f"saved     {facts['certificate']}; bistate check {facts['certificate']}")


@command()
def check(
    certificate: Annotated[
        Path, typer.Argument(help="A certificate that `bistate certify -o` or `bistate group --certificate` saved.")
    ],
    run: Annotated[
        Path | None, typer.Option(help="Also compare it with the model, and the task, in this folder.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="The task to compare it with, if the folder does not say.")] = None,
    execution: Annotated[
        Execution | None, typer.Option(help="Also ask whether rounding is covered for this way of running the model.")
    ] = None,
    letters: LettersOption = Letters.ALL,
    track: TrackOption = Track.ELEMENT,
    side: SideOption = Side.LEFT,
    alphabet: AlphabetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check a certificate in exact integer arithmetic, by a module that shares no code with the prover.

    A certificate about floats holds if a step of the code rounds as it says. With --run that is found anew from the
    model and decided. A certificate of a character table is checked by listing the group.

    Exit code 1: it does not hold, or is about another model, task or execution.
    """
    document = load_certificate(certificate)
    if document.get("kind") == TABLE_KIND:
        if run is not None or task is not None or execution is not None:
            raise CommandError(
                "--run, --task and --execution are for horizons; this is a certificate of a character table"
            )
        return check_table(certificate, document, as_json)
    reason, horizon, compared = "", -1.0, False
    with working("multiplying integers"):
        try:
            horizon = check_document(document)
        except FormatError as error:
            raise CommandError(f"{str(certificate)!r}: {error}") from None
        except CheckError as error:
            reason = str(error)
    if not reason and run is not None:
        check_run(run)
        options = task_options(letters, track, side, alphabet)
        known = task is not None or task_of_run(run) is not None
        automaton = task_and_automaton(run, task, options)[1] if known else None
        reason = _why_not_about(document, load_network(run), automaton, execution and execution.value)
        compared = known
    elif not reason and execution is not None and document.get("execution") not in (None, execution.value):
        reason = f"it covers execution {document['execution']!r}, not {execution.value!r}"
    given = condition(document) if not reason and run is None else ""
    facts = {
        "holds": not reason,
        "claim": "" if reason else claim_in_words(document, horizon),
        "reason": reason,
        "horizon": None if reason else "infinity" if horizon == math.inf else int(horizon),
        "arithmetic": document["arithmetic"],
        "execution": document.get("execution"),
        "condition": given,
        "task_compared": compared,
    }
    if as_json:
        show_json(facts)
    elif reason:
        show(f"rejected  {reason}")
    else:
        _show_held(facts, run)
    return NO if reason else 0


def _why_not_about(document: dict[str, Any], network: Any, automaton: Automaton | None, execution: str | None) -> str:
    """Why a certificate is not about a network, or about it with the clean-up that it holds itself; "" if it is."""
    try:
        model = network if isinstance(network, Refreshed) else refreshed_as(document, require_linear(network))
    except ModelError as error:
        return f"the model cannot have its clean-up: {error}"
    return why_not_about(document, model, automaton, execution)


def _show_held(facts: dict[str, Any], run: Path | None) -> None:
    way = "" if facts["arithmetic"] == "exact" else ", one letter after the other"
    show(f"holds     {facts['claim']}{way}")
    if facts["condition"]:
        show(f"provided  {facts['condition']}; --run FOLDER looks at the model")
    if run is not None and not facts["task_compared"]:
        show("task      not compared: the folder does not say what it was trained on, and --task is not given")
