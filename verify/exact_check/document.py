"""A certificate is read and validated once: `Claim` is what it says, in exact numbers.

A file may come from anybody. So every field has a type and a range, and what a check would cost is bounded by the
limits below before anything of that size is made: each is several times what the largest certificates of this package
need, and keeps a check below some minutes and a few GiB.

Two kinds are read. "bistate horizon 2" is today's. "bistate horizon 1" is read where its arithmetic is exact; with
rounding it said nothing of overflow, of underflow and of the number of roundings, and is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

from .decoder_document import Affine, Decoder, decoder_of
from .dyadic import Dyadic, matrix_of, rows_of
from .errors import FormatError, require, require_form
from .fields import MOST_NUMBERS, MOST_PRODUCTS, field, floats, integer, integers, matrices, shape_of
from .normed_document import Part, normed_of, normed_shape

KIND, OLD_KIND = "bistate horizon 2", "bistate horizon 1"
BITS = {"exact": None, "float64": 53, "float32": 24, "float16": 24, "bfloat16": 24, "tf32": 24, "int8": 24}  # of sums
KEPT = {"float16": (11, 25), "bfloat16": (8, 126), "tf32": (10, 125)}  # digits of states, and what underflow takes
TAKEN = {"tf32": 10}  # digits of weights, as products take them, where these are fewer
STEPS = {"int8": 127}  # whole numbers up to which states are rounded, in units of their largest entry over this
COARSER = (*KEPT, *STEPS)  # float32, apart from what is said here
EXECUTION = "loop"  # one letter after the other; nothing else is covered
NEWER = ("before", "changes", "every", "read", "shortest")  # fields that the old kind does not have
MOST_STEPS = 10**12  # the largest finite horizon
MOST_BYTES = 2**28  # of a file: parsed, JSON may take twenty times as much memory
MOST_ENTRIES = 2**20  # of the automaton's table
MOST_STATES = 4096
MOST_LETTERS = 2**14
MOST_WORDS = 20_000  # that are multiplied out
MOST_LOGITS = 2**24  # of these words
MOST_DIGITS = 2**32  # binary digits of all their hidden states together
LONGEST_PREFIX = 64  # numbers of words that are multiplied out grow by the digits of the weights with each letter
FURTHER = {  # what is taken for granted beside roundings in float32
    **{
        name: f" in float32, and the state after it once to {name}, to the nearest, subnormals kept"
        for name in ("float16", "bfloat16")
    },
    "tf32": " in float32, and products take weights and states that are off by 2^-10 at most, truncated or rounded",
    "int8": " in float32, and the state after it once to whole multiples, -127 to 127, of its largest entry over 127, "
    "to the nearest",
}


@dataclass(frozen=True)
class Claim:
    """What a certificate is about, apart from its proof.

    Attributes:
        letters: number of letters of the task.
        states: number of states.
        scores: number of scores, at least as many; those beyond the states stand for none and must never win.
        hidden: n.
        table: δ, `table[q][x]`.
        start: the state before the first letter.
        A: transitions, n × n each; the task's letters first, others may follow.
        h: h_0, n × 1.
        readouts: C, scores × n: one, or one for each last letter of the task; none with `parts` or a decoder.
        before: letters of A that stand before every word, and are not counted in its length.
        shortest: words of fewer letters are not spoken of.
        arithmetic: "exact", "float32" or "float64"; "float16", "bfloat16" or "int8" for float32 whose states are kept
            in fewer digits; "tf32" for products of float32 that are taken in TF32.
        terms: roundings of one step at most; 0 where nothing is rounded.
        spread: N[x] ≥ |A[x]|, or None for |A[x]|.
        underflow: absolute errors v[x] of one step, or None for those of plain products.
        horizon: T, or `math.inf`.
        prefix: length of the words that are multiplied out.
        proof: the numbers that each lemma reads.
        parts: of the scores behind norms.
        offset: d, the bias beside these: one, or one for each last letter.
        constant: the unit that is 1 after every word, or None.
        labels: of the states, 0, 1, …; states with the same one share their score, and the word is classified rightly
            if that score is the largest. Without labels every state has its own.
        decoder: layers from the state to the scores, in place of readouts and parts, or None.
        every: k, letters after which the state is replaced by a code, again and again; 0: never.
        codes: of the states, hidden × 1 each, or None where `every` is 0.
    """

    letters: int
    states: int
    scores: int
    hidden: int
    table: tuple[tuple[int, ...], ...]
    start: int
    A: tuple[Dyadic, ...]
    h: Dyadic
    readouts: tuple[Dyadic, ...]
    before: tuple[int, ...]
    shortest: int
    arithmetic: str
    terms: int
    spread: tuple[Dyadic, ...] | None
    underflow: tuple[Fraction, ...] | None
    horizon: float
    prefix: int
    proof: Mapping[str, Any]
    parts: tuple[Part, ...] = ()
    offset: tuple[tuple[Fraction, ...], ...] = ()
    constant: int | None = None
    decoder: Decoder | None = None
    labels: tuple[int, ...] = ()
    every: int = 0
    codes: tuple[Dyadic, ...] | None = None

    def rivals(self, q: int) -> list[int]:
        """The scores that must stay below that of state q."""
        label = self.labels[q]
        return [p for p in range(self.scores) if p >= self.states or self.labels[p] != label]

    @property
    def by_last_letter(self) -> bool:
        """Whether the readout depends on the last letter."""
        held = [self.readouts, self.offset, *(array for part in self.parts for array in (part.weights, part.rows))]
        return max(map(len, held)) > 1 or (self.decoder is not None and self.decoder.by_last_letter)

    @property
    def endings(self) -> int:
        """How many readouts there are: one, or one for each last letter."""
        return self.letters if self.by_last_letter else 1

    @property
    def bits(self) -> int | None:
        """Binary digits of a float, or None where nothing is rounded."""
        return BITS[self.arithmetic]

    @property
    def kept(self) -> tuple[int, int] | None:
        """Digits p of the floats that states are kept in, and m, where underflow moves a number by 2**-m at most."""
        return KEPT.get(self.arithmetic)

    @property
    def taken(self) -> int | None:
        """Digits of weights as products take them, or None for all of them."""
        return TAKEN.get(self.arithmetic)

    @property
    def steps(self) -> int | None:
        """The largest whole number that entries of states are rounded to, or None where they are no whole numbers."""
        return STEPS.get(self.arithmetic)


def read_document(path: str | os.PathLike[str]) -> Any:
    """The JSON value in a file.

    Raises:
        FormatError: if it is no regular file, too large, cannot be read, or is not JSON.
    """
    name = repr(os.fspath(path))
    try:
        found = os.stat(path)
        require_form(stat.S_ISREG(found.st_mode), f"cannot read the certificate {name}: it is not a regular file")
        size = found.st_size
        require_form(size <= MOST_BYTES, f"the certificate {name} has {size} bytes; at most {MOST_BYTES} are read")
        with open(path, encoding="utf-8") as file:
            return json.load(file, object_pairs_hook=_without_duplicates)
    except OSError as error:
        raise FormatError(f"cannot read the certificate {name}: {error.strerror}") from None
    except RecursionError:
        raise FormatError(f"the certificate {name} is nested too deeply") from None
    except ValueError as error:
        raise FormatError(f"cannot read the certificate {name}: it is not JSON: {error}") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a name that stands twice would be read in one way here, and in another one elsewhere."""
    found = dict(pairs)
    require_form(len(found) == len(pairs), "a name stands twice in one object")
    return found


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of all that a certificate speaks of: weights, task, arithmetic, execution, roundings, words."""
    if document.get("kind") == OLD_KIND:
        spoken_of = document["weights"]
    else:
        names = ("arithmetic", "automaton", "execution", "terms", "weights")
        spoken_of = {name: document.get(name) for name in names}
        spoken_of |= {name: document[name] for name in NEWER if name in document}
    return hashlib.sha256(json.dumps(spoken_of, sort_keys=True).encode()).hexdigest()


def condition(document: Mapping[str, Any]) -> str:
    """What a claim about floats takes for granted of the code, in words; "" where nothing is rounded."""
    if document["arithmetic"] == "exact":
        return ""
    weights = document["weights"]
    own = [text for name, text in (("spread", "N"), ("underflow", "v")) if name in weights]
    stored = f" with the {' and '.join(own)} that it holds" if own else ""
    copied = ", and codes are copied as they are" if "every" in document else ""
    kept = FURTHER.get(document["arithmetic"], "")
    return f"if a step, one letter after the other, rounds at most {document['terms']} times{stored}{kept}{copied}"


def claim_of(document: Any) -> Claim:
    """The claim of a certificate, validated.

    Raises:
        FormatError: if it is not a certificate of this version.
        CheckError: if it is one, but about other numbers than those it was made for.
    """
    require_form(isinstance(document, dict), "this is not a horizon certificate of bistate: not a JSON object")
    kind, arithmetic = field(document, "kind", str), document.get("arithmetic")
    require_form(kind in (KIND, OLD_KIND), f"kind {kind[:60]!r} is not {KIND!r}")
    require_form(
        isinstance(arithmetic, str) and arithmetic in BITS, f"arithmetic {str(arithmetic)[:60]!r} is none of {[*BITS]}"
    )
    rounded = BITS[str(arithmetic)] is not None
    if kind == OLD_KIND:
        require_form(
            not rounded,
            f"a {arithmetic} certificate of kind {OLD_KIND!r} leaves out overflow and underflow; certify again",
        )
        newer = [name for name in NEWER if name in document]
        newer += [name for name in ("labels",) if name in field(document, "automaton", dict)]
        require_form(not newer, f"a certificate of kind {OLD_KIND!r} has no {', '.join(map(repr, newer))}")
    elif rounded:
        execution = document.get("execution")
        require_form(execution == EXECUTION, f"execution {str(execution)[:60]!r} is not {EXECUTION!r}")
    table, start, labels = _automaton(field(document, "automaton", dict))
    weights, proof = field(document, "weights", dict), field(document, "proof", dict)
    states, letters = len(table), len(table[0])
    n = shape_of(field(weights, "start", dict), 1)[0]
    held, shortest = letters, 0
    before: tuple[int, ...] = ()
    if kind != OLD_KIND:
        held = shape_of(field(weights, "transitions", dict), 3)[0]
        require_form(letters <= held <= MOST_LETTERS, f"there are {held} transitions for a task of {letters} letters")
        before = tuple(integers(document, "before", 0, held - 1)) if "before" in document else ()
        require_form(len(before) <= LONGEST_PREFIX, f"over {LONGEST_PREFIX} letters stand before every word")
        shortest = integer(document, "shortest", 0, LONGEST_PREFIX) if "shortest" in document else 0
    normed = field(weights, "norms", dict) if "norms" in weights else None
    behind: dict[str, Any] = {}
    if "decoder" in weights:
        require_form(kind != OLD_KIND and not rounded, "a decoder is covered in exact arithmetic alone")
        require_form("readout" not in weights and normed is None, "a decoder stands in place of a readout and norms")
        decoder, scores, constant = decoder_of(field(weights, "decoder", dict), letters, states, n)
        behind = {"decoder": decoder, "constant": constant}
        readouts, by_letter = 1, decoder.by_last_letter
    elif normed is None:
        readouts, scores, by_letter = _readout_shape(field(weights, "readout", dict), letters, states)
    else:
        require_form(kind != OLD_KIND and not rounded, "norms before the readout are covered in exact arithmetic alone")
        require_form("readout" not in weights, "norms stand in place of a readout")
        readouts, scores, by_letter = normed_shape(normed, letters, states, n)
    require_form(not by_letter or shortest > 0, "the empty word has no last letter whose readout could be used")
    _require_reading(document, letters, scores - states, len(set(labels)), before)
    require_form(
        held * n**2 <= MOST_NUMBERS
        and held * n**3 <= MOST_PRODUCTS
        and readouts * scores * n <= MOST_NUMBERS
        and scores <= MOST_STATES,
        f"{held} letters, {scores} scores and {n} hidden units are more than can be checked",
    )
    require(
        field(document, "digest", str) == digest(document),
        "the weights, the task, the arithmetic or the roundings are not those that the certificate was made for",
    )
    require_form(("every" in document) == ("codes" in weights), "codes go with 'every', and 'every' with codes")
    every = integer(document, "every", 1, LONGEST_PREFIX) if "every" in document else 0
    require_form(not every or arithmetic not in COARSER, f"codes are not for states that are kept in {arithmetic}")
    spread = underflow = None
    if rounded and "spread" in weights:
        spread = matrices(weights["spread"], held, n, n, "spread")
    if rounded and "underflow" in weights:
        values = floats(weights["underflow"], (held,), "underflow")
        underflow = tuple(Fraction(*v.as_integer_ratio()) for v in values)
    prefix = _prefix(proof, letters)
    beyond = f"words of {shortest} letters and more are spoken of, and only up to {prefix} letters are multiplied out"
    require_form(prefix >= shortest - 1 or "turns" in proof, beyond)
    found = Claim(
        letters=letters,
        states=states,
        scores=scores,
        hidden=n,
        table=table,
        start=start,
        A=matrices(field(weights, "transitions", dict), held, n, n, "transitions"),
        h=matrix_of(floats(weights["start"], (n,), "start"), n, 1),
        readouts=() if behind or normed is not None else matrices(weights["readout"], readouts, scores, n, "readout"),
        before=before,
        shortest=shortest,
        arithmetic=str(arithmetic),
        terms=integer(document, "terms", 1, 2**52) if rounded else 0,
        spread=spread,
        underflow=underflow,
        horizon=_horizon(document.get("horizon")),
        prefix=prefix,
        proof=proof,
        labels=labels,
        every=every,
        codes=matrices(weights["codes"], states, n, 1, "codes") if every else None,
        **(behind if normed is None else normed_of(normed, scores, n)),
    )
    _require_one_row_a_label(found)
    return found


def _require_one_row_a_label(claim: Claim) -> None:
    """That states with one label have the same rows, so that these are one score."""
    first: dict[int, int] = {}
    pairs = [(q, first.setdefault(label, q)) for q, label in enumerate(claim.labels)]
    shared = [(q, p) for q, p in pairs if q != p]
    if not shared:
        return
    held = [*claim.readouts, *(weights for part in claim.parts for weights in part.weights)]
    if claim.decoder is not None:
        last = claim.decoder.layers[-1]
        require_form(isinstance(last, Affine), "states share labels, and the last layer of the decoder has no rows")
        assert isinstance(last, Affine)
        held += [*last.weights, *last.add]
    for rows in [rows_of(matrix) for matrix, _ in held] + [list(offset) for offset in claim.offset]:
        for q, p in shared:
            require_form(rows[q] == rows[p], f"states {p} and {q} have one label and rows of the readout that differ")


def _automaton(task: dict[str, Any]) -> tuple[tuple[tuple[int, ...], ...], int, tuple[int, ...]]:
    table = field(task, "table", list)
    form = "the automaton's table has one row of states for each state"
    require_form(0 < len(table) <= MOST_STATES, f"{form}, at most {MOST_STATES}, and here are {len(table)}")
    require_form(all(isinstance(row, list) and len(row) == len(table[0]) > 0 for row in table), form)
    require_form(len(table) * len(table[0]) <= MOST_ENTRIES, f"the automaton's table has over {MOST_ENTRIES} entries")
    require_form(len(table[0]) <= MOST_LETTERS, f"the automaton has over {MOST_LETTERS} letters")
    start = integer(task, "start", 0, len(table) - 1)
    require_form(
        all(type(q) is int and 0 <= q < len(table) for row in table for q in row),
        "the automaton's table has entries that are no states",
    )
    labels = list(range(len(table)))
    if "labels" in task:
        labels = integers(task, "labels", 0, len(table) - 1)
        numbered = list(dict.fromkeys(labels)) == list(range(len(set(labels))))
        require_form(
            len(labels) == len(table) and numbered, "'labels' has to be one for each state, numbered as they appear"
        )
    return tuple(map(tuple, table)), start, tuple(labels)


def _horizon(claimed: Any) -> float:
    if claimed == "infinity":
        return inf
    fine = type(claimed) is int and 0 <= claimed <= MOST_STEPS
    require_form(fine, f"the horizon {str(claimed)[:60]!r} is out of range: 0 to {MOST_STEPS}, or 'infinity'")
    return int(claimed)


def _prefix(proof: dict[str, Any], letters: int) -> int:
    prefix = integer(proof, "prefix", 0, LONGEST_PREFIX)
    require_form(letters**prefix <= MOST_WORDS, f"the prefix of {prefix} letters is too long: over {MOST_WORDS} words")
    return prefix


def _require_reading(
    document: Mapping[str, Any], letters: int, further: int, labels: int, before: tuple[int, ...]
) -> None:
    """That what is said of the model's own letters and scores goes with those that are checked.

    The model has a score for each label, and further ones. Its letters are those of the task and then, in the order of
    their numbers, those that only stand before words.
    """
    changes = document.get("changes", [])
    fine = isinstance(changes, list) and all(isinstance(change, str) for change in changes)
    require_form(fine, "'changes' has to be texts")
    if "read" not in document:
        return
    read = field(document, "read", dict)
    prefix = integers(read, "prefix", 0, MOST_NUMBERS)
    used = [*range(letters), *sorted(set(prefix) - set(range(letters)))]
    require_form(
        before == tuple(map(used.index, prefix)),
        f"the letters before every word are {list(before)}, and those that are named {str(prefix)[:60]}",
    )
    outputs = integers(read, "outputs", 0, labels + further - 1)
    require_form(
        len(set(outputs)) == len(outputs) == labels, "'outputs' has to be one score for each label, none of them twice"
    )


def _readout_shape(stored: Mapping[str, Any], letters: int, states: int) -> tuple[int, int, bool]:
    """How many readouts there are, how many scores each gives, and whether they are for last letters."""
    shape = integers(stored, "shape", 1, MOST_NUMBERS)
    require_form(len(shape) in (2, 3), f"a readout has 2 dimensions or, one for each last letter, 3, not {shape}")
    count = shape[0] if len(shape) == 3 else 1
    require_form(len(shape) == 2 or count == letters, f"there are {count} readouts for {letters} letters")
    require_form(shape[-2] >= states, f"there are {shape[-2]} scores for {states} states")
    return count, shape[-2], len(shape) == 3
