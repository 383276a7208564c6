"""Asking any callable for answers: words in batches, and every answer looked at before it is believed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .errors import InputError, ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WORDS, LETTERS = 128, 1 << 16  # that are asked about together at most
TRIED = 8  # words that are asked about again
SAME, ALONE = 1e-3, 0.05  # shares of the largest score that are no difference; a batch may round otherwise than a word


class Asked:
    """The answers of a callable, each one checked; see `bistate.models.protocols.Answers`.

    A torch module is called without gradients, with words on the device of its first parameter or buffer.

    Args:
        answers: words, int64 (batch, time), to scores, (batch, scores), torch or numpy.
        verb: what asks, for messages.
        prefix: letters that stand before every word.
        scores: how many scores there have to be at least.

    Raises:
        ModelError: if it cannot be called.
    """

    def __init__(self, answers: Any, verb: str, prefix: tuple[int, ...] = (), scores: int = 1) -> None:
        if not callable(answers):
            raise ModelError(
                f"{verb} needs answers, the first row of the table in bistate.models.protocols: any callable, words "
                f"(batch, time) to scores (batch, states); got {_called(answers)}, which cannot be called"
            )
        self.answers, self.verb, self.prefix, self.least = answers, verb, prefix, scores
        self.device = device_of(answers)
        self.has_every = takes_every(answers)
        self.scores: int | None = None  # as soon as they are known

    def __call__(self, words: Ints | Tensor) -> Floats:
        """Scores after each word, the prefix before it: (batch, time) → (batch, scores).

        Raises:
            InputError: if the callable raises; its own exception is the cause.
            ModelError: for scores of another shape or type, too few of them, or NaN.
        """
        parts = [self._call(part, False) for part in self._parts(words)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def every(self, words: Ints | Tensor) -> Iterator[tuple[slice, Floats]]:
        """Scores after each letter, some words at a time: their place, and (part, time, scores).

        By the keyword `every` of the callable where it has one; otherwise all prefixes are asked about, so that the
        time grows with the square of the length.
        """
        first = 0
        for part in self._parts(words):
            place = slice(first, first + len(part))
            if self.has_every:
                yield place, self._call(part, True)[:, len(self.prefix) :]
            else:
                before, time = len(self.prefix), part.shape[1]
                yield place, np.stack([self._call(part[:, :n], False) for n in range(before + 1, time + 1)], axis=1)
            first = place.stop

    def check_same(self, letters: int, length: int, seed: int = 0) -> None:
        """Ask about a few words twice, together and one alone, and compare.

        Args:
            letters: the words have letters 0 to letters − 1.
            length: of the words, at least 1 unless the callable reads the empty word.
            seed: of the words.

        Raises:
            ModelError: if the answers differ by more than a small share of the largest score.
        """
        words = np.random.default_rng(seed).integers(letters, size=(TRIED, length))
        first, again, alone = self(words), self(words), self(words[-1:])
        size = max(float(np.abs(first[np.isfinite(first)]).max(initial=0.0)), 1e-300)
        training = isinstance(self.answers, nn.Module) and self.answers.training
        advice = "; it is a torch module in training mode, so call model.eval() first" if training else ""
        for other, mine, share, when in (
            (again, first, SAME, "the same words again"),
            (alone, first[-1:], ALONE, "a word alone that was one of several before"),
        ):
            with np.errstate(invalid="ignore"):  # ∞ − ∞
                apart = float(np.where(mine == other, 0.0, np.abs(mine - other)).max())
            if not apart <= share * size:
                raise ModelError(
                    f"{_called(self.answers)} gives other scores when asked about {when}, {apart:.3g} apart; "
                    f"{self.verb} needs the same answers each time{advice}"
                )

    def _parts(self, words: Ints | Tensor) -> Iterator[Tensor]:
        """Words after the prefix, on the device: (part, prefix + time) each."""
        given = torch.as_tensor(words, dtype=torch.int64).to(self.device)
        before = torch.tensor(self.prefix, dtype=torch.int64, device=self.device).expand(len(given), -1)
        given = torch.cat([before, given], 1)
        yield from given.split(max(1, min(WORDS, LETTERS // max(1, given.shape[1]))))

    def _call(self, words: Tensor, every: bool) -> Floats:
        shown = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in zip(words.shape, ("word", "letter"), strict=True)]
        asked = f"{' of '.join(shown)}, int64 of shape {tuple(words.shape)}"
        try:
            with torch.no_grad():
                found = self.answers(words.clone(), every=True) if every else self.answers(words.clone())
        except Exception as error:
            raise InputError(
                f"{_called(self.answers)} raised {type(error).__name__} when asked about {asked}"
                f"{self._between(words)}: {error}"
            ) from error
        wanted = "(batch, time, states) with every=True" if every else "(batch, states)"
        scores = self._array(found, asked, wanted)
        if scores.shape[:-1] != tuple(words.shape[: 1 + every]) or scores.ndim != 2 + every:
            raise ModelError(
                f"{_called(self.answers)} gave scores of shape {scores.shape} when asked about {asked}; {wanted} is "
                "needed"
            )
        if scores.shape[-1] < self.least or self.scores not in (None, scores.shape[-1]):
            needed = f"{self.scores} before" if self.scores else f"{self.least} or more are needed, one for each state"
            raise ModelError(f"{_called(self.answers)} gave {scores.shape[-1]} scores for {asked}; {needed}")
        self.scores = scores.shape[-1]
        if np.isnan(scores).any():
            where = [int(k) for k in np.argwhere(np.isnan(scores))[0]]
            word = words[where[0]].tolist()
            raise ModelError(
                f"{_called(self.answers)} gave NaN as score {where[-1]} of the word {_word(word)}; scores have to be "
                "numbers"
            )
        return scores

    def _array(self, found: Any, asked: str, wanted: str) -> Floats:
        if isinstance(found, Tensor):
            if not found.is_complex():
                return np.asarray(found.detach().double().numpy(force=True))
        elif hasattr(found, "__array__"):
            array = np.asarray(found)
            if array.dtype.kind in "iufb":
                return array.astype(np.float64)
            found = array
        kind = getattr(found, "dtype", None) or type(found).__name__
        raise ModelError(
            f"{_called(self.answers)} gave {kind} when asked about {asked}; {self.verb} needs an array of real "
            f"scores, torch or numpy, of shape {wanted}"
        )

    def _between(self, words: Tensor) -> str:
        return f", letters {int(words.min())} to {int(words.max())}" if words.numel() else ", the empty word"


def device_of(answers: Any) -> torch.device:
    """Where a callable wants its words: the device of a module's first parameter or buffer, else the CPU."""
    if isinstance(answers, nn.Module):
        for tensor in (*answers.parameters(), *answers.buffers()):
            return tensor.device
    return torch.device("cpu")


def takes_every(answers: Any) -> bool:
    """Whether a callable has a keyword `every`, as `BilinearRNN` has."""
    try:
        named = inspect.signature(answers.forward if isinstance(answers, nn.Module) else answers).parameters
    except (TypeError, ValueError):
        return False
    return "every" in named and named["every"].kind in (
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )


def size_of(answers: Any, name: str) -> int | None:
    """The attribute `letters` or `states` of an object, where it has one that is a size."""
    found = getattr(answers, name, None)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _called(answers: Any) -> str:
    """How messages call it: a function by its name, an object by its class."""
    return str(getattr(answers, "__qualname__", type(answers).__name__))


def _word(word: list[int]) -> str:
    return str(word) if len(word) <= 12 else f"{str(word[:12])[:-1]}, …] of {len(word)} letters"
