"""Accuracy of anything that answers; where states can be handed on, in memory that does not grow with the length."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..answers import Asked, size_of
from ..bilinear_rnn import BilinearRNN
from ..errors import ModelError, TaskError
from ..linear_rnn import LinearRNN
from ..reading import Reading, read_labels, reading
from ..tasks.batches import Batch, Batches
from ..tasks.length_warnings import warn_of_the_empty_word
from ..tasks.task import StateTracking, word_pieces
from ..tasks.word_laws import ACCEPTED, UNIFORM, checked_words
from ..tasks.word_table import WordTable

if TYPE_CHECKING:
    from ...theory.automata.automaton import Automaton


def check_fit(model: Any, task: Automaton | Batches) -> None:
    """Raise a `ModelError` when the model's alphabet or states are not as many as the letters and labels of a task."""
    what = "table of words" if isinstance(task, WordTable) else "automaton"
    pairs = (("letters", model.letters, len(task.letters)), ("states", model.states, len(task.labels)))
    for name, has, needs in pairs:
        if has != needs:
            raise ModelError(f"the model has {name}={has}, the {what} has {needs}; build the model with {name}={needs}")


@torch.no_grad()
def batch_accuracy(model: nn.Module, batches: list[Batch]) -> float:
    """Share of right last positions over batches."""
    hits = [(model(x).argmax(-1) == (y[:, -1] if y.ndim == 2 else y)).sum() for x, y in batches]
    return int(torch.stack(hits).sum()) / sum(len(x) for x, _ in batches)


def evaluate(
    answers: Any,
    task: StateTracking | WordTable | Automaton,
    length: int | None = None,
    size: int = 1000,
    seed: int = 0,
    every: bool = False,
    normalize: bool = True,
    parallel: bool = False,
    *,
    prefix: Any = (),
    outputs: Any = None,
    words: str | None = None,
) -> float:
    """Share of random words on which the right state, or label, has the largest score.

    Args:
        answers: any callable, words, int64 (batch, time), to scores, (batch, states), torch or numpy. A `BilinearRNN`
            or `LinearRNN` reads words in pieces; everything else reads them whole, some at a time.
        task: a task or its automaton; letter i of it is letter i of the callable, which may have further ones. A table
            of words is asked about the words that it holds out; `task.chance` is the level to compare with.
        length: letters per word, without the prefix; 0 asks about the empty word. None: words of all lengths that a
            table holds out; nothing else has such words.
        size: number of words; of a table all words of the length are taken.
        seed: seed of the words.
        every: average over all positions instead of looking at the last one; flattering for long words. A callable
            that has a keyword `every` is asked with it, any other one about all prefixes.
        normalize: divide states of a `BilinearRNN` by their norm at every step, as the paper does at inference even
            after training without; an additive model keeps its own setting, because it has no scale invariance.
        parallel: a `BilinearRNN` reads words by a scan over time, see `bistate.models.transitions.scan`; for few long
            words.
        prefix: letters of the callable that stand before every word, such as one that marks the beginning.
        outputs: the index of the score for each state, or for each label of an automaton with outputs; None: score q
            for state, or label, q. Further scores are rivals.
        words: the word law, see `StateTracking`; None: that of the task, "uniform" for an automaton. Balanced words are
            asked about at the last position, where they are balanced.

    Returns:
        Accuracy between 0 and 1.

    Warns:
        LengthWarning: for the empty word, of a task whose lengths leave it out.

    Raises:
        ModelError: when the callable has fewer letters or scores than the task needs, prefix or outputs are not as
            said, or answers are no answers: another shape, NaN, not the same when asked again.
        InputError: when the callable cannot read the words; what it raised is the cause.
        TaskError: for a negative length, size below 1 or another word law, or `every` with balanced words; no length
            for a task that is no table, a length, word law or `every` that a table does not have.

    >>> from bistate.theory import Automaton
    >>> evaluate(lambda words: torch.nn.functional.one_hot(words.sum(1) % 2, 2), Automaton.parity(), length=9)
    1.0
    """
    if isinstance(task, WordTable):
        return _of_table(answers, task, length, every, normalize, prefix, outputs, words)
    warn_of_the_empty_word(task, length)
    automaton, law = _asked_about(task, words, every)
    if length is None:
        raise TaskError("length=None asks about the words that a table holds out; give the length of random words")
    read = reading(size_of(answers, "letters"), size_of(answers, "states"), automaton, 0, prefix, outputs)
    asked = Asked(answers, "evaluate", read.prefix, read.least_scores)
    if size < 1:
        raise TaskError(f"a sample needs at least one word, got size={size}")
    with torch.inference_mode():
        if isinstance(answers, BilinearRNN):
            with answers.normalized(answers.normalize if answers.additive else normalize):
                return _in_pieces(answers, automaton, read, length, size, seed, every, law, parallel)
        if isinstance(answers, LinearRNN):
            return _in_pieces(answers, automaton, read, length, size, seed, every, law, False)
    return _whole_words(asked, automaton, read, length, size, seed, every, law)


