"""Everything that a report on a trained model says, found and not yet written."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...groups.compared_by_fields import ComparedByFields
from ...groups.errors import RepresentationError
from ...models.bilinear_rnn import BilinearRNN
from ...models.linear_weights import LinearWeights
from ...models.protocols import LinearRecurrence
from ...models.reading import Reading
from ...models.tasks.task import StateTracking, word_pieces
from ...models.tasks.word_laws import BALANCED, UNIFORM, chance_levels
from ...theory.automata.automaton import Automaton
from ...theory.constructions.choose import realize
from ...theory.errors import AutomatonError, RungError
from ...theory.verdict import Verdict
from ...theory.weights.weights import BilinearWeights
from ..comparison.comparison import Comparison, compare
from ..comparison.exact_repair import snap
from ..errors import ReportError, SnapError
from ..networks.float_network import linear_weights
from ..networks.reading import reading_of
from ..networks.shown import begun, keeps_a_constant, moved_by
from ..networks.unit_vectors import unit

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
HEADLINE_LENGTH = 500  # the length of the paper's tables
WORDS = 200  # random words per accuracy curve
LEARNED = "learned"


@dataclass(frozen=True, eq=False)
class Findings(ComparedByFields):
    """Everything a report says.

    Attributes:
        automaton: the task.
        title: what the report calls it.
        curves: {name: {length: accuracy at the last letter}}, for "learned", "snapped", "exact" and others.
        chance: {length: accuracy of the best constant answer}.
        words: random words per curve, uniform over letters.
        balanced: accuracy of the learned model on words whose labels at the end are balanced, and chance there, at the
            length of the headline.
        trained: shortest and longest training word, if known.
        comparison: `compare`'s result; None when the task has no group or no known irreps.
        refusal: why there is no comparison; "" when there is one.
        snapped: the exact repair; None when there is none.
        snap_refusal: why not; "" when there is one.
        verdict: the proof of the repair.
        exact: exact weights built from the task alone.
        learned_transitions: the model's A[x], of the letters that were compared, (letters, hidden, hidden).
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
    balanced: tuple[float, float] = (0.0, 1.0)

    @property
    def headline(self) -> int:
        """The length that the headline speaks of: 500 if it was asked for, else the longest."""
        lengths = self.curves[LEARNED]
        return HEADLINE_LENGTH if HEADLINE_LENGTH in lengths else max(lengths)

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
            "balanced": {"length": self.headline, "accuracy": self.balanced[0], "chance": self.balanced[1]},
            "words": self.words,
            "comparison": None if self.comparison is None else self.comparison.to_json(),
            "comparison_refused": self.refusal or None,
            "snapped": _weights_summary(self.snapped),
            "snap_refused": self.snap_refusal or None,
            "proved": self.proved,
            "verdict": None if self.verdict is None else self.verdict.reason,
            "exact": _weights_summary(self.exact),
        }


