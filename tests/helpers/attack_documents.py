"""Certificates that somebody has changed: a checker must reject them, or what it then accepts must be true.

Every leaf of the document is changed in turn, with and without a new digest. A checker that rejects does so with a
`CheckError`, soon. One that accepts proves something about the weights as they now stand: words are then looked for
that refute it, in exact numbers, and in plain products of floats for certificates that include rounding.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import signal
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import BilinearRNN, LinearRNN
from bistate.theory import Automaton
from bistate.verify import CheckError
from bistate.verify.certificates.certificate import claim_in_words
from bistate.verify.exact_check import check, digest
from bistate.verify.exact_check.document import OLD_KIND

from helpers import attack_linear
from helpers.attack_exact import Counts, Weights, Wrong
from helpers.attack_exhibits import Exhibit
from helpers.attack_words import Budget, candidates, exact_contradiction, float_contradiction

SECONDS = 30  # in which a checker has to decide on these small documents
Place = tuple[Any, ...]
Document = dict[str, Any]
ODD = (0, -1, 1, True, False, None, 0.5, -0.0, 1e300, float("nan"), float("inf"), 10**30, -(10**30), "", "1", [], {})
PARTS = ("transitions", "start", "readout", "spread", "underflow")


@dataclass
class Verdict:
    """What came of one change."""

    place: str
    change: str
    result: str  # rejected, accepted, or a finding
    finding: str | None = None
    counts: Counts = field(default_factory=Counts)


# changes ---------------------------------------------------------------------------------------------------------


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """The places of all leaves and containers of a document but itself."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


def changed(document: Document, place: Place, random: np.random.Generator) -> tuple[Document, str]:
    """A copy with one change at a place, and what was done."""
    made = copy.deepcopy(document)
    parent = made
    for key in place[:-1]:
        parent = parent[key]
    key, value = place[-1], parent[place[-1]]
    how = int(random.integers(10))
    if how == 0:
        del parent[key]
        return made, "deleted"
    if how == 1:
        parent[key] = copy.deepcopy(ODD[int(random.integers(len(ODD)))])
        return made, "another type or an odd value"
    if how == 2 and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(value))
        return made, "twice"
    if how == 3 and isinstance(parent, list) and len(parent) > 1:
        other = int(random.integers(len(parent)))
        parent[key], parent[other] = parent[other], parent[key]
        return made, "swapped"
    if how == 2 and isinstance(parent, dict):
        parent[f"more {key}"] = copy.deepcopy(value)
        return made, "extra field"
    if how == 3 and isinstance(parent, dict):
        names = list(parent)
        other = names[int(random.integers(len(names)))]
        parent[key], parent[other] = parent[other], parent[key]
        return made, "swapped"
    parent[key], done = _other(key, value, random)
    return made, done


