"""Theorem: with a clean-up every k letters, right on all words of at most T letters, or on all words.

What is assumed of the code
---------------------------
After letter k, 2k, 3k, … of a word, p being the first of its largest scores there, the state is replaced by the code
c_p, numbers that the claim holds. Else the code does what lemmas 0 and 1 say.

Statement
---------
Let R_1 be the states that words of k letters lead to from the start, R_{m+1} those that words of k letters lead to from
R_m. Suppose that every state has a score of its own, that `shortest` is at most 1, with rounding that the codes
that are used have a norm from 3/4 to 5/4, and that lemma 1 holds

    for h_0 and the words of `shortest` to min(k, T) letters, the empty word as well if `shortest` is 0,
    for every code c_q, q in R_m and in no R_i with i < m, and the words of 1 to min(k, T − m k) letters, 1 ≤ m < T / k.

Then all words of `shortest` to T letters are classified rightly; for T = infinity all words are.

Proof
-----
Take a word of at most T letters, and let v_m be its first m k letters. Claim: after v_m and the clean-up that follows
it the state is c_q, q the state that v_m leads to, and q is in R_m. For m = 1 the word v_1 has k ≥ 1 ≥ `shortest`
letters, so lemma 1 speaks of it: score q is larger than all others, by more than rounding can move them. So it is the
only largest one, however ties are broken, and c_q is copied. For m + 1: v_{m+1} is v_m and a word w of k letters, and
(m + 1) k ≤ T. The state before w is c_q, whatever happened before, and q is in R_m. Let i ≤ m be the first with q in
R_i: the words of min(k, T − i k) = k letters from c_q are right by lemma 1, w among them, and c of its state is
copied. The score of v_{m+1} is read there as well, before the clean-up, so it is right.

The empty word is one of those from h_0. Else let v_m be the last one with m k < |word|. What follows it has from 1 to
min(k, T − m k) letters, and lemma 1, with c_q for h_0, says that its score is right; for m = 0 it is the word itself,
from h_0.

The sets R_m need not be followed for ever: once every state of R_m is in an earlier R_i, so is every one of R_{m+1}. It
is enough to go on from states that are new: what words of k letters lead to from another one, of R_i, is in R_{i+1}. ∎

Lemma 1 lets h_0 be off by 4 units and by flushing. Codes are off by flushing, and by the unit of a conversion at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .document import MOST_LOGITS, Claim
from .dyadic import GRID
from .errors import CheckError, require_form
from .fields import MOST_PRODUCTS
from .float_model import Rounding, require_unit
from .words import digits_of, require_size, words_of_known_size

MOST_CLEANED = 2**19  # words from all codes together: A_5 with k = 2 has 216 000
MOST_READ = 2**30  # numbers of transitions that are read, once for every letter of every piece
MOST_DIGITS_READ = 2**35  # binary digits of all their hidden states, of which one code's are held at a time


@dataclass(frozen=True)
class Piece:
    """Words that are read from one state, until the next clean-up or the end.

    Attributes:
        begun: letters before it, a multiple of k.
        state: q; the pieces with `begun` = 0 begin with h_0 and not with c_q.
        length: of the longest of its words.
    """

    begun: int
    state: int
    length: int


def require_refreshed(claim: Claim, rounding: Rounding | None) -> None:
    """That the theorem holds for a claim with codes.

    Raises:
        CheckError: if a word need not be read rightly; the message says from which code.
    """
    assert claim.codes is not None
    require_form(len(set(claim.labels)) == claim.states, "states share a label, and a clean-up needs to know the state")
    require_form(not claim.parts and claim.decoder is None, "a clean-up needs scores that are linear in the state")
    require_form(not claim.before, "letters before every word are not covered together with a clean-up")
    require_form(claim.shortest <= 1, f"with a clean-up words of 1 letter are spoken of, not from {claim.shortest}")
    for piece in few_pieces(claim):
        if not piece.begun:
            words_of_known_size(claim, rounding, piece.length)
            continue
        code = claim.codes[piece.state]
        if rounding is not None:
            require_unit(code, f"the code of state {piece.state}")
        try:
            words_of_known_size(replace(claim, h=code, start=piece.state, shortest=1), rounding, piece.length)
        except CheckError as error:
            raise type(error)(f"from the code of state {piece.state}: {error}") from None


def pieces_of(claim: Claim) -> Iterator[Piece]:
    """The pieces that have to be read rightly, the first ones first."""
    k, T = claim.every, claim.horizon
    yield Piece(0, claim.start, int(min(k, T)))
    new, seen, begun = {claim.start}, set[int](), 0
    while new and begun + k < T:
        new, begun = _after(claim, new) - seen, begun + k
        seen |= new
        for q in sorted(new):
            yield Piece(begun, q, int(min(k, T - begun)))


def _after(claim: Claim, states: set[int]) -> set[int]:
    """Where words of k letters lead."""
    for _ in range(claim.every):
        states = {q for p in states for q in claim.table[p]}
    return states


def few_pieces(claim: Claim) -> list[Piece]:
    """The pieces, unless their words take too much time; a step to the next pieces costs no more than their words.

    Raises:
        FormatError: if they do.
    """
    assert claim.codes is not None
    pieces, words, shorter = [], 0, 0
    for piece in pieces_of(claim):
        words += claim.letters**piece.length
        shorter += sum(claim.letters**t for t in range(1, piece.length + 1))  # a product for each
        require_form(
            words <= MOST_CLEANED,
            f"words of {claim.every} letters from the start and from codes are over {MOST_CLEANED}, more than can be "
            "multiplied out",
        )
        pieces.append(piece)
    digits, numbers = digits_of(claim, [claim.h, *claim.codes]), words * claim.hidden
    require_form(
        words * claim.scores <= MOST_LOGITS
        and shorter * claim.hidden * (claim.hidden + claim.scores) <= MOST_PRODUCTS
        and sum(piece.length for piece in pieces) * claim.letters * claim.hidden**2 <= MOST_READ
        and numbers * (claim.every + 1) * (digits + GRID) <= MOST_DIGITS_READ,
        f"{words} words with {claim.hidden} hidden units, {claim.scores} scores and {digits} digits a letter are more "
        "than can be multiplied out",
    )
    require_size(claim, max(piece.length for piece in pieces), digits)
    return pieces