def gather(
    model: LinearRecurrence,
    automaton: Automaton,
    *,
    others: Mapping[str, LinearRecurrence] | None = None,
    title: str = "",
    comparison: Comparison | None = None,
    trained: tuple[int, int] | None = None,
    lengths: Sequence[int] = LENGTHS,
    words: int = WORDS,
    seed: int = 0,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
    device: str = "cpu",
) -> Findings:
    """What a report says, see `report` for the arguments; nothing is written.

    A `BilinearRNN` answers the random words on `device`, which is the only part that does not run on the CPU.
    """
    there = copy.deepcopy(model).to(device) if device != "cpu" and isinstance(model, BilinearRNN) else model
    weights = linear_weights(model)
    refusal = snap_refusal = ""
    snapped = None
    try:
        comparison = comparison or compare(model, automaton, prefix=prefix, outputs=outputs)
        snapped = snap(model, automaton, comparison=comparison, prefix=prefix, outputs=outputs)
    except SnapError as error:
        snap_refusal = str(error)
    except (AutomatonError, RepresentationError) as error:
        refusal = snap_refusal = str(error)
    exact = exact_weights(automaton)
    part = None if comparison is None else comparison.part
    models: dict[str, LinearRecurrence] = {} if snapped is None else {"snapped": BilinearRNN.from_weights(snapped)}
    models |= {"exact": BilinearRNN.from_weights(exact)} | dict(others or {})
    learned = accuracy_curve(there, automaton, lengths, words, seed, prefix=prefix, outputs=outputs)
    length = HEADLINE_LENGTH if HEADLINE_LENGTH in lengths else max(lengths)
    last = accuracy_curve(there, automaton, [length], words, seed, prefix=prefix, outputs=outputs, law=BALANCED)
    return Findings(
        balanced=(last[length], float(StateTracking(automaton).chance_level(length, BALANCED))),
        automaton=automaton,
        title=title or f"{len(automaton.states)} states, {len(automaton.letters)} letters",
        curves={LEARNED: learned}
        | {name: accuracy_curve(m, automaton, lengths, words, seed) for name, m in models.items()},
        chance=chance_levels(automaton, lengths),
        words=words,
        trained=trained,
        comparison=comparison,
        refusal=refusal,
        snapped=snapped,
        snap_refusal=snap_refusal,
        verdict=None if snapped is None else snapped.prove(automaton),
        exact=exact,
        learned_transitions=weights.A[: len(automaton.letters)] if part is None else weights.A[part.letters],
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
    model: LinearRecurrence,
    automaton: Automaton,
    lengths: Sequence[int],
    words: int = WORDS,
    seed: int = 0,
    *,
    prefix: Sequence[int] = (),
    outputs: Sequence[int] | None = None,
    law: str = UNIFORM,
) -> dict[int, float]:
    """Accuracy at the last letter for many lengths in one pass: shorter words are prefixes of the longest ones.

    A `BilinearRNN` runs as it does, with hidden states normalised at every step unless it is additive. Other linear
    recurrences run in double precision from their arrays, normalised unless a constant unit fixes their scale.

    Args:
        model: any linear recurrence.
        automaton: its task.
        lengths: of the words, without the prefix.
        words: random words.
        seed: of the words.
        prefix: letters of the model that stand before every word.
        outputs: the score that stands for each state, if it is not score q for state q; further scores are rivals.
        law: of the words, see `StateTracking`; balanced ones are balanced at the longest length alone.

    Returns:
        {length: share of right answers}, lengths ascending.

    Raises:
        ReportError: for no lengths, or one below 1.
        MismatchError: if the model is no linear recurrence, or does not fit the task.
        ModelError: if a weight is not finite.
    """
    wanted = sorted(set(lengths))
    if not wanted or wanted[0] < 1:
        raise ReportError(f"lengths={tuple(lengths)!r} has to hold at least one length, all of at least 1")
    reading = reading_of(model.letters, model.states, automaton, prefix=prefix, outputs=outputs)
    if not isinstance(model, BilinearRNN):
        return _curve_of_arrays(linear_weights(model), automaton, reading, wanted, words, seed, law)
    found, done = {}, 0
    score = torch.tensor(reading.outputs, device=model.start.device)  # (states,)
    with model.normalized(model.normalize if model.additive else True):
        h = model.initial(words)  # (words, hidden)
        if reading.prefix:
            before = torch.tensor(reading.prefix, device=h.device)
            h = model.run(h, before.expand(words, -1))[-1]
        for x, y in word_pieces(automaton, words, wanted[-1], seed, h.device, law):
            states = model.run(h, x)  # (piece, words, hidden)
            for n in (n for n in wanted if done < n <= done + x.shape[1]):
                guess = (states[n - done - 1] @ model.rows().t()).argmax(-1)  # (words,)
                found[n] = float((guess == score[y[:, n - done - 1]]).double().mean())
            h, done = states[-1], done + x.shape[1]
    return found


def _curve_of_arrays(
    weights: LinearWeights,
    automaton: Automaton,
    reading: Reading,
    wanted: Sequence[int],
    words: int,
    seed: int,
    law: str,
) -> dict[int, float]:
    """`accuracy_curve` from arrays; states beyond floats answer nothing, which is wrong."""
    as_it_is = keeps_a_constant(weights)
    h, found, done, score = begun(weights, words, as_it_is), {}, 0, np.array(reading.outputs)
    for letter in reading.prefix:
        h = moved_by(weights, h, np.full(words, letter))
        h = h if as_it_is else unit(h)
    for piece, states in word_pieces(automaton, words, wanted[-1], seed, torch.device("cpu"), law):
        for letters, true in zip(piece.t().numpy(), states.t().numpy(), strict=True):
            h, done = moved_by(weights, h, letters), done + 1
            h = h if as_it_is else unit(h)
            if done in wanted:
                rows = weights.readout[letters] if weights.by_last_letter else weights.readout
                with np.errstate(all="ignore"):
                    scores = (rows @ h[:, :, None])[..., 0]  # (words, states)
                right = (scores.argmax(axis=1) == score[true]) & np.isfinite(scores).all(axis=1)
                found[done] = float(right.mean())
    return found


def _weights_summary(weights: BilinearWeights | None) -> dict[str, Any] | None:
    if weights is None:
        return None
    return {
        "rung": str(weights.rung),
        "hidden": weights.hidden_size,
        "blocks": list(weights.blocks),
        "note": weights.note,
    }
