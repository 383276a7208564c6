"""A report on a trained model: everything found out about it, one HTML file, PNG plots, numbers and weights.

`gather` computes, `write_report` writes, `report` does both. Files are written into a temporary folder that is moved
into place whole, so nobody ever sees half a report.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..groups.errors import BistateError, RepresentationError
from ..models.bilinear_rnn import BilinearRNN
from ..models.task import word_pieces
from ..theory.automata.automaton import Automaton
from ..theory.constructions.choose import realize
from ..theory.errors import AutomatonError, RungError
from ..theory.verdict import Verdict
from ..theory.weights.weights import BilinearWeights
from .compare import Comparison, compare
from .errors import SnapError
from .report_html import FILES, HTML, JSON, PLOTS, SNAPPED, figures, page, png
from .snap import snap

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
HEADLINE_LENGTH = 500
WORDS = 200  # random words per accuracy curve
LEARNED = "learned"


class ReportError(BistateError):
    """A folder that a report cannot be written to."""


@dataclass(frozen=True)
class Findings:
    """Everything a report says.

    Attributes:
        automaton: the task.
        title: what the report calls it.
        curves: {name: {length: accuracy at the last letter}}, for "learned", "snapped", "exact" and others.
        chance: {length: accuracy of the best constant answer}.
        words: random words per curve.
        trained: shortest and longest training word, if known.
        comparison: `compare`'s result; None when the task has no group or no known irreps.
        refusal: why there is no comparison; "" when there is one.
        snapped: the exact repair; None when there is none.
        snap_refusal: why not; "" when there is one.
        verdict: the proof of the repair.
        exact: exact weights built from the task alone.
        learned_transitions: the model's A[x], (letters, hidden, hidden).
    """

    automaton: Automaton
    title: str
    curves: Mapping[str, Mapping[int, float]]
    chance: Mapping[int, float]
    words: int
    trained: tuple[int, int] | None = None
    comparison: Comparison | None = field(default=None, repr=False)
    refusal: str = ""
    snapped: BilinearWeights | None = None
    snap_refusal: str = ""
    verdict: Verdict | None = None
    exact: BilinearWeights | None = None
    learned_transitions: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0, 0)), repr=False)

    @property
    def proved(self) -> bool:
        """Whether there is an exact repair, proved for words of every length."""
        return self.verdict is not None and self.verdict.proved

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return {
            "title": self.title,
            "letters": len(self.automaton.letters),
            "states": len(self.automaton.states),
            "accuracy": {name: {str(n): a for n, a in curve.items()} for name, curve in self.curves.items()},
            "chance": {str(n): a for n, a in self.chance.items()},
            "words": self.words,
            "comparison": None if self.comparison is None else self.comparison.to_json(),
            "comparison_refused": self.refusal or None,
            "snapped": _weights_summary(self.snapped),
            "snap_refused": self.snap_refusal or None,
            "proved": self.proved,
            "verdict": None if self.verdict is None else self.verdict.reason,
            "exact": _weights_summary(self.exact),
        }


@dataclass(frozen=True)
class Report:
    """A report that has been written.

    Attributes:
        path: the HTML file; plots, `report.json` and `snapped.json` lie beside it.
        findings: what it says.
    """

    path: Path
    findings: Findings = field(repr=False)


def report(
    model: BilinearRNN,
    automaton: Automaton,
    directory: str | Path,
    *,
    others: Mapping[str, BilinearRNN] | None = None,
    title: str = "",
    comparison: Comparison | None = None,
    trained: tuple[int, int] | None = None,
    lengths: Sequence[int] = LENGTHS,
    words: int = WORDS,
    seed: int = 0,
) -> Report:
    """Compare, snap and prove a trained model, and write what was found as `report.html` with PNG plots.

    The HTML file is self-contained and readable without JavaScript. A model without an exact repair, and a task
    without known irreps, get a report too, which says so.

    Args:
        model: the trained model.
        automaton: its task.
        directory: folder for the report; made, or replaced if it holds nothing but an older report.
        others: more models by name, for the accuracy plot.
        title: heading; by default the task's size.
        comparison: the result of `compare(model, automaton)` if it is there already.
        trained: shortest and longest training word, marked in the plot.
        lengths: word lengths of the accuracy plot.
        words: random words per length.
        seed: seed of the words.

    Returns:
        The path of the HTML file, and the findings.

    Raises:
        ReportError: if the folder holds anything else; nothing is written.
        MismatchError, ModelError: if model and task do not fit, or a weight is not finite.
    """
    check_place(Path(directory))
    findings = gather(
        model,
        automaton,
        others=others,
        title=title,
        comparison=comparison,
        trained=trained,
        lengths=lengths,
        words=words,
        seed=seed,
    )
    return Report(write_report(findings, directory), findings)


def gather(
    model: BilinearRNN,
    automaton: Automaton,
    *,
    others: Mapping[str, BilinearRNN] | None = None,
    title: str = "",
    comparison: Comparison | None = None,
    trained: tuple[int, int] | None = None,
    lengths: Sequence[int] = LENGTHS,
    words: int = WORDS,
    seed: int = 0,
) -> Findings:
    """What a report says, see `report` for the arguments; nothing is written."""
    refusal = snap_refusal = ""
    snapped = None
    try:
        comparison = comparison or compare(model, automaton)
        snapped = snap(model, automaton, comparison=comparison)
    except SnapError as error:
        snap_refusal = str(error)
    except (AutomatonError, RepresentationError) as error:
        refusal = snap_refusal = str(error)
    exact = exact_weights(automaton)
    models = {LEARNED: model}
    models |= {} if snapped is None else {"snapped": BilinearRNN.from_weights(snapped)}
    models |= {"exact": BilinearRNN.from_weights(exact)} | dict(others or {})
    return Findings(
        automaton=automaton,
        title=title or f"{len(automaton.states)} states, {len(automaton.letters)} letters",
        curves={name: accuracy_curve(m, automaton, lengths, words, seed) for name, m in models.items()},
        chance=chance_levels(automaton, lengths),
        words=words,
        trained=trained,
        comparison=comparison,
        refusal=refusal,
        snapped=snapped,
        snap_refusal=snap_refusal,
        verdict=None if snapped is None else snapped.prove(automaton),
        exact=exact,
        learned_transitions=model.transitions().detach().double().numpy(force=True),
    )


def exact_weights(automaton: Automaton) -> BilinearWeights:
    """Exact weights from the task alone: block weights where irreps are known, else full ones."""
    if not automaton.is_permutation:
        return realize(automaton, rung="full")
    try:
        return realize(automaton, rung="block")
    except (RungError, RepresentationError):
        return realize(automaton, rung="full")


@torch.inference_mode()
def accuracy_curve(
    model: BilinearRNN, automaton: Automaton, lengths: Sequence[int], words: int = WORDS, seed: int = 0
) -> dict[int, float]:
    """Accuracy at the last letter for many lengths in one pass: shorter words are prefixes of the longest ones.

    Hidden states are normalised at every step unless the model is additive.

    Returns:
        {length: share of right answers}, lengths ascending.

    Raises:
        ReportError: for no lengths, or one below 1.
    """
    wanted = sorted(set(lengths))
    if not wanted or wanted[0] < 1:
        raise ReportError(f"lengths={tuple(lengths)!r} has to hold at least one length, all of at least 1")
    found, done = {}, 0
    with model.normalized(model.normalize if model.additive else True):
        h = model.initial(words)  # (words, hidden)
        for x, y in word_pieces(automaton, words, wanted[-1], seed, h.device):
            states = model.run(h, x)  # (piece, words, hidden)
            for n in (n for n in wanted if done < n <= done + x.shape[1]):
                guess = (states[n - done - 1] @ model.rows().t()).argmax(-1)  # (words,)
                found[n] = float((guess == y[:, n - done - 1]).double().mean())
            h, done = states[-1], done + x.shape[1]
    return found


def chance_levels(automaton: Automaton, lengths: Sequence[int]) -> dict[int, float]:
    """max_q P(δ*(q_0, w) = q) over uniform words w, for each length: the best constant answer."""
    size = len(automaton.states)
    step = np.zeros((size, size))  # step[p, q]: probability of p → q under one uniform letter
    for column in automaton.table.T:
        step[np.arange(size), column] += 1 / len(automaton.letters)
    return {n: float(np.linalg.matrix_power(step, n)[automaton.start_index].max()) for n in sorted(set(lengths))}


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread inside the block: the same sums in the same order on any machine, and faster at small sizes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def check_place(directory: Path) -> None:
    """Refuse a folder that holds anything but an older report.

    Raises:
        ReportError: naming what is in the way.
    """
    if directory.exists() and not directory.is_dir():
        raise ReportError(f"directory={str(directory)!r} is a file; give a folder for the report")
    strange = sorted(p.name for p in directory.iterdir() if p.name not in FILES) if directory.exists() else []
    if strange:
        raise ReportError(
            f"directory={str(directory)!r} holds {strange[0]!r}, which no report wrote; give a new or empty folder"
        )


def write_report(findings: Findings, directory: str | Path) -> Path:
    """Write the files of a report, all or none.

    Returns:
        The path of the HTML file.

    Raises:
        ReportError: if the folder holds anything but an older report, or cannot be written.
    """
    place = Path(directory)
    check_place(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    except OSError as error:
        raise ReportError(f"cannot write the report to {str(place)!r}: {error.strerror}") from error
    try:
        _write_files(findings, fresh)
        os.chmod(fresh, 0o755)
        _move_into_place(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place / HTML


def _write_files(findings: Findings, place: Path) -> None:
    images = {name: png(figure) for name, figure in figures(findings).items()}
    assert set(images) <= set(PLOTS)
    for name, data in images.items():
        (place / name).write_bytes(data)
    (place / JSON).write_text(json.dumps(findings.to_json(), indent=2) + "\n", encoding="utf-8")
    if findings.snapped is not None:
        findings.snapped.save(place / SNAPPED)
    (place / HTML).write_text(page(findings, images), encoding="utf-8")


def _move_into_place(fresh: Path, place: Path) -> None:
    """Rename the new folder; an older report is kept aside until then, and put back if that fails."""
    if not place.exists():
        os.rename(fresh, place)
        return
    aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    os.rename(place, aside / "old")
    try:
        os.rename(fresh, place)
    except OSError:
        os.rename(aside / "old", place)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _weights_summary(weights: BilinearWeights | None) -> dict[str, Any] | None:
    if weights is None:
        return None
    return {
        "rung": str(weights.rung),
        "hidden": weights.hidden_size,
        "blocks": list(weights.blocks),
        "note": weights.note,
    }