def _of_table(
    answers: Any,
    table: WordTable,
    length: int | None,
    every: bool,
    normalize: bool,
    prefix: Any,
    outputs: Any,
    words: str | None,
) -> float:
    """The share of right answers to words that are held out."""
    if words is not None:
        raise TaskError(f"words={words!r} is a law of random words, and the words of a table are given")
    if every and not table.every:
        raise TaskError("every=True asks about every letter, and this table labels whole words")
    sizes = (size_of(answers, "letters"), size_of(answers, "states"), len(table.letters), len(table.labels))
    before, scores_of = read_labels(*sizes, prefix, outputs, "table of words")
    asked = Asked(answers, "evaluate", before, max(scores_of) + 1)
    asked.check_same(len(table.letters), max(1, table.sizes["longest"] or 1))
    wanted_of = torch.tensor(scores_of)
    hits = total = 0
    kept: AbstractContextManager[Any] = nullcontext()
    if isinstance(answers, BilinearRNN):
        kept = answers.normalized(answers.normalize if answers.additive else normalize)
    with torch.inference_mode(), kept:
        for x, y in table.held_out(length=length):
            wanted = wanted_of[y.cpu()].numpy()  # (words,) or (words, time)
            if every:
                hits += sum(int((scores.argmax(-1) == wanted[place]).sum()) for place, scores in asked.every(x))
            else:
                hits += int((asked(x).argmax(-1) == (wanted[:, -1] if wanted.ndim == 2 else wanted)).sum())
            total += x.numel() if every else len(x)
    return hits / total


def _asked_about(task: StateTracking | Automaton, words: str | None, every: bool) -> tuple[Automaton, str]:
    """The automaton and the word law."""
    automaton, own = (task.automaton, task.words) if isinstance(task, StateTracking) else (task, UNIFORM)
    law = checked_words(own if words is None else words)
    if every and law not in (UNIFORM, ACCEPTED):
        raise TaskError(
            f"words={law!r} are balanced at the last position; every=True goes with words='uniform' or 'accepted'"
        )
    return automaton, law


def _in_pieces(
    model: BilinearRNN | LinearRNN,
    automaton: Automaton,
    read: Reading,
    length: int,
    size: int,
    seed: int,
    every: bool,
    law: str,
    parallel: bool,
) -> float:
    """Where states can be handed on: their memory does not grow with the length."""
    h = model.initial(size)  # (size, hidden)
    outputs = torch.tensor(read.outputs, device=h.device)  # (states,)
    before = torch.tensor(read.prefix, dtype=torch.long, device=h.device).expand(size, -1)
    right = None
    if read.prefix:
        h = model.run(h, before)[-1]
    hits = 0
    for x, y in word_pieces(automaton, size, length, seed, h.device, law):
        # (piece, size, hidden)
        states = model.run(h, x, parallel) if isinstance(model, BilinearRNN) else model.run(h, x)
        h = states[-1]
        guess = _scores(model, states, x.t()) if every else _scores(model, h, x[:, -1])
        if guess.isnan().any():
            raise ModelError(
                f"{type(model).__name__} gives NaN after words of {length} letters; scores have to be numbers: look at "
                "its weights, or divide states by their norm (normalize=True)"
            )
        right = guess.argmax(-1) == outputs[y.t() if every else y[:, -1]]
        hits += int(right.sum()) if every else 0
    if right is None:
        right = model(before).argmax(-1) == outputs[automaton.start_index]
    return hits / (size * length) if every and length else int(right.sum()) / size


def _scores(model: BilinearRNN | LinearRNN, h: Tensor, last: Tensor) -> Tensor:
    """Scores of states after their last letters: (…, hidden), (…) → (…, scores)."""
    if isinstance(model, BilinearRNN):
        return h @ model.rows().t()
    if len(model.norms) or model.decoder is not None:
        return model.scores(h, last)
    rows, bias = model.readout, model.bias
    if rows.ndim == 2:
        found = h @ rows.t()
    else:
        found = h.new_empty(*last.shape, model.states)
        for letter in last.unique().tolist():
            found[last == letter] = h[last == letter] @ rows[letter].t()
    return found if bias is None else found + (bias if bias.ndim == 1 else bias[last])


def _whole_words(
    asked: Asked, automaton: Automaton, read: Reading, length: int, size: int, seed: int, every: bool, law: str
) -> float:
    """The same for anything that answers words in one piece, some words at a time."""
    pieces = list(word_pieces(automaton, size, length, seed, asked.device, law))
    asked.check_same(len(automaton.letters), length, seed)
    if not pieces:
        scores = asked(torch.empty(1, 0, dtype=torch.long))
        return float(scores[0].argmax() == read.outputs[automaton.start_index])
    x, y = (torch.cat(parts, 1) for parts in zip(*pieces, strict=True))  # (size, length)
    wanted = torch.tensor(read.outputs)[y.cpu()].numpy()  # (size, length)
    if not every:
        return float((asked(x).argmax(-1) == wanted[:, -1]).mean())
    hits = sum(int((scores.argmax(-1) == wanted[place]).sum()) for place, scores in asked.every(x))
    return hits / (size * length)


def accuracy_by_length(
    answers: Any,
    automaton: StateTracking | WordTable | Automaton,
    lengths: Iterable[int],
    size: int = 1000,
    seed: int = 0,
    normalize: bool = True,
    *,
    prefix: Any = (),
    outputs: Any = None,
    words: str | None = None,
) -> dict[int, float]:
    """`evaluate` at the last position for several lengths: {length: accuracy}."""
    return {
        n: evaluate(answers, automaton, n, size, seed, normalize=normalize, prefix=prefix, outputs=outputs, words=words)
        for n in lengths
    }
