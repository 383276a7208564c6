"""What a certificate says, read anew by struct and fractions, and what it may not be, field by field."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import inf, prod
from pathlib import Path
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check, condition, digest, read_document
from bistate.verify.exact_check import document as lemma
from bistate.verify.exact_check.document import BITS, MOST_STEPS, claim_of
from helpers.lemmas import changed, document_of, drawn, fractions_of, loaded, outcome, planted, signed, stored
from hypothesis import given
from hypothesis import strategies as st

TRUE = loaded()


def place_of(text: str) -> str:
    """The module that reads a field: of the whole document, or of any field."""
    return "document" if text in Path(lemma.__file__).read_text(encoding="utf-8") else "fields"


ROUNDED = {"arithmetic": "float32", "terms": 3}
PLAIN = drawn(2)
FLOAT = drawn(1, **ROUNDED)


# what is read -------------------------------------------------------------------------------------------------------


def values(array_: dict) -> list[Fraction]:
    data = base64.b64decode(array_["float64"])
    return [Fraction(v) for v in struct.unpack(f"<{len(data) // 8}d", data)]


def flat(matrices: list) -> list[Fraction]:
    return [v for matrix in matrices for row in fractions_of(matrix) for v in row]


def facts(checker: SimpleNamespace) -> Iterator[bool]:
    """Every field of a claim is what the document says."""
    own = {"spread": stored([[[2.0] * 4] * 4] * 2), "underflow": stored([0.5, 0.25])}
    more = signed(FLOAT | {"weights": FLOAT["weights"] | own, "horizon": 7})
    other = document_of([[[2.0]]] * 2, [1.0], [[0.5], [3.0]], [[1, 0], [0, 1]], "infinity", {"prefix": 2})
    other = signed(other | {"automaton": other["automaton"] | {"start": 1}, "terms": 9})
    for document in (PLAIN, FLOAT, more, other):
        claim, weights = checker.document.claim_of(document), document["weights"]
        table = document["automaton"]["table"]
        yield [list(row) for row in claim.table] == table
        yield (claim.states, claim.letters, claim.start) == (len(table), len(table[0]), document["automaton"]["start"])
        yield claim.hidden == weights["start"]["shape"][0]
        yield flat(claim.A) == values(weights["transitions"])
        yield flat([claim.h]) == values(weights["start"])
        yield flat(claim.readouts) == values(weights["readout"])
        yield claim.horizon == (inf if document["horizon"] == "infinity" else document["horizon"])
        yield (claim.arithmetic, claim.bits) == (document["arithmetic"], BITS[document["arithmetic"]])
        yield (claim.prefix, claim.proof) == (document["proof"]["prefix"], document["proof"])
        rounded = document["arithmetic"] != "exact"
        yield claim.terms == (document["terms"] if rounded else 0)
        yield claim.spread is None if "spread" not in weights else flat(claim.spread) == values(weights["spread"])
        yield claim.underflow is None if "underflow" not in weights else list(claim.underflow) == [0.5, 0.25]
    exact = checker.document.claim_of(signed(more | {"arithmetic": "exact"}))  # nothing is rounded: they say nothing
    yield (exact.spread, exact.underflow, exact.terms, exact.bits) == (None, None, 0, None)


def test_a_claim_is_what_the_document_says():
    assert all(facts(TRUE))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_stored_numbers_are_little_endian_doubles(numbers):
    text = base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()
    found = lemma.floats({"shape": [len(numbers)], "float64": text}, (len(numbers),), "numbers")
    assert list(found) == numbers


def test_the_digest_is_that_of_all_that_is_claimed_but_the_horizon():
    names = ("arithmetic", "automaton", "execution", "terms", "weights")
    for document in (PLAIN, FLOAT):
        spoken_of = json.dumps({name: document.get(name) for name in names}, sort_keys=True)
        assert document["digest"] == digest(document) == hashlib.sha256(spoken_of.encode()).hexdigest()
        for name in names:
            assert digest(document | {name: "other"}) != digest(document)
        for name in ("horizon", "proof", "kind"):
            assert digest(document | {name: "other"}) == digest(document)


def test_the_condition_names_all_that_is_taken_for_granted():
    assert condition(PLAIN) == ""
    assert condition(FLOAT) == "if a step, one letter after the other, rounds at most 3 times"
    for names, text in ((["spread"], "N"), (["underflow"], "v"), (["spread", "underflow"], "N and v")):
        weights = FLOAT["weights"] | dict.fromkeys(names, 0)
        assert condition(FLOAT | {"weights": weights}).endswith(f"3 times with the {text} that it holds")


@pytest.mark.parametrize(
    ("hypothesis", "old", "new"),
    [
        ("letters in order", "entries[k * size : (k + 1) * size]", "entries[:size]"),
        ("the start state", "return tuple(map(tuple, table)), start", "return tuple(map(tuple, table)), 0"),
        ("infinity", "        return inf\n    fine", "        return 0\n    fine"),
        ("roundings in floats alone", "if rounded else 0", "if not rounded else 0"),
        ("the spread in floats alone", 'if rounded and "spread" in weights', 'if "spread" in weights'),
        ("the spread is read", 'if rounded and "spread" in weights', 'if False and "spread" in weights'),
        ("the underflow is read", 'if rounded and "underflow" in weights', 'if False and "underflow" in weights'),
        ("bytes in order", 'if array("H", b"\\x01\\x00")[0] != 1:', 'if array("H", b"\\x01\\x00")[0] == 1:'),
    ],
)
def test_an_error_planted_in_the_reading_is_noticed(hypothesis, old, new):
    checker = planted(place_of(old), old, new)
    try:
        assert not all(facts(checker)), hypothesis
    except (checker.errors.CheckError, TypeError, AttributeError):
        return


# what is refused ----------------------------------------------------------------------------------------------------


def weight(name: str, value: object, document: dict = PLAIN) -> dict:
    return signed(document | {"weights": document["weights"] | {name: value}})


def task(document: dict = PLAIN, **more: object) -> dict:
    return signed(document | {"automaton": document["automaton"] | more})


def without(name: str, document: dict = PLAIN) -> dict:
    return {key: value for key, value in document.items() if key != name}


def array_with(value: float) -> dict:
    """The start of PLAIN with a number that is none."""
    data = base64.b64decode(PLAIN["weights"]["start"]["float64"])
    return PLAIN["weights"]["start"] | {"float64": base64.b64encode(data[:-8] + struct.pack("<d", value)).decode()}


DIGEST = 'field(document, "digest", str) == digest(document)'
START = PLAIN["weights"]["start"]
ROWS = PLAIN["automaton"]["table"]
REFUSED: list[tuple[Callable[[], object], str, str]] = [  # the document, why, and the hypothesis that is left out
    (lambda: [1], "not a JSON object", "isinstance(document, dict)"),
    (lambda: without("kind"), "'kind' is missing", ""),
    (lambda: PLAIN | {"kind": 2}, "'kind' is int, and has to be str", "type(value) is kind"),
    (lambda: PLAIN | {"kind": "bistate horizon 3"}, "kind 'bistate horizon 3' is not", "kind in (KIND, OLD_KIND)"),
    (lambda: PLAIN | {"arithmetic": "float8"}, "arithmetic 'float8' is none of", ""),
    (lambda: FLOAT | {"kind": "bistate horizon 1"}, "leaves out overflow and underflow", "            not rounded,\n"),
    (lambda: signed(FLOAT | {"execution": "scan"}), "execution 'scan' is not 'loop'", "execution == EXECUTION"),
    (lambda: signed(without("execution", FLOAT)), "execution 'None' is not 'loop'", "execution == EXECUTION"),
    (lambda: task(table=[]), "has one row of states for each state", ""),
    (lambda: task(table=[[0, 1, 2]] * 4097), "at most 4096, and here are 4097", "0 < len(table) <= MOST_STATES"),
    (lambda: task(table=[*ROWS[:2], [0]]), "one row of states for each state", ""),
    (lambda: task(table=[[]] * 3), "one row of states for each state", ""),
    (lambda: task(table=[*ROWS[:2], 7]), "one row of states for each state", ""),
    (lambda: task(table=[[0] * 300] * 4000), "over 1048576 entries", "len(table) * len(table[0]) <= MOST_ENTRIES"),
    (lambda: task(table=[[0] * 16385] * 3), "over 16384 letters", "len(table[0]) <= MOST_LETTERS"),
    (lambda: task(start=3), "'start' is 3, and has to be from 0 to 2", "least <= value <= most"),
    (lambda: task(start=-1), "'start' is -1", "least <= value <= most"),
    (lambda: task(start=True), "'start' is bool", "type(value) is kind"),
    (lambda: task(table=[*ROWS[:2], [0, 3]]), "entries that are no states", "type(q) is int and 0 <= q < len(table)"),
    (lambda: task(table=[*ROWS[:2], [0, -1]]), "entries that are no states", "type(q) is int and 0 <= q < len(table)"),
    (
        lambda: task(table=[*ROWS[:2], [0, True]]),
        "entries that are no states",
        "type(q) is int and 0 <= q < len(table)",
    ),
    (lambda: PLAIN | {"digest": "0" * 64}, "not those that the certificate was made for", DIGEST),
    (lambda: PLAIN | {"weights": weight("start", array_with(0.5))["weights"]}, "not those that the cert", DIGEST),
    (lambda: weight("start", [1.0]), "'start' is list, and has to be dict", ""),
    (
        lambda: weight("start", START | {"shape": [2, 2]}),
        "an array of 1 dimensions is needed",
        "len(shape) == dimensions",
    ),
    (
        lambda: weight("start", START | {"shape": [0]}),
        "'shape' has to be whole numbers from 1",
        "type(v) is int and least",
    ),
    (lambda: weight("start", START | {"shape": [4.0]}), "'shape' has to be whole numbers", "type(v) is int and least"),
    (lambda: weight("start", stored([1.0, 0.0])), "the transitions have the shape", "prod(found) == size"),
    (
        lambda: weight("transitions", stored([[[1.0] * 3] * 4] * 2)),
        "the transitions have the shape",
        "prod(found) == size",
    ),
    (lambda: weight("start", array_with(inf)), "inf among the numbers of 'start'", "all(map(isfinite, values))"),
    (
        lambda: weight("start", array_with(float("nan"))),
        "nan among the numbers of 'start'",
        "all(map(isfinite, values))",
    ),
    (
        lambda: weight("start", START | {"float64": START["float64"][:-4]}),
        "does not hold 4 numbers",
        "",
    ),
    (
        lambda: weight("start", START | {"float64": "!" + START["float64"][1:]}),
        "does not hold 4 numbers",
        "",
    ),
    (lambda: weight("spread", stored([1.0]), FLOAT), "the spread have the shape", "prod(found) == size"),
    (lambda: weight("underflow", stored([1.0]), FLOAT), "the underflow have the shape", "prod(found) == size"),
    (lambda: signed(FLOAT | {"terms": 0}), "'terms' is 0, and has to be from 1", "least <= value <= most"),
    (lambda: signed(FLOAT | {"terms": 2**52 + 1}), "'terms' is 4503599627370497", "least <= value <= most"),
    (lambda: signed(without("terms", FLOAT)), "'terms' is missing", ""),
    (
        lambda: PLAIN | {"horizon": MOST_STEPS + 1},
        "the horizon '1000000000001' is out of range",
        "0 <= claimed <= MOST_STEPS",
    ),
    (lambda: PLAIN | {"horizon": -1}, "the horizon '-1' is out of range", "0 <= claimed <= MOST_STEPS"),
    (lambda: PLAIN | {"horizon": 1.0}, "the horizon '1.0' is out of range", "type(claimed) is int"),
    (lambda: PLAIN | {"horizon": True}, "the horizon 'True' is out of range", "type(claimed) is int"),
    (lambda: without("horizon"), "the horizon 'None' is out of range", "type(claimed) is int"),
    (lambda: changed(PLAIN, prefix=65), "'prefix' is 65, and has to be from 0 to 64", "least <= value <= most"),
    (lambda: changed(PLAIN, prefix=15), "over 20000 words", ""),
    (lambda: PLAIN | {"proof": {}}, "'prefix' is missing", ""),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_document_that_breaks_one_rule_is_refused(number):
    document, reason, _ = REFUSED[number]
    error = CheckError if "made for" in reason or "the cert" in reason else FormatError
    with pytest.raises(error, match=reason) as found:
        check(document())
    assert found.type is error


@pytest.mark.parametrize("number", [i for i, case in enumerate(REFUSED) if case[2]])
def test_without_its_rule_it_is_not_refused_for_that_reason(number):
    """So no rule is asked for twice: it is accepted then, or stumbles later."""
    document, reason, rule = REFUSED[number]
    others = {
        "type(v) is int and least": "True or least",
        "type(q) is int and ": "",
    }
    plant = others.get(rule, "            True,\n" if "rounded" in rule else "True")
    checker = planted(place_of(rule), rule, plant)
    assert reason not in str(outcome(checker, document()))


def test_limits_are_those_of_numbers_and_of_products():
    assert claim_of(PLAIN).hidden == 4
    letters, states = 2, 3
    for name, edge in (("MOST_NUMBERS", letters * 16), ("MOST_PRODUCTS", letters * 64)):
        checker = loaded()
        setattr(checker.document, name, edge)
        assert checker.document.claim_of(PLAIN).states == states
        setattr(checker.document, name, edge - 1)
        with pytest.raises(checker.errors.FormatError, match="2 letters, 3 scores and 4 hidden units are more than"):
            checker.document.claim_of(PLAIN)


def test_weights_of_another_certificate_would_be_believed_without_the_digest():
    """A horizon that holds for one model, beside the weights of another one."""
    document = document_of([[[-1.0]]], [1.0], [[1.0], [-1.0]], [[1], [0]], 2, {"prefix": 2})
    other = PLAIN | {"digest": document["digest"]}
    assert outcome(TRUE, document) == 2
    assert "made for" in str(outcome(TRUE, other))
    assert "made for" not in str(outcome(planted("document", DIGEST, "True"), other))


def test_a_single_state_is_always_right():
    """Nothing is proved and nothing has to be: there is no rival."""
    for horizon in (5, "infinity"):
        alone = document_of([[[0.0]]], [1.0], [[-1.0]], [[0]], horizon, {"prefix": 0})
        assert outcome(TRUE, alone) == (inf if horizon == "infinity" else horizon)


# files --------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_as_it_was_written(tmp_path):
    place = tmp_path / "certificate.json"
    place.write_text(json.dumps(PLAIN))
    assert read_document(place) == PLAIN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "it is not JSON|a name stands twice"),
        ("[" * 200_000, "nested too deeply|it is not JSON"),
        ("\udce9", "it is not JSON"),
    ],
)
def test_text_that_is_no_document_is_refused(tmp_path, text, reason):
    place = tmp_path / "certificate.json"
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormatError, match=reason):
        read_document(place)


def test_files_that_are_none_or_too_large_are_refused(tmp_path: Path):
    with pytest.raises(FormatError, match="No such file"):
        read_document(tmp_path / "nothing.json")
    with pytest.raises(FormatError, match="not a regular file"):
        read_document(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="not a regular file"):
        read_document(tmp_path / "pipe")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(lemma.MOST_BYTES + 1)
    with pytest.raises(FormatError, match=f"has {lemma.MOST_BYTES + 1} bytes; at most {lemma.MOST_BYTES} are read"):
        read_document(tmp_path / "large")


def test_a_name_that_stands_twice_would_be_read_in_one_way_alone(tmp_path):
    """The first horizon is what another reader may show, and the last one what would be checked."""
    place = tmp_path / "twice.json"
    place.write_text('{"horizon": 250000, ' + json.dumps(PLAIN | {"horizon": 1})[1:])
    with pytest.raises(FormatError, match="a name stands twice in one object"):
        read_document(place)
    assert planted("document", "len(found) == len(pairs)", "True").document.read_document(place)["horizon"] == 1


def test_shapes_that_multiply_to_the_same_number_are_the_same_numbers():
    start = PLAIN["weights"]["start"]
    assert prod(start["shape"]) == 4
    codes = PLAIN["proof"]["codes"]
    same = changed(PLAIN, codes=codes | {"shape": [prod(codes["shape"])]})
    assert outcome(TRUE, same) == outcome(TRUE, PLAIN)
