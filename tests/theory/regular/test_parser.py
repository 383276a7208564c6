"""Regular expressions against Python's `re`: the same words match, and what `re` cannot read is refused here, too."""

import re
import time
import warnings
from itertools import product

import pytest
from bistate.theory import Automaton, AutomatonError
from bistate.theory.regular.parser import parse
from bistate.theory.regular.syntax import LAST, complement, count, holds, union
from hypothesis import example, given, settings
from hypothesis import strategies as st

LETTERS = "ab0"
ATOMS = st.sampled_from(
    ["a", "b", "0", ".", "[ab]", "[^b]", "[a-c]", "[^a-c0]", r"\d", r"\D", r"\w", r"[^\d]", r"[\da]", "[]a]", "(?:ab)"]
    + ["()", "(?P<n>b)", r"\x61", r"\x{61}"[:2] + "62", r"[\141b]", r"\141"]
)
QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{,2}", "{0}", "{,}", "*?", "+?", "??", "{1,2}?"])


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map("({})".format),
        st.tuples(inner, QUANTIFIERS).map(lambda t: f"(?:{t[0]}){t[1]}"),
        st.tuples(ATOMS, QUANTIFIERS).map("".join),
    )


PATTERNS = st.recursive(ATOMS, longer, max_leaves=6)
WORDS = ["".join(word) for length in range(7) for word in product(LETTERS, repeat=length)]  # 1093


def accepted(automaton: Automaton, words: list[str]) -> list[bool]:
    good = [q in automaton.accepting for q in automaton.states]
    found = []
    for word in words:
        state = 0
        for letter in word:
            state = automaton.table[state, automaton.letter_index(letter)]
        found.append(good[state])
    return found


@settings(max_examples=60)
@given(PATTERNS)
@example("^(a|b)*abb$|^0$")
@example(r"(a{2})*\Z")
def test_the_same_words_match_as_in_re(pattern: str) -> None:
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:  # a name given twice
        with pytest.raises(AutomatonError, match="position"):
            Automaton.from_regex(pattern, "ab0]")
        return
    automaton = Automaton.from_regex(pattern, "abc0]-1^_")
    assert accepted(automaton, WORDS) == [compiled.fullmatch(word) is not None for word in WORDS]


