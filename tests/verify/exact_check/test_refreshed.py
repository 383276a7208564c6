"""States replaced by codes every few letters: hand-made certificates against the definition, and planted errors."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check, condition, digest
from helpers.lemmas import document_of, eye, loaded, longest_claim, outcome, planted, read, signed, stored, times

TABLES = ([[1], [0]], [[0, 1], [1, 0]], [[1, 1], [2, 0], [0, 0]], [[0, 1], [1, 1]], [[1], [2], [2]])
LONGEST = 10
TRUE = loaded()


def with_codes(document: dict, codes: list, every: int) -> dict:
    return signed(document | {"every": every, "weights": document["weights"] | {"codes": stored(codes)}})


def first_wrong(document: dict, longest: int = LONGEST) -> int | None:
    """The length of the shortest word that is not classified rightly, by fractions, letter by letter."""
    A, h, C, codes = (read(document["weights"][name]) for name in ("transitions", "start", "readout", "codes"))
    table, k = document["automaton"]["table"], document["every"]
    reached = [(document["automaton"]["start"], h)]
    for length in range(longest + 1):
        moved = []
        for q, vector in reached:
            scores = times(C, vector)
            if length >= document.get("shortest", 0) and sum(score >= scores[q] for score in scores) > 1:
                return length
            if length and length % k == 0:
                vector = codes[scores.index(max(scores))]
            moved += [(table[q][x], times(A[x], vector)) for x in range(len(A))]
        reached = [pair for i, pair in enumerate(moved) if pair not in moved[:i]]
    return None


def drawn(seed: int, **more: object) -> dict:
    """Letters that map unit vectors as the table says, up to noise; codes and start with noise as well."""
    draw = random.Random(seed)
    table = TABLES[seed % len(TABLES)]
    m, every, size = len(table), 1 + seed % 3, draw.choice((0.1, 0.3, 0.5))

    def noise() -> Fraction:
        return Fraction(round(draw.uniform(-size, size) * 2**6), 2**6)

    def near(rows: list) -> list:
        return [[value + noise() for value in row] for row in rows]

    A = [near([[Fraction(int(table[j][x] == i)) for j in range(m)] for i in range(m)]) for x in range(len(table[0]))]
    document = document_of(A, near(eye(m))[0], near(eye(m)), table, 0, {"prefix": 0}, **more)
    return with_codes(document, near(eye(m)), every)


@cache
def sample() -> tuple[tuple[dict, int | None], ...]:
    documents = [drawn(seed, **({"shortest": 1} if seed % 2 else {})) for seed in range(60)]
    return tuple((document, first_wrong(document)) for document in documents)


def agrees(checker: SimpleNamespace, document: dict, wrong: int | None) -> bool:
    """Whether a checker accepts exactly the horizons that the definition has."""
    forever = outcome(checker, document | {"horizon": "infinity"}) == math.inf
    finite = longest_claim(checker, document, LONGEST)
    return (forever, finite) == ((True, LONGEST) if wrong is None else (False, wrong - 1))


def test_what_is_proved_is_what_the_definition_says() -> None:
    """After (states + 1) k letters nothing new comes, and all words of so many are looked at."""
    assert all(agrees(TRUE, *case) for case in sample())
    assert sum(wrong is None for _, wrong in sample()) > 10
    assert len({wrong for _, wrong in sample()}) > 5


ERRORS = [
    ("codes are those of their states", "code = claim.codes[piece.state]", "code = claim.codes[0]"),
    ("pieces begin in their states", "start=piece.state", "start=claim.start"),
    ("pieces begin with codes", "replace(claim, h=code,", "replace(claim, h=claim.h,"),
    ("one letter after a code counts", "shortest=1)", "shortest=2)"),
    ("words of k letters are read", "piece.state, shortest=1), rounding, piece.length)", "piece.state), rounding, 0)"),
    ("the start is read up to k", "int(min(k, T)))", "int(min(k, T)) - 1)"),
    ("the rest of T letters is read", "int(min(k, T - begun))", "int(min(k, T - begun)) - 1"),
    ("codes that come late are read", "_after(claim, new) - seen, begun + k", "_after(claim, new) - seen, T"),
    ("the last clean-up counts", "begun + k < T", "begun + k + 1 < T"),
    ("codes of later clean-ups", "seen |= new", "seen = set(range(claim.states))"),
    ("k letters lie between", "for _ in range(claim.every):", "for _ in range(1):"),
    (
        "all letters are followed",
        "for p in states for q in claim.table[p]",
        "for p in states for q in claim.table[p][:1]",
    ),
    ("codes that are used alone", "    for piece in few_pieces(claim):", "    for piece in few_pieces(claim)[:2]:"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[error[0] for error in ERRORS])
def test_an_error_planted_in_the_theorem_is_noticed(hypothesis: str, old: str, new: str) -> None:
    """Some certificate is accepted, or refused, that the definition judges otherwise."""
    checker = planted("refreshed", old, new)
    assert not all(agrees(checker, *case) for case in sample()), hypothesis


def test_a_code_that_no_clean_up_uses_may_be_anything() -> None:
    """Parity of words in one letter, k = 2: the code of "odd" is never there."""
    turn = document_of([[[-1.0]]], [1.0], [[1.0], [-1.0]], [[1], [0]], "infinity", {"prefix": 0})
    assert check(with_codes(turn, [[1.0], [7.0]], 2)) == math.inf
    with pytest.raises(CheckError, match="from the code of state 1: words of 1 letters are not all classified rightly"):
        check(with_codes(turn, [[1.0], [7.0]], 1))


def test_a_tie_at_a_clean_up_is_wrong_whatever_the_code_does_with_it() -> None:
    tied = document_of([[[1.0]]], [1.0], [[1.0], [1.0]], [[0], [1]], "infinity", {"prefix": 0}, shortest=1)
    with pytest.raises(CheckError, match="words of 1 letters are not all"):
        check(with_codes(tied, [[1.0], [1.0]], 1))


def test_words_that_are_not_spoken_of_are_read_at_clean_ups_all_the_same() -> None:
    """Words of one letter are wrong; from the wrong code two letters are, though nobody asked about the first."""
    A, C = [[[0.0, 1.0], [1.0, 0.0]]], [[1.0, 0.0], [0.0, 1.0]]
    document = document_of(A, [0.0, 1.0], C, [[1], [0]], "infinity", {"prefix": 1}, shortest=2)
    document = with_codes(document, [[1.0, 0.0], [0.0, 1.0]], 1)
    assert first_wrong(document) == 2
    rule = "claim.shortest <= 1"
    with pytest.raises(FormatError, match="words of 1 letter are spoken of, not from 2"):
        check(document)
    assert outcome(planted("refreshed", rule, "True"), document) == math.inf  # which is wrong


def test_states_that_share_a_label_are_refused() -> None:
    """Both letters are read as label 0, whose first score chooses code 0; from there the word goes wrong."""
    A, C = [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], [[1.0, 1.0, 0.0]] * 2 + [[0.0, 0.0, 1.0]]
    document = document_of(A, [1.0, 0.0, 0.0], C, [[1], [2], [0]], "infinity", {"prefix": 0})
    document |= {"automaton": document["automaton"] | {"labels": [0, 0, 1]}}
    document = with_codes(document, eye(3), 1)
    with pytest.raises(FormatError, match="states share a label"):
        check(document)
    assert outcome(planted("refreshed", "len(set(claim.labels)) == claim.states", "True"), document) == math.inf


def test_codes_of_floats_have_norm_one() -> None:
    A, C = [[[0.0, 1.0], [1.0, 0.0]]], [[1.0, 0.0], [0.0, 1.0]]
    document = document_of(A, [1.0, 0.0], C, [[1], [0]], "infinity", {"prefix": 0}, arithmetic="float32")
    assert check(with_codes(document, eye(2), 1)) == math.inf
    assert condition(with_codes(document, eye(2), 1)).endswith("4 times, and codes are copied as they are")
    long = with_codes(document, [[1.0, 0.0], [0.0, 2.0]], 1)
    with pytest.raises(CheckError, match="the code of state 1 is not of norm 1"):
        check(long)
    plant = 'require_unit(code, f"the code of state {piece.state}")'
    assert outcome(planted("refreshed", plant, "pass"), long) == math.inf


def test_rounding_between_clean_ups_is_counted() -> None:
    """A lead of 2**-22 after one letter is more than exact numbers need, and less than 24 digits are sure of."""
    A, C = [[[0.0, 1.0], [1.0, 0.0]]], [[1.0, 1.0 - 2.0**-22], [1.0 - 2.0**-22, 1.0]]
    codes = eye(2)
    exact = with_codes(document_of(A, [1.0, 0.0], C, [[1], [0]], "infinity", {"prefix": 0}), codes, 1)
    assert check(exact) == math.inf
    rounded = document_of(A, [1.0, 0.0], C, [[1], [0]], "infinity", {"prefix": 0}, arithmetic="float32")
    with pytest.raises(CheckError, match="are not all classified rightly"):
        check(with_codes(rounded, codes, 1))


def hostile() -> dict[str, tuple[dict, str]]:
    """Documents that would take long or make no sense, and why they are refused."""
    good = drawn(0)
    many = [[(p + 1) % 4096] for p in range(4096)]
    wide = document_of([[[1.0]]] * 2, [1.0], [[1.0], [0.0]], [[0, 0], [0, 0]], "infinity", {"prefix": 0})
    ring = document_of([[[1.0]]], [1.0], [[0.5]] * 4096, many, "infinity", {"prefix": 0})
    tiny = document_of(
        [[[2.0**1000, 2.0**-1074], [1.0, 1.0]]] * 2, [1.0, 1.0], eye(2), [[0, 1]] * 2, "infinity", {"prefix": 0}
    )
    old = good | {"kind": "bistate horizon 1"}
    without = {name: value for name, value in good["weights"].items() if name != "codes"}
    return {
        "many words": (with_codes(wide, [[1.0], [1.0]], 19), "more than can be multiplied out"),
        "many letters": (with_codes(wide, [[1.0], [1.0]], 10**9), "has to be from 1 to 64"),
        "none": (with_codes(wide, [[1.0], [1.0]], 0), "has to be from 1 to 64"),
        "a truth value": (signed(good | {"every": True}), "'every' is bool"),
        "a long ring": (with_codes(ring, [[1.0]] * 4096, 63), "more than can be multiplied out"),
        "digits": (with_codes(tiny, [[1.0, 1.0]] * 2, 17), "more than can be multiplied out"),
        "old": (old | {"digest": digest(old)}, "of kind 'bistate horizon 1' has no 'every'"),
        "codes alone": (signed({n: v for n, v in good.items() if n != "every"}), "codes go with 'every'"),
        "no codes": (signed(good | {"weights": without}), "codes go with 'every'"),
        "few codes": (signed(good | {"weights": without | {"codes": stored([[1.0]])}}), "the codes have the shape"),
        "before": (signed(good | {"before": [0]}), "letters before every word are not covered"),
    }


@pytest.mark.parametrize("name", [*hostile()])
def test_hostile_documents_are_refused_at_once(name: str) -> None:
    document, reason = hostile()[name]
    with pytest.raises(FormatError, match=reason):
        check(document)


def test_codes_and_k_are_part_of_the_digest() -> None:
    good = drawn(3)
    assert digest(good | {"every": good["every"] + 1}) != good["digest"]
    with pytest.raises(CheckError, match="not those that the certificate was made for"):
        check(good | {"weights": good["weights"] | {"codes": stored(eye(2))}})


@pytest.mark.parametrize(
    ("old", "new"),
    [("MOST_READ = 2**30", "MOST_READ = 2"), ("sum(claim.letters**t for t", "sum(10**9 for t")],
    ids=["transitions are read for every letter", "shorter words are products as well"],
)
def test_what_pieces_cost_is_looked_at_first(old: str, new: str) -> None:
    document = sample()[0][0] | {"horizon": 3}
    assert "more than can be multiplied out" not in str(outcome(TRUE, document))
    assert "more than can be multiplied out" in str(outcome(loaded("refreshed", (old, new)), document))
