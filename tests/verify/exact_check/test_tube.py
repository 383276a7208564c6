"""Lemma 4: the tube, against all words by fractions, with the worst rounding, and number by number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, check
from bistate.verify.exact_check.dyadic import GRID
from bistate.verify.exact_check.tube import LARGEST
from helpers.lemmas import (
    Matrix,
    changed,
    document_of,
    drawn,
    eye,
    fractions_of,
    lemmas,
    loaded,
    outcome,
    planted,
    product,
    read,
    signed,
    sizes_of,
    square_of,
    stored,
    times,
    tube_proof,
)
from helpers.walks import Walk, norm, root, turn

TRUE = loaded()
STEP = Fraction(1, 2**GRID)
COARSE = {"arithmetic": "float32", "terms": 2**16}
UNDERFLOW = COARSE | {"terms": 1}


def few(seed: int, norms: str = "l2 l2", memory: int = 0, underflow: float = 0.0, **more: object) -> dict:
    document = drawn(seed, norms, memory, **more)
    if underflow:
        letters = len(document["automaton"]["table"][0])
        document = signed(document | {"weights": document["weights"] | {"underflow": stored([underflow] * letters)}})
    return document


def documents() -> list[dict]:
    found = [few(seed, norms) for seed, norms in ((0, "l2 l2"), (1, "l1 l2"), (2, "l2 l1"), (5, "l1 l1"), (4, "l2 l2"))]
    found += [few(seed, memory=1) for seed in (1, 2, 4)]
    found += [few(seed, norms, **COARSE) for seed, norms in ((0, "l2 l2"), (1, "l2 l1"), (2, "l1 l2"))]
    found += [few(1, memory=1, **COARSE), few(2, memory=1, **COARSE)]
    found.append(few(4, memory=2))
    found += [few(1, memory=1, arithmetic="int8"), few(2, "l1 l2", arithmetic="int8")]
    return [*found, few(1, underflow=2.0**-34, **UNDERFLOW), few(2, "l1 l2", underflow=2.0**-34, **UNDERFLOW)]


# word by word -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(documents())))
def test_no_word_leaves_the_tube(number):
    """And some come to a fourth of its width, or to that of the first words."""
    document = documents()[number]
    longest = 9 if len(document["automaton"]["table"][0]) == 1 else 4
    found = list(Walk(TRUE, document).shares(longest))
    assert all(e <= epsilon for _, e, epsilon in found)
    for t in range(3):
        assert max(e / epsilon for length, e, epsilon in found if length == t and epsilon) > Fraction(1, 6)


# number by number ---------------------------------------------------------------------------------------------------


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """M, leak, η and ε against their definitions, with what lemmas 0 to 3 say."""
    found, true = lemmas(checker, document), lemmas(TRUE, document)
    tube, parts, rounding = found.tube, true.coordinates.parts, true.rounding
    codes, table = read(document["proof"]["codes"]), document["automaton"]["table"]
    kinds, K = document["proof"]["norms"], range(2)
    reach = Fraction(0)
    for edge, drift, slack in zip(true.edges.edges, tube.drift, tube.slack, strict=True):
        G = fractions_of(edge.G)
        wide = fractions_of(edge.rounding) if edge.rounding else [[Fraction(0)] * len(G)] * len(G)
        least = min(edge.scales)
        for k in K:
            yield tube.leak[k] >= edge.leak * (root(Fraction(parts.sizes[k])) if kinds[k] == "l1" else 1) / least
            for m in K:
                blocks = [[row[parts.part(m)] for row in rows[parts.part(k)]] for rows in (G, wide)]
                yield tube.M[k][m] * least >= sum(stretch(block, kinds[k], kinds[m]) for block in blocks)
        columns = list(zip(*fractions_of(drift), strict=True))
        for q, scale in enumerate(edge.scales):
            aim = codes[table[q][edge.letter]]
            moved = [v - scale * c for v, c in zip(times(G, codes[q]), aim, strict=True)]
            yield list(columns[q]) == moved
            rounded, length = times(wide, list(map(abs, codes[q]))), root(square_of(codes[q]))
            lifts = [Fraction(0)] * 2
            if edge.even is not None:
                rounded = times(fractions_of(edge.even.rest), list(map(abs, codes[q])))
                column = [row[0] for row in fractions_of(edge.even.lift)]
                lifts = [norm(column[parts.part(k)], kinds[k]) * edge.even.tall[q] for k in K]
            if rounding:
                longest = max(root(square_of(code)) for code in codes)
                reach = (
                    rounding.step[edge.letter] / edge.unit * true.edges.reach * true.edges.size * (longest + LARGEST)
                )
            for k in K:
                width = root(Fraction(parts.sizes[k])) if kinds[k] == "l1" else 1
                more = edge.leak * width * length + norm(rounded[parts.part(k)], kinds[k]) + reach
                more += lifts[k]
                yield slack[k][q] * scale >= more
                yield tube.eta[k] * scale >= norm(moved[parts.part(k)], kinds[k]) + more
                yield slack[k][q] * scale <= more * (1 + Fraction(1, 2**60)) + STEP * 4
    total = [Fraction(1, 3), Fraction(2, 7)]
    for row, leak, eta, new in zip(tube.M, tube.leak, tube.eta, tube.after(total), strict=True):
        exact = sum(m * e for m, e in zip(row, total, strict=True)) + leak * sum(total) + eta
        yield exact <= new < exact + STEP
    yield from first_facts(document, found, true)


def stretch(block: Matrix, k: str, m: str) -> Fraction:
    """The norm of a block, from below: by units, and by the power method from its rows."""
    columns = [list(column) for column in zip(*block, strict=True)]
    if m == "l1":
        return max(norm(column, k) for column in columns)
    best = Fraction(0)
    for row in block:
        v = row
        for _ in range(5):
            if any(v):
                size = norm(times(block, v), k) / (norm(v, m) + Fraction(1, 2**150))
                best = max(best, size)
            v = times(columns, times(block, v))
            v = [Fraction(round(x * 2**30), 2**30) for x in v]
    return best


def first_facts(document: dict, found: SimpleNamespace, true: SimpleNamespace) -> Iterator[bool]:
    """ε after the words of the prefix: e and what rounding may have added, in the context of each word."""
    walk, parts, kinds = Walk(TRUE, document), true.coordinates.parts, document["proof"]["norms"]
    letters, count = len(walk.A), max(1, len(true.edges.contexts.tilts))
    contexts = [0]
    for _ in range(walk.prefix):
        contexts = [(v * letters + x) % count for x in range(letters) for v in contexts]
    H, off = (fractions_of((matrix, true.words.e)) for matrix in (true.words.H, true.words.off))
    worst, most = [Fraction(0)] * 2, [Fraction(0)] * 2
    for j, (q, v) in enumerate(zip(true.words.states, contexts, strict=True)):
        into = product(turn(document, v, -1), walk.L)
        wide = product(sizes_of(turn(document, v, -1)), sizes_of(walk.L))
        z = times(into, [row[j] for row in H])
        size = walk.first_size(q, z)
        grown = [a / size for a in times(wide, [row[j] for row in off])]
        error = [a / size - c for a, c in zip(z, walk.codes[q], strict=True)]
        state, counted = found.tube.errors[j]
        given = [STEP * v for v in counted]
        yield state == q
        yield all(abs(e) <= abs(g) <= abs(e) + STEP and e * g >= 0 for e, g in zip(error, given, strict=True))
        for k in range(2):
            added, own = norm(grown[parts.part(k)], kinds[k]), norm(error[parts.part(k)], kinds[k])
            yield found.tube.begun[k] >= added
            yield found.tube.epsilon[k] >= own + added
            worst[k], most[k] = max(worst[k], own + added), max(most[k], added)
    for k in range(2):
        yield found.tube.begun[k] <= most[k] + 4 * STEP
        yield found.tube.epsilon[k] <= worst[k] + 8 * STEP


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_numbers_of_the_tube_are_those_of_the_definition(number):
    assert all(facts(TRUE, documents()[number]))


ERRORS = [
    ("M is the largest of all edges", "max(M[k][m], up(sizes[k][m] / least))", "up(sizes[k][m] / least)"),
    ("M counts G", "found = self._norm(edge.exact, first[0], k, m, False)", "found = Fraction(0)"),
    ("M counts Γ", "found + self._norm(edge.rounded, first[1], k, m, True)", "found"),
    ("M is divided by the smallest scale", "least = min(edge.scales)", "least = max(edge.scales)"),
    ("blocks are not transposed", "block_norm(first, half.e, k, m, crude)", "block_norm(first, half.e, m, k, crude)"),
    ("the rest has its letter", "found = self.edges.rest[edge.letter]", "found = min(self.edges.rest)"),
    ("the leak is the largest", "leak[k] = max(leak[k], up(", "leak[k] = min(up(edge.leak), up("),
    ("the leak counts the width", "edge.leak * parts.width(k) / least", "edge.leak / least"),
    ("η is the largest", "eta[k] = max(eta[k], up(size", "eta[k] = min(size, up(size"),
    ("η counts the drift", "up(size / edge.scales[q] + slack[k][q])", "up(slack[k][q])"),
    ("η counts the slack", "up(size / edge.scales[q] + slack[k][q])", "up(size / edge.scales[q])"),
    ("η counts in units of λ", "up(size / edge.scales[q] + ", "up(size / max(edge.scales) + "),
    ("the drift leads to the next state", "aimed[claim.table[q][edge.letter], q]", "aimed[q, q]"),
    (
        "the drift has the scale of its state",
        "zip(edge.scales, shifts, strict=True))",
        "zip(edge.scales[::-1], shifts[::-1], strict=True))",
    ),
    ("slack counts N'", "extra = edge.leak * parts.width(k) * length + lost", "extra = lost"),
    ("slack counts the width", "edge.leak * parts.width(k) * length", "edge.leak * length"),
    (
        "slack counts the length of a code",
        "* parts.width(k) * length + lost",
        "* parts.width(k) * Fraction(1, 2) + lost",
    ),
    ("slack counts underflow", "* length + lost", "* length"),
    (
        "underflow has any direction",
        "rounding.step[edge.letter] / edge.unit * edges.reach",
        "rounding.step[edge.letter] / edge.unit",
    ),
    ("underflow is over s", "edges.reach * size", "edges.reach"),
    ("slack counts σ", "* edge.even.tall[q]", "* 0"),
    ("of its own code", "edge.even.tall[q]", "min(edge.even.tall)"),
    ("slack counts Γ_0", "else edge.even.halves", "else Halves(edge.even.halves.first * 0, None, edge.even.halves.e)"),
    ("slack counts Γ |c|", "extra += parts.norm(rounded[q]", "parts.norm(rounded[q]"),
    ("Γ acts on |c|", "self._halves(absolute(matrix.transpose()))", "self._halves(matrix.transpose())"),
    ("slack is in units of λ", "up(extra / edge.scales[q])", "up(extra / max(edge.scales))"),
    ("ε' counts M ε", "up(sum(m * e for", "up(sum(m * e * 0 for"),
    ("ε' counts the leak", "if m) + leak * total + eta)", "if m) + eta)"),
    ("ε' counts η", "if m) + leak * total + eta)", "if m) + leak * total)"),
    (
        "ε counts rounding",
        "size += grown",
        "pass",
    ),
    ("ε is the largest", "epsilon[k] = max(epsilon[k], up(", "epsilon[k] = max(Fraction(0), up("),
    ("rounding is the largest", "begun[k] = max(begun[k], up(grown))", "begun[k] = up(grown)"),
    ("rounding reaches as far as |L|", "coordinates.around[0] * words.off, 0)", "coordinates.L[0] * words.off, 0)"),
    ("and as |U|", "coordinates.around[0] * words.off, 0)", "coordinates.around[0] * words.off, -1)"),
    ("words are in their contexts", "coordinates.L[0] * words.H, -1)", "coordinates.L[0] * words.H, 1)"),
    (
        "contexts are those of the last letters",
        "for x in range(claim.letters) for v in contexts]",
        "for v in contexts for x in range(claim.letters)]",
    ),
    (
        "errors are rounded away from 0",
        "near_counted(v * square - c * along, along << f)",
        "(v * square - c * along << GRID) // (along << f)",
    ),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_the_tube_is_noticed(hypothesis, old, new):
    checker = planted("tube", old, new)
    assert not all(all(facts(checker, document)) for document in documents()), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


def test_a_code_of_nothing_and_a_word_against_its_code_are_refused():
    document = drawn(1)
    codes = read(document["proof"]["codes"])
    faint = [[0 * v for v in codes[0][:2]] + codes[0][2:], codes[1]]
    against = [[-v for v in codes[0]], codes[1]]
    for wrong, reason in ((faint, "the code of state 0 is zero in the first component"), (against, "does not point")):
        with pytest.raises(CheckError, match=reason):
            check(changed(document, codes=stored(wrong)) | {"horizon": 2})


def test_a_word_against_its_code_would_have_a_scale_below_zero():
    """A readout of codes: were s < 0, all states of the tube would be read the other way round."""
    document = turned_round()
    assert outcome(TRUE, document) == "a state does not point along its code"
    assert outcome(planted("tube", "along > 0", "along != 0"), document) == 9
    assert "not all classified rightly" in str(outcome(TRUE, document | {"proof": {"prefix": 1}}))


def turned_round() -> dict:
    """Two states that take turns; the empty word is right by a third unit, that every letter kills."""
    A = [[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]
    C = [[1.0, 0.0, 2.0], [-1.0, 0.0, -2.0]]
    codes = [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]
    proof = tube_proof(eye(3), eye(3), codes, [[1.0, 1.0]], [2, 1], alone=1)
    return document_of(A, [-1.0, 0.0, 1.0], C, [[1], [0]], 9, proof)
