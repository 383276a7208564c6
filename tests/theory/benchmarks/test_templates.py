"""Tokens before a word, after it, and several tokens for a letter."""

from __future__ import annotations

from itertools import product

import pytest
from bistate.theory import Automaton, AutomatonError, benchmark
from bistate.theory.benchmarks.templates import with_bos, with_fillers, with_query

SUM = Automaton.modular_addition(3)
PARITY_OF_AB = Automaton.from_regex("(ab)*").acceptor()


def test_a_token_before_the_word_changes_no_label() -> None:
    T = with_bos(SUM, 4, 4)
    for word in product(SUM.letters, repeat=4):
        assert T.output([4, *word]) == SUM.output(word)
        assert T.run([4, *word]) in T.accepting
        assert T.output(word) is T.output([4, *word, 4]) is None
        assert T.run(word) not in T.accepting
    assert T.output([4]) == 4
    assert T.output([]) is None


def test_a_token_after_the_word_has_its_label_and_nothing_else_has_one() -> None:
    T = with_query(PARITY_OF_AB, "?")
    for n in range(6):
        for word in product("ab", repeat=n):
            accepted = PARITY_OF_AB.output(word)
            assert T.output([*word, "?"]) == (True if accepted else None)
            assert (T.run([*word, "?"]) in T.accepting) == accepted
            assert T.output(word) is T.output([*word, "?", "a"]) is None
    assert {with_query(SUM, 3).output([*w, 3]) for w in product(range(3), repeat=2)} == {0, 1, 2}


@pytest.mark.parametrize("tokens", [2, 3])
def test_fillers_stand_between_letters(tokens: int) -> None:
    T = with_fillers(SUM, tokens, 9, 7)
    word = [1, 2, 2, 0, 1]
    stretched = [x for letter in word for x in (letter, *[9] * (tokens - 1))]
    labels = [T.output(stretched[: n + 1]) for n in range(len(stretched))]
    # as the source has it: labels of letters, fillers' own id after each, shifted by tokens − 1 and begun with 7
    plain = [y for n in range(len(word)) for y in (SUM.output(word[: n + 1]), *[9] * (tokens - 1))]
    assert labels == ([7] * (tokens - 1) + plain)[: len(plain)]
    assert T.output([1, 1]) is T.output([9]) is None
    assert T.run(stretched) in T.accepting
    assert T.run(stretched[:-1]) not in T.accepting
    assert len(T.minimize().states) == len(T.states)


def test_tokens_have_to_be_new_ones() -> None:
    for make in (lambda: with_bos(SUM, 2, 2), lambda: with_query(SUM, 2), lambda: with_fillers(SUM, 2, 2, 0)):
        with pytest.raises(AutomatonError, match="token 2 is a letter"):
            make()
    with pytest.raises(AutomatonError, match="tokens=1"):
        with_fillers(SUM, 1, 9, 0)


def test_the_sources_tokens() -> None:
    A5 = benchmark("word-problem/A5+bos").automaton
    assert A5.output([61]) == 61
    assert A5.output([61, 7]) == 7
    assert benchmark("complex-kda/s3+bos").automaton.output([6]) == 0
    asked = benchmark("chomsky/modular-arithmetic+query")
    assert asked.automaton.output([1, 5, 2, 7, 4, 9]) == (1 + 2 * 4) % 5
    assert asked.train_lengths == (2, 40)
