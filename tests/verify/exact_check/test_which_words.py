"""Which words a claim is about: the shortest ones, letters before them, more scores, a readout of the last letter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import FormatError, check
from helpers.lemmas import close, document_of, loaded, outcome, planted, read, signed, times, words_alone

TRUE = loaded()
SEEDS = [seed for seed in range(20) if len(close(seed)["automaton"]["table"][0]) > 1][:8]


def asked(document: dict, **fields: object) -> dict:
    """The document about other words: `shortest`, or letters `before` every word."""
    return signed(document | fields)


def wrong_words(document: dict, length: int, shortest: int = 0, before: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """All wrong words of `shortest` to `length` letters, by fractions; readouts may be those of the last letter."""
    A, h, C = (read(document["weights"][name]) for name in ("transitions", "start", "readout"))
    table, start = document["automaton"]["table"], document["automaton"]["start"]
    found = []
    for t in range(shortest, length + 1):
        for word in itertools.product(range(len(table[0])), repeat=t):
            v, q = h, start
            for x in before:
                v = times(A[x], v)
            for x in word:
                v, q = times(A[x], v), table[q][x]
            rows = C[word[-1]] if isinstance(C[0][0], list) else C
            scores = times(rows, v)
            if any(s >= scores[q] for p, s in enumerate(scores) if p != q):
                found.append(word)
    return found


def varied(seed: int) -> Iterator[tuple[dict, int, tuple[int, ...]]]:
    """Documents with other scores, other readouts and letters before, with `shortest` and these letters."""
    plain = close(seed)
    A, h, C = (read(plain["weights"][name]) for name in ("transitions", "start", "readout"))
    table = plain["automaton"]["table"]
    m = len(C)  # the direction that does not fade
    extra = [*C, [v * Fraction(3, 4) + (j == m) for j, v in enumerate(C[seed % m])]]
    tilted = [
        [[v + Fraction(x, 2) * (j == m) * (-1) ** p for j, v in enumerate(row)] for p, row in enumerate(C)]
        for x in range(len(A))
    ]
    swap = [row[::-1] for row in A[0]]
    for shortest in (0, 1, 2):
        yield asked(plain, shortest=shortest), shortest, ()
        yield asked(document_of(A, h, extra, table, 0, {"prefix": 0}), shortest=shortest), shortest, ()
        if shortest:
            yield asked(document_of(A, h, tilted, table, 0, {"prefix": 0}), shortest=shortest), shortest, ()
        for before in ((1,), (2, 0)):
            document = document_of([*A, swap], h, C, table, 0, {"prefix": 0})
            yield asked(document, shortest=shortest, before=list(before)), shortest, before


def false_claims(checker: SimpleNamespace) -> list[dict]:
    """Accepted claims of lemma 1 with a wrong word."""
    found = []
    for seed in SEEDS:
        for document, shortest, before in varied(seed):
            for length in range(max(0, shortest - 1), 4):
                claimed = words_alone(document, length)
                if outcome(checker, claimed) == length and wrong_words(document, length, shortest, before):
                    found.append(claimed)
    return found


def test_words_are_accepted_exactly_as_far_as_those_spoken_of_are_right():
    for seed in SEEDS:
        for document, shortest, before in varied(seed):
            for length in range(max(0, shortest - 1), 4):
                right = not wrong_words(document, length, shortest, before)
                assert (outcome(TRUE, words_alone(document, length)) == length) == right


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("words from the shortest on are checked", "if t < claim.shortest", "if t <= claim.shortest"),
        ("letters before a word are read", "for x in claim.before", "for x in claim.before[1:]"),
        ("in their order", "for x in claim.before", "for x in claim.before[::-1]"),
        (
            "every score is a rival",
            "for p in rivals[q]))\n        require",
            "for p in rivals[q] if p < claim.states))\n        require",
        ),
        ("the readout is that of the last letter", "rounding, part, x)", "rounding, part, 0)"),
        ("the last letter changes slowest", "(x * count, (x + 1) * count)", "(0, count)"),
    ],
)
def test_an_error_planted_in_which_words_are_asked_is_noticed(hypothesis, old, new):
    assert false_claims(planted("words", old, new)), hypothesis


def test_a_readout_of_the_last_letter_says_nothing_of_the_empty_word():
    (document, *_), *_ = [item for item in varied(SEEDS[0]) if len(item[0]["weights"]["readout"]["shape"]) == 3]
    with pytest.raises(FormatError, match="the empty word has no last letter"):
        check(asked(document, shortest=0))
    with pytest.raises(FormatError, match="only up to 0 letters are multiplied out"):
        check(asked(document, shortest=2))