def _other(key: Any, value: Any, random: np.random.Generator) -> tuple[Any, str]:
    if key == "float64" and isinstance(value, str):
        return _other_floats(value, random)
    if isinstance(value, bool) or value is None:
        return 1, "another type or an odd value"
    if isinstance(value, int):
        near = [value + 1, value - 1, 2 * value, value * 1000 + 7, 0, -value, value // 2, float(value)]
        return near[int(random.integers(len(near)))], "another number"
    if isinstance(value, str):
        texts = ["exact", "float32", "float64", "loop", "scan", "infinity", "l1", "l2", value[:-1], value + "0"]
        return texts[int(random.integers(len(texts)))], "another text"
    if isinstance(value, list):
        return (value[1:] if random.random() < 0.5 else value[::-1]), "another list"
    return {}, "another type or an odd value"


def _other_floats(text: str, random: np.random.Generator) -> tuple[str, str]:
    data = bytearray(base64.b64decode(text))
    how = int(random.integers(7))
    if how == 0 or not data:
        return text[: len(text) // 2], "half of an array"
    i = 8 * int(random.integers(len(data) // 8))
    (number,) = struct.unpack_from("<d", data, i)
    if how <= 2:
        data[i + int(random.integers(8))] ^= 1 << int(random.integers(8))
        done = "a bit of a float"
    elif how == 3:
        j = 8 * int(random.integers(len(data) // 8))
        data[i : i + 8], data[j : j + 8] = data[j : j + 8], data[i : i + 8]
        done = "floats swapped"
    elif how == 4:
        values = np.frombuffer(bytes(data), "<f8") * 10 ** random.uniform(-3, 3)
        data, done = bytearray(values.tobytes()), "an array in another scale"
    elif how == 5:
        struct.pack_into("<d", data, i, number * (1 + 10 ** random.uniform(-15, 0) * random.choice([-1, 1])))
        done = "a float a little off"
    else:
        struct.pack_into("<d", data, i, float(random.choice([0.0, np.nan, np.inf, -number, 5e-324, 1e308])))
        done = "an odd float"
    return base64.b64encode(bytes(data)).decode(), done


def mutation(document: Document, random: np.random.Generator) -> tuple[Document, str, str]:
    """A changed document, the place and the change; the digest is new in two of three."""
    every = sorted(places(document), key=str)
    leaf = every[int(random.integers(len(every)))]
    if random.random() < 0.15:  # the claim itself
        made = copy.deepcopy(document)
        claim = document["horizon"]
        claims = ["infinity", 250_000, 250_001, 0, -1]
        claims += [claim + 1, 2 * claim, claim + 5, claim - 1] if isinstance(claim, int) else []
        made["horizon"] = claims[int(random.integers(len(claims)))]
        name, done = "horizon", "another claim"
    elif random.random() < 0.1:  # what a float certificate rests on
        leaf = (("terms",), ("arithmetic",), ("execution",))[int(random.integers(3))]
        made, done = changed(document, leaf, random) if leaf[0] in document else (copy.deepcopy(document), "nothing")
        name = leaf[0]
    else:
        made, done = changed(document, leaf, random)
        name = ".".join("#" if isinstance(key, int) else str(key) for key in leaf)
    if random.random() < 2 / 3:
        try:
            made["digest"] = digest(made)
            done += ", new digest"
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
    return made, name, done


# judgement -------------------------------------------------------------------------------------------------------


class TooLong(Exception):
    """A checker that does not come to an end."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raises TooLong where the time is over; for the main thread of a process."""

    def over(*_: object) -> None:
        raise TooLong(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def judge(
    exhibit: Exhibit,
    document: Document,
    place: str,
    change: str,
    random: np.random.Generator,
    checker: Callable[[Any], float] = check,
    budget: Budget | None = None,
) -> Verdict:
    """Check a changed document, and attack it if it is accepted."""
    verdict = Verdict(place, change, "rejected")
    said = f"{exhibit.name} ({exhibit.way}), {place}: {change}"
    begun = time.perf_counter()
    try:
        with limit(SECONDS):
            horizon = checker(document)
    except CheckError:
        return verdict
    except Exception as error:
        verdict.result = "an error without a name"
        verdict.finding = f"{said}: {type(error).__name__}: {error} after {time.perf_counter() - begun:.1f} s"
        return verdict
    verdict.result = "accepted"
    weights = read(document)
    if weights is None:
        return _finding(verdict, "accepted what cannot be read", said)
    try:
        words = claim_in_words(document, horizon)
    except Exception as error:
        return _finding(verdict, "accepted, and has no claim in words", f"{said}: {type(error).__name__}: {error}")
    if horizon >= document.get("shortest", 0) and bool(weights.before) != ("after the letters" in words):
        return _finding(verdict, "accepted, and its words leave out letters", said)
    wrong = refuted(document, weights, horizon, exhibit, budget or Budget(30, 60, 120), random, verdict.counts)
    if wrong is not None:
        return _finding(verdict, "accepted and wrong", f"{said}: horizon {horizon}, {wrong}")
    if other_than(document, exhibit.certificate.document):
        try:
            mine = dataclasses.replace(exhibit.certificate, document=document).belongs_to(exhibit.model)
        except (BistateError, CheckError):
            mine = False
        if mine:
            return _finding(verdict, "belongs to the model, but is not about it", said)
        verdict.result = "accepted, about another model"
    if not shapes_are_right(document, weights):
        verdict.result = "accepted, although a shape is not that of the numbers"
    return verdict


def _finding(verdict: Verdict, result: str, said: str) -> Verdict:
    verdict.result, verdict.finding = result, f"{result}: {said}"
    return verdict


def array_of(stored: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(stored["float64"]), "<f8")


def encoded(values: np.ndarray) -> str:
    return base64.b64encode(np.asarray(values, dtype="<f8").tobytes()).decode()


def read(document: Document) -> Weights | None:
    """The weights and the task that a document is about, by this module's own reading, shapes apart."""
    try:
        task = document["automaton"]
        table = np.asarray(task["table"], dtype=np.int64)
        A, h, C = (array_of(document["weights"][name]) for name in PARTS[:3])
        n, shape = len(h), document["weights"]["readout"]["shape"]
        rows = C.reshape(shape[0], -1, n) if len(shape) == 3 else C.reshape(-1, n)
        before = () if document["kind"] == OLD_KIND else tuple(document.get("before", ()))
        found = labelled(Weights(A.reshape(-1, n, n), h, rows, table, int(task["start"]), before), task.get("labels"))
        fits = rows.shape[-2] >= len(table) and found.letters <= len(found.A) and all(map(_is_finite, (A, h, C)))
        fits = fits and set(before) <= set(range(len(found.A)))
        inside = fits and table.min() >= 0 and max(table.max(), found.start) < len(table) and found.start >= 0
        return found if inside else None
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def labelled(weights: Weights, labels: list[int] | None) -> Weights:
    """With one row for each label instead of each state, where states share labels and their rows are the same."""
    if labels is None:
        return weights
    count = len(weights.table)
    first = [labels.index(k) for k in range(max(labels) + 1)]
    if not np.array_equal(weights.C[..., :count, :], weights.C[..., np.array(first)[labels], :]):
        return weights
    rows = weights.C[..., [*first, *range(count, weights.scores)], :]
    return dataclasses.replace(weights, C=rows, labels=np.array(labels))


def _is_finite(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all())


def shapes_are_right(document: Document, weights: Weights) -> bool:
    """Whether the shapes that a document states are those of its numbers, as whole numbers."""
    right = ([*weights.A.shape], [len(weights.h)], [*weights.C.shape], [*weights.A.shape])
    stored = ((document["weights"].get(name), shape) for name, shape in zip(PARTS, right, strict=False))
    return all(s is None or (s.get("shape") == shape and set(map(type, s["shape"])) == {int}) for s, shape in stored)


def _same_numbers(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    try:
        return np.array_equal(array_of(mine), array_of(theirs))
    except (KeyError, TypeError, ValueError):  # no array any more
        return False


def other_than(document: Document, original: Document) -> bool:
    """Whether a document says something else about the model: weights, their spread, arithmetic or terms."""
    absent = {"terms": 0}
    names = ("arithmetic", "terms", "execution", "before", "read", "changes")
    if any(document.get(name, absent.get(name)) != original.get(name, absent.get(name)) for name in names):
        return True
    for name in PARTS:
        mine, theirs = document["weights"].get(name), original["weights"].get(name)
        if (mine is None) != (theirs is None):
            return True
        if mine is not None and not _same_numbers(mine, theirs):
            return True
    return False


def refuted(
    document: Document,
    weights: Weights,
    horizon: float,
    exhibit: Exhibit,
    budget: Budget,
    random: np.random.Generator,
    counts: Counts,
) -> Wrong | None:
    """A word that refutes what a document proves: exact numbers are covered by every arithmetic."""
    shortest = document.get("shortest", 0)
    shortest = shortest if isinstance(shortest, int) else 0
    wrong = exact_contradiction(weights, horizon, budget, random, counts, shortest)
    arithmetic = document["arithmetic"]
    original = exhibit.certificate.document
    if wrong is not None or arithmetic not in ("float32", "float64"):
        return wrong
    n = len(weights.h)
    least = max(n if isinstance(exhibit.model, LinearRNN) else n + 4, original["terms"])
    enough = isinstance(document.get("terms"), int) and document["terms"] >= least
    arrays = weights.A, weights.h, weights.C
    if not enough or any((v.astype(arithmetic).astype(float) != v).any() for v in arrays):
        return None  # not sums of floats of this type
    if not plain(weights):
        return _runs_wrong(weights, arithmetic, horizon, budget, random, counts, shortest)
    model = BilinearRNN(weights.letters, n, weights.scores, "full", dtype=getattr(torch, arithmetic))
    with torch.no_grad():
        for p, values in zip((model.family.weight, model.start, model.readout), arrays, strict=True):
            p.copy_(torch.from_numpy(values.copy()))
    try:
        outputs = None if weights.labels is None else weights.labels.tolist()
        task = Automaton(
            range(len(weights.table)), range(weights.letters), weights.table, weights.start, outputs=outputs
        )
    except BistateError:  # states that no word reaches
        return None
    return float_contradiction(model, task, horizon, budget, random, counts, shortest=shortest)


def plain(weights: Weights) -> bool:
    """Whether a bilinear model can have these weights for its task."""
    states = len(weights.table) if weights.labels is None else len(set(weights.labels.tolist()))
    one = weights.C.ndim == 2 and weights.scores == states
    return one and not weights.before and len(weights.A) == weights.letters


def _runs_wrong(
    weights: Weights,
    arithmetic: str,
    horizon: float,
    budget: Budget,
    random: np.random.Generator,
    counts: Counts,
    shortest: int,
) -> Wrong | None:
    """The same for a network of somebody else as it runs."""
    rows = weights.C
    if weights.by_last_letter:  # letters that only stand before words have some readout, too
        rows = np.concatenate([rows, np.repeat(rows[:1], len(weights.A) - len(rows), axis=0)])
    if weights.scores < 2 or shortest > horizon:
        return None
    model = LinearRNN.from_arrays(weights.A, weights.h, rows, normalize=True).to(getattr(torch, arithmetic))
    with np.errstate(all="ignore"):
        groups = candidates(weights, horizon, budget, random)
    outputs = list(range(len(weights.table)))
    return attack_linear.runs_wrong(model, weights, weights.before, outputs, groups, shortest, budget, random, counts)


def tamper(
    shown: list[Exhibit], seed: int, index: int, checker: Callable[[Any], float] = check, budget: Budget | None = None
) -> tuple[Exhibit, Verdict]:
    """The change of these numbers, judged; certificates take turns."""
    random = np.random.default_rng([seed, index, 2])
    exhibit = shown[index % len(shown)]
    document, place, change = mutation(exhibit.certificate.document, random)
    return exhibit, judge(
        exhibit, document, place, f"{change} (--seed {seed} --change {index})", random, checker, budget
    )


def results(found: list[tuple[str, str, Verdict]]) -> dict[str, Counter[str]]:
    """The tables of counts, from names and ways of certificates and what came of changes."""
    tables: dict[str, Counter[str]] = {name: Counter() for name in ("result", "certificate", "way", "place", "change")}
    for name, way, verdict in found:
        for table, key in (("result", verdict.result), ("certificate", name), ("way", way), ("place", verdict.place)):
            tables[table][key] += 1
        tables["change"][verdict.change.split(" (")[0]] += 1
    return tables
