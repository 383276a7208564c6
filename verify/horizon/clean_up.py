"""Horizons of recurrences with a clean-up: words of at most k letters from every code, see `exact_check/refreshed.py`.

A word is read in pieces of k letters that do not depend on each other, so there are finitely many of them. In exact
arithmetic they decide: either the network is right for ever, or a piece that is wrong follows words that are right, and
the whole of it is a wrong word. The words are run in floats first; what is claimed is then checked in integers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.clean_up.refreshed import Refreshed
from ...theory.automata.automaton import Automaton
from ..certificates.certificate import Certificate
from ..certificates.clean_up import step_between, with_clean_up
from ..certificates.limits import CLEAR, TINY
from ..certificates.spoken_of import claim_about, network_of
from ..errors import MismatchError
from ..exact_check import CheckError, FormatError, check, digest
from ..exact_check.document import claim_of
from ..exact_check.refreshed import few_pieces
from ..networks.float_network import FloatNetwork, linear_weights
from ..networks.reading import reading_of

Floats = NDArray[Any]  # of float64
Word = tuple[int, ...]


@dataclass(frozen=True)
class Wrong:
    """A word that need not be read rightly.

    Attributes:
        before: the letters before the last clean-up.
        state: that they lead to, whose code is there; −1 for the start itself.
        word: the letters after it.
        true: the state that these lead to.
        score: the largest of the others.
        lead: of the true score over it, relative to the largest entry of the readout; states have norm 1.
    """

    before: Word
    state: int
    word: Word
    true: int
    score: int
    lead: float

    @property
    def horizon(self) -> int:
        """All shorter words are right."""
        return len(self.before) + len(self.word) - 1


def certify_refreshed(
    model: Refreshed,
    automaton: Automaton,
    arithmetic: str,
    execution: str,
    shortest: int,
    prefix: Sequence[int],
    outputs: Sequence[int] | None,
) -> Certificate:
    """`certify` for a recurrence with a clean-up.

    Raises:
        MismatchError: as there; for a task whose states share labels, letters before words, other outputs, or more
            words from codes than can be multiplied out.
    """
    begun = time.perf_counter()
    found = linear_weights(model.model)
    reading = reading_of(found.letters, found.scores, automaton, shortest, prefix, outputs)
    _require_plain(model, automaton, reading.is_plain, reading.shortest)
    step = step_between(model, found, arithmetic, execution)
    document = with_clean_up(claim_about(found, automaton, reading, arithmetic, step), model)
    document["digest"] = digest(document)
    network = network_of(found, automaton, reading, arithmetic)
    _require_size(document)
    wrong = first_wrong(network, model.codes.detach().double().numpy(force=True), model.every)
    claim = math.inf if wrong is None else float(wrong.horizon)
    reason = "" if wrong is None else _in_words(wrong, automaton)
    horizon, why = _proved(document, claim, model.every * (len(automaton.states) + 1))
    nothing = reading.shortest - 1
    if horizon <= nothing:
        horizon = nothing
        document |= {"horizon": max(nothing, 0), "proof": {"prefix": 0}}
    return Certificate(
        horizon=horizon,
        arithmetic=arithmetic,
        way="clean-up" if horizon > nothing else "none",
        rank=0,
        norm_horizon=-1,
        path_horizon=None,
        seconds=round(time.perf_counter() - begun, 3),
        document=document,
        reason=why or reason,
    )


def first_wrong(network: FloatNetwork, codes: Floats, every: int) -> Wrong | None:
    """A shortest word that is not read rightly with some room for rounding, by floats; None if there is none.

    Args:
        network: weights and task.
        codes: (states, hidden).
        every: k.
    """
    start = network.unit_start
    found = _wrong_piece(network, start, network.start, every, network.shortest)
    if found is not None:
        return Wrong((), -1, *found)
    reached: dict[int, Word] = {}
    for new in _layers(network, every, reached):
        pieces = [(q, _wrong_piece(network, codes[q], q, every, 1)) for q in sorted(new)]
        wrong = [Wrong(reached[q], q, *piece) for q, piece in pieces if piece is not None]
        if wrong:
            return min(wrong, key=lambda found: (found.horizon, found.lead))
    return None


def _layers(network: FloatNetwork, every: int, reached: dict[int, Word]) -> Iterator[set[int]]:
    """States that are first cleaned up after k, 2k, … letters; `reached` gets a word of each."""
    last: dict[int, Word] = {network.start: ()}
    while True:
        for _ in range(every):
            longer: dict[int, Word] = {}
            for q, word in last.items():
                for x, p in enumerate(network.table[q].tolist()):
                    longer.setdefault(p, (*word, x))
            last = longer
        last = {q: word for q, word in last.items() if q not in reached}
        if not last:
            return
        reached |= last
        yield set(last)


def _wrong_piece(
    network: FloatNetwork, vector: Floats, state: int, every: int, shortest: int
) -> tuple[Word, int, int, float] | None:
    """The worst of the shortest words, of `shortest` to k letters, that are wrong from a state; None if none is."""
    A = network.A
    vectors, states = vector[None], np.array([state])
    size = np.abs(network.C).max()
    for t in range(every + 1):
        if t:  # the last letter changes fastest
            vectors = (vectors @ A.transpose(0, 2, 1)).transpose(1, 0, 2).reshape(-1, A.shape[1])
            states = network.table[states].ravel()
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1), TINY)[:, None]
        if t < shortest:
            continue
        scores = network.logits(vectors, np.arange(len(vectors)) % len(A))  # (words, scores)
        own = scores[np.arange(len(states)), states].copy()
        scores[np.arange(len(states)), states] = -np.inf
        leads = own - scores.max(axis=1, initial=-np.inf)
        w = int(np.argmin(np.where(np.isnan(leads), -np.inf, leads)))
        if not leads[w] > CLEAR * size:
            word = tuple(int(x) for x in np.unravel_index(w, (len(A),) * t)) if t else ()
            return word, int(states[w]), int(scores[w].argmax()), float(leads[w] / size)
    return None


def _proved(document: dict[str, Any], claim: float, longest: int) -> tuple[float, str]:
    """Fill the document in with the longest horizon up to a claim that holds; −1, and why no more, where none does.

    Args:
        document: about the network.
        claim: what floats say.
        longest: length from which a finite horizon is an infinite one.
    """
    document["proof"] = {"prefix": 0}

    def why_not(horizon: float) -> str:
        try:
            check(document | {"horizon": "infinity" if horizon == math.inf else int(horizon)})
        except CheckError as error:
            return str(error)
        return ""

    if claim < 0:
        return -1, ""
    reason = why_not(claim)
    if reason:  # rounding: what is between is halved
        held, refused = -1, int(min(claim, longest))
        while refused - held > 1:
            middle = (held + refused) // 2
            held, refused = (middle, refused) if not why_not(middle) else (held, middle)
        claim = held
    document["horizon"] = "infinity" if claim == math.inf else max(int(claim), 0)
    return claim, reason


def _in_words(wrong: Wrong, automaton: Automaton) -> str:
    letters = " ".join(str(automaton.letters[x]) for x in wrong.word) or "the empty word"
    said = "code" if wrong.state >= 0 else "start"
    state = automaton.states[wrong.state if wrong.state >= 0 else automaton.start_index]
    true, other = automaton.states[wrong.true], automaton.states[wrong.score]
    how = "is wrong" if wrong.lead < -CLEAR else "is too close"
    before = " ".join(str(automaton.letters[x]) for x in wrong.before)
    after = f", after the clean-up of {before}" if before else ""
    return (
        f"from the {said} of state {state}{after}, the word {letters} leads to {true} and {how}: its lead over {other} "
        f"is {wrong.lead:.2g} of the largest entry of the readout"
    )


def _require_plain(model: Refreshed, automaton: Automaton, plain: bool, shortest: int) -> None:
    if len(automaton.labels) != len(automaton.states):
        raise MismatchError(
            f"{len(automaton.states)} states share {len(automaton.labels)} labels, and a clean-up needs to know the "
            "state: certify the automaton without outputs"
        )
    has, needs = (model.letters, model.states), (len(automaton.letters), len(automaton.states))
    if has != needs:
        raise MismatchError(
            f"the model has letters={has[0]} and states={has[1]}, the automaton {needs[0]} and {needs[1]}; with a "
            "clean-up there have to be as many"
        )
    if not plain:
        raise MismatchError("prefix and outputs are not covered together with a clean-up")
    if shortest > 1:
        raise MismatchError(f"shortest={shortest}; a clean-up reads words of every length: shortest=1, or 0")


def _require_size(document: dict[str, Any]) -> None:
    """Refuse before work starts what the checker refuses for its size."""
    try:
        few_pieces(claim_of(document | {"horizon": "infinity", "proof": {"prefix": 0}}))
    except FormatError as error:
        raise MismatchError(f"{error}; choose a smaller k, the argument every of Refreshed") from None