@settings(max_examples=300)
@given(st.text(r"ab(){}[]|*+?^$.\-,1:d", max_size=9))
def test_any_text_is_read_as_re_reads_it_or_refused(pattern: str) -> None:
    """A text that `re` cannot read is refused, one that we read has the language that `re` gives it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nested sets, which mean nothing special yet
        try:
            compiled = re.compile(pattern, re.ASCII)
        except (re.error, OverflowError):
            compiled = None
    letters = r"ab(){}[]|*+?^$.\-,1:d"
    try:
        automaton = Automaton.from_regex(pattern, letters)
    except AutomatonError:
        return
    assert compiled is not None
    words = ["".join(word) for length in range(3) for word in product(letters, repeat=length)]
    assert accepted(automaton, words) == [compiled.fullmatch(word) is not None for word in words]


CLOSED = {
    "a": "a",
    "[b-d]": "bcd",
    r"\d": "0123456789",
    "(?:xy|z)": "xyz",
    "[]a]": "]a",
    r"\x61": "a",
    "[ ,]": " ,",
    "": "",
}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(sorted(CLOSED)), QUANTIFIERS), max_size=4))
def test_letters_that_are_read_off_are_those_of_the_parts(parts: list[tuple[str, str]]) -> None:
    pattern = "".join(f"({part}){times}" for part, times in parts)
    letters = sorted({letter for part, _ in parts for letter in CLOSED[part]})
    if letters:
        assert list(Automaton.from_regex(pattern).letters) == letters
    else:
        with pytest.raises(AutomatonError, match="has no letters"):
            Automaton.from_regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        ("a{0,4}", "a"),
        ("(a{2})*", "a"),
        (r"\d", "0123456789"),
        ("[0-9]+", "0123456789"),
        ("a b", " ab"),
        ("[a,]{1,2}", ",a"),
        (r"\{\}", "{}"),
        ("a{", "a{"),
        ("a{x}", "ax{}"),
        ("a&b", "&ab"),
        ("[]-]", "-]"),
        (r"\x41\u0042\N{DIGIT ONE}\103", "1ABC"),
        ("(?P<word>ab)c", "abc"),
        ("^ab$", "ab"),
        ("a+?b", "ab"),
        (r"\s", "\t\n\v\f\r "),
    ],
)
def test_letters(pattern: str, letters: str) -> None:
    assert "".join(Automaton.from_regex(pattern).letters) == "".join(sorted(letters))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a{2})*", "(aa)*"),
        ("a{0,4}", "a?a?a?a?"),
        ("[a-c]", "a|b|c"),
        ("a{,}", "a*"),
        ("a+?", "aa*"),
        ("(?:ab)", "ab"),
    ],
)
def test_one_language_is_one_automaton(one: str, other: str) -> None:
    first, second = Automaton.from_regex(one), Automaton.from_regex(other)
    assert (first, first.accepting) == (second, second.accepting)


@pytest.mark.parametrize(
    ("pattern", "place", "said"),
    [
        ("[a", 0, r"the class '\[' is not closed"),
        ("x[]", 1, "is not closed"),
        ("a{3,1}", 1, r"'\{3,1\}' asks for at least 3 and at most 1"),
        ("a^b", 1, "'^' is the start of the word".replace("^", r"\^")),
        ("(^a)", 1, "is the start of the word, which is not here"),
        ("a$b", 1, r"nothing can follow '\$'"),
        ("(a$)", 2, "is the end of the word"),
        ("(ab", 0, r"'\(' is not closed"),
        ("ab)", 2, r"'\)' closes no parenthesis"),
        ("*a", 0, r"nothing to repeat before '\*'"),
        ("a|{2}", 2, r"nothing to repeat before '\{2\}'"),
        ("a**", 2, "two quantifiers after each other"),
        ("a{2}{3}", 4, "two quantifiers after each other"),
        ("a*+b", 2, r"possessive quantifier '\*\+'"),
        ("a(?=b)", 1, "lookahead"),
        ("(?<!b)a", 0, "lookbehind"),
        (r"(a)\1", 3, "refers back to a group"),
        ("(?P<x>a)(?P=x)", 8, "refers back"),
        ("(?P<x>a)(?P<x>b)", 8, "'x' stands twice"),
        ("(?i)a", 0, "flag"),
        ("(?>a)", 0, "atomic"),
        (r"a\b", 1, "looks at the letters on both sides"),
        (r"a\Zb", 1, "nothing can follow"),
        (r"(\Aa)", 1, "which is not here"),
        ("[z-a]", 1, "'z-a' runs backwards"),
        (r"[\d-x]", 1, "is no range"),
        (r"\q", 0, "is no escape that is known"),
        (r"\x4", 0, "is no escape"),
        ("a\\", 1, "nothing follows the backslash"),
    ],
)
def test_what_is_refused_says_where_and_why(pattern: str, place: int, said: str) -> None:
    with pytest.raises(AutomatonError, match=rf"cannot be read at position {place}: .*{said}") as error:
        Automaton.from_regex(pattern, "ab")
    assert repr(pattern) in str(error.value)


@pytest.mark.parametrize("pattern", ["[^a]", ".", "a.*b", r"\D", r"[a\W]", r"\S"])
def test_an_alphabet_that_cannot_be_read_off_is_asked_for(pattern: str) -> None:
    with pytest.raises(AutomatonError, match=r"which letters there are.*letters='ab'.*--alphabet ab"):
        Automaton.from_regex(pattern)
    assert Automaton.from_regex(pattern, "ab-").letters == ("-", "a", "b")


@pytest.mark.parametrize(
    ("pattern", "letters", "said"),
    [
        ("[^a]", "a", r"'\[\^a\]' at position 0 .* matches no letter of the alphabet 'a'"),
        (r"a\d", "a", r"'\\d' at position 1|'\\\\d' at position 1"),
        ("ab", "a", "'b' at position 1 .* names the letter 'b', which is not in the alphabet 'a'"),
        ("[ab]", "a", "names the letter 'b'"),
        ("a", "", "letters is empty"),
        ("a", ["ab"], "single characters, and 'ab' is not"),
        ("a", [1], "single characters, and 1 is not"),
    ],
)
def test_an_alphabet_that_does_not_go_with_the_pattern(pattern: str, letters: str, said: str) -> None:
    with pytest.raises(AutomatonError, match=said):
        Automaton.from_regex(pattern, letters)


def test_deep_parentheses_are_refused() -> None:
    Automaton.from_regex("(" * 99 + "a" + ")" * 99)
    with pytest.raises(AutomatonError, match="more than 100 parentheses"):
        Automaton.from_regex("(" * 10**5)


def test_long_patterns_take_no_time() -> None:
    begun = time.process_time()
    parse("(ab|c)[a-z]{1,3}" * 2000)
    assert time.process_time() - begun < 2


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)).map(lambda t: ((t[0], t[0] + t[1]),))))
def test_sets_of_characters(sets: list) -> None:
    found, plain = union(sets), {c for ((first, last),) in sets for c in range(first, last + 1)}
    assert {c for c in range(60) if holds(found, c)} == plain
    assert {c for c in range(60) if holds(complement(found), c)} == set(range(60)) - plain
    assert count(found) + count(complement(found)) == LAST + 1
    assert complement(complement(found)) == found
