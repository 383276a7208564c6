"""Lemma 1: all words of the first letters are classified rightly, multiplied out one by one.

Statement
---------
Let H_w = A[w] A[b] h_0, b the letters that stand before every word. If for every word w of `shortest` to `prefix`
letters, q the state it leads to and C the readout after its last letter,

    (C_q − C_p) H_w  >  what rounding can add,   for all scores p that are not that of q,

then all of them are classified rightly. With rounding the computed state is κ (H_w + E), κ > 0, |E| ≤ `off`.

Proof
-----
Without rounding this is the definition. With it, by induction: the start may be off by 4 units, since it is normalised
elsewhere, and by `tiny` of lemma 0. If h = κ (H + E) with 1/2 ≤ ‖h‖ ≤ 2 then 1/κ ≤ 2 Σ (|H| + off), and by lemma 0

    A[x] h + error = κ (A H + E'),
    |E'| ≤ |A| off + s |A (H + E)| + σ max |A (H + E)| + γ N (|H| + off) + w 2 Σ (|H| + off).

Its norm is at least κ max_i (|A H| − |E'|)_i, which is not below LOW if that maximum is at least 2 LOW Σ (|H| + off);
this is checked, so lemma 0 goes on. A logit is off by γ_n |C| (|H| + off) + |C| off + r 2 Σ (|H| + off), over κ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import fmpz_mat

from .decoder import require_right as require_decoded
from .document import MOST_DIGITS, MOST_LOGITS, Claim
from .dyadic import GRID, Dyadic, absolute, ceiling, integer_rows, rows_of, side_by_side
from .errors import require, require_form, require_range
from .float_model import Rounding
from .normed_readout import require_right


@dataclass(frozen=True)
class Words:
    """The words of one length.

    Attributes:
        length: their number of letters.
        H: A[w] h_0, columns, times 2**-e: (n, words). The last letter changes slowest.
        off: what rounding can have added, in the same units.
        e: see H.
        states: where each word leads.
    """

    length: int
    H: fmpz_mat
    off: fmpz_mat
    e: int
    states: tuple[int, ...]


def right_words(claim: Claim, rounding: Rounding | None, length: int) -> Words:
    """The words of a length, after all up to it, from the shortest ones spoken of, have been checked.

    Raises:
        CheckError: if one of them need not be classified rightly.
    """
    require_size(claim, length, digits_of(claim, [claim.h]))
    return words_of_known_size(claim, rounding, length)


def words_of_known_size(claim: Claim, rounding: Rounding | None, length: int) -> Words:
    """The same for as many words as `require_size` allows, which is not asked again."""
    words = _empty_word(claim, rounding)
    if not claim.shortest:
        _require_right(claim, rounding, words, 0)
    for t in range(1, length + 1):
        words = _longer(claim, rounding, words)
        if t < claim.shortest:
            continue
        if claim.by_last_letter:
            for x, part in enumerate(_by_last_letter(words, claim.letters)):
                _require_right(claim, rounding, part, x)
        else:
            _require_right(claim, rounding, words, 0)
    return words


def _by_last_letter(words: Words, letters: int) -> list[Words]:
    """The words that end in each letter: the last letter changes slowest."""
    count = len(words.states) // letters
    H, off = rows_of(words.H.transpose()), rows_of(words.off.transpose())
    return [
        replace(words, H=fmpz_mat(H[a:b]).transpose(), off=fmpz_mat(off[a:b]).transpose(), states=words.states[a:b])
        for a, b in ((x * count, (x + 1) * count) for x in range(letters))
    ]


def require_size(claim: Claim, length: int, digits: int) -> None:
    """Refuse words that take too much time or memory: with every letter numbers grow by the digits of the weights."""
    count = claim.letters**length
    require_form(
        count * max(claim.scores, sum(claim.scores + part.units for part in claim.parts)) <= MOST_LOGITS,
        f"{count} words of {claim.scores} scores are more than can be multiplied out",
    )
    require_form(
        count * claim.hidden * (length + len(claim.before) + 1) * (digits + GRID) <= MOST_DIGITS,
        f"{count} words of {claim.hidden} hidden units, {digits} digits a letter, are more than can be multiplied out",
    )


def digits_of(claim: Claim, starts: Sequence[Dyadic]) -> int:
    """Binary digits that a letter adds to the entries of a state, at most."""
    numbers = (*claim.A, *starts)
    largest = max(max(abs(int(v)) for v in A.entries()).bit_length() for A, _ in numbers)
    return largest + max(e for _, e in numbers)


def _empty_word(claim: Claim, rounding: Rounding | None) -> Words:
    """The state after the letters that stand before every word."""
    H, e = claim.h
    off = fmpz_mat(claim.hidden, 1)
    if rounding is not None:
        H, e = H * (1 << GRID), e + GRID  # room for errors that are counted in whole numbers
        off = _raised(ceiling(absolute(H), 4 * rounding.unit), [_times_up(1 << e, rounding.tiny)])
    words = Words(0, H, off, e, (claim.start,))
    for x in claim.before:
        words = replace(_moved(claim, rounding, words, (x,)), states=words.states)
    return words


def _longer(claim: Claim, rounding: Rounding | None, words: Words) -> Words:
    """The words with one letter more."""
    letters = range(claim.letters)
    states = tuple(claim.table[q][x] for x in letters for q in words.states)
    return replace(_moved(claim, rounding, words, letters), length=words.length + 1, states=states)


def _moved(claim: Claim, rounding: Rounding | None, words: Words, letters: Sequence[int]) -> Words:
    """All columns under every one of the letters; length and states are left as they are."""
    deepest = max(claim.A[x][1] for x in letters)
    moved = [claim.A[x][0] * words.H * (1 << (deepest - claim.A[x][1])) for x in letters]
    if rounding is None:
        off = fmpz_mat(claim.hidden, len(letters) * len(words.states))
    else:
        size = absolute(words.H) + words.off
        sums = _sums(size)
        pieces = []
        for x, columns in zip(letters, moved, strict=True):
            (A, e), (N, f) = claim.A[x], rounding.N[x]
            grown = absolute(A) * (1 << (deepest - e)) * words.off
            added = ceiling(N * size, rounding.gamma * 2**deepest / 2**f)
            if rounding.coarse:
                added += ceiling(absolute(columns) + grown, rounding.coarse)
            lost = [_times_up(2 * total << deepest, rounding.step[x]) for total in sums]
            if rounding.even:
                moving = zip(*integer_rows(absolute(columns) + grown), strict=True)
                lost = [v + _times_up(max(sizes), rounding.even) for v, sizes in zip(lost, moving, strict=True)]
            piece = _raised(grown + added, lost)
            pieces.append(piece)
            _require_norm(rounding, x, columns, piece, [total << deepest for total in sums])
        off = side_by_side(pieces)
    return replace(words, H=side_by_side(moved), off=off, e=words.e + deepest)


def _require_norm(rounding: Rounding, x: int, moved: fmpz_mat, off: fmpz_mat, sums: list[int]) -> None:
    """That the norm after letter x is at least LOW, for every column."""
    sizes = zip(*integer_rows(absolute(moved) - off), strict=True)
    for column, total in zip(sizes, sums, strict=True):
        require_range(
            max(column) >= 2 * rounding.least * total,
            f"letter {x} may shrink a state below {float(rounding.least):.3g} of its norm: its square may underflow",
        )


def _require_right(claim: Claim, rounding: Rounding | None, words: Words, x: int) -> None:
    if claim.parts:
        require_right(claim, (words.H, words.e), words.states, x, words.length)
        return
    if claim.decoder is not None:
        require_decoded(claim, (words.H, words.e), words.states, x, words.length)
        return
    C, e = claim.readouts[x]
    wide = absolute(C)
    logits = integer_rows((C * words.H).transpose())
    if rounding is None:
        shaken = integer_rows(fmpz_mat(len(words.states), claim.scores))
    else:
        size = absolute(words.H) + words.off
        added = ceiling(wide * size, 1 + rounding.read) - wide * absolute(words.H)
        lost = [_times_up(2 * total << e, rounding.logit) for total in _sums(size)]
        shaken = integer_rows(_raised(added, lost).transpose())
    rivals = {q: claim.rivals(q) for q in set(words.states)}
    for q, row, moved in zip(words.states, logits, shaken, strict=True):
        least = row[q] - moved[q]
        right = all(least > v + m for v, m in ((row[p], moved[p]) for p in rivals[q]))
        require(right, f"words of {words.length} letters are not all classified rightly")


def _sums(matrix: fmpz_mat) -> list[int]:
    """The sum of each column."""
    return [sum(column) for column in zip(*integer_rows(matrix), strict=True)]


def _raised(matrix: fmpz_mat, by: list[int]) -> fmpz_mat:
    """The entries of each column raised by a number of its own."""
    return fmpz_mat([[int(v) + more for v, more in zip(row, by, strict=True)] for row in rows_of(matrix)])


def _times_up(value: int, factor: Fraction) -> int:
    return -(-value * factor.numerator // factor.denominator)
