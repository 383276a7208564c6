"""Lemma 8: paths through pairs of states and last letters, against all words by fractions and number by number."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from bistate.verify.exact_check.dyadic import GRID
from helpers.lemmas import (
    changed,
    document_of,
    drawn,
    dyadic_of,
    eye,
    first_wrong,
    fractions_of,
    lemmas,
    loaded,
    outcome,
    planted,
    product,
    read,
    square_of,
    stored,
    times,
    tube_proof,
)
from helpers.walks import Walk, dual, root

TRUE = loaded()
STEP = Fraction(1, 2**GRID)
NEAR = Fraction(1, 2**80)


def paired(seed: int, norms: str = "l2 l2", memory: int = 0, prefix: int = 1) -> dict:
    """Rows that are nearly those of the readout, a potential that is drawn, and radii of three lengths."""
    document = changed(drawn(seed, norms, memory), prefix=prefix)
    draw = random.Random(seed + 200)
    rows = product(read(document["weights"]["readout"]), read(document["proof"]["from"]))
    rows = [[Fraction(round(v * 2**9) + draw.randint(-9, 9), 2**9) for v in row] for row in rows]
    m, contexts = len(rows), letters_of(document) ** memory
    potential = [
        [[Fraction(draw.randint(-99, 99), 2**10) for _ in range(m)] for _ in range(m)] for _ in range(contexts)
    ]
    tube, radii = lemmas(TRUE, document).tube, []
    epsilon = list(tube.epsilon)
    for _ in range(3):
        for _ in range(3):
            epsilon = tube.after(epsilon)
        radii.append([Fraction(int(v * 2**20) + 1, 2**20) for v in epsilon])
    pairs = {"rows": stored(rows), "potential": stored(potential), "levels": 3, "radii": stored(radii)}
    return changed(document, pairs=pairs)


def letters_of(document: dict) -> int:
    return document["weights"]["transitions"]["shape"][0]


@cache
def documents() -> list[dict]:
    found = [paired(s, norms) for s, norms in ((0, "l2 l2"), (1, "l1 l2"), (2, "l2 l1"), (5, "l1 l1"), (4, "l2 l2"))]
    return [*found, paired(1, memory=1), paired(2, memory=1, prefix=2)]


# word by word -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(documents())))
def test_no_path_rises_above_its_bound(number):
    """K_p e − K_q e ≤ W + π(v; q, p) after every word; and what is read is above the margin."""
    document = documents()[number]
    walk, paths = Walk(TRUE, document), lemmas(TRUE, document).paths
    K, C = read(document["proof"]["pairs"]["rows"]), read(document["weights"]["readout"])
    pi = heights(document)
    W, later, closest, before = paths.W, 0, [], None
    gains = paths.gains()
    for place in walk.places(9 if len(walk.A) == 1 else 4):
        if place.later > later:  # all words of one length come together
            W, later = W + Fraction(gains([int(e / STEP) for e in before]), 2**GRID), place.later
        before, q = place.epsilon, place.state
        along, logits = times(K, place.error), times(C, place.h)
        for p in (p for p in range(len(C)) if p != q):
            bound = W + pi[place.context][q][p]
            assert along[p] - along[q] <= bound
            closest.append((along[p] - along[q]) / bound)
            assert (logits[q] - logits[p]) / place.size >= paths.margin(walk.found.leads, (q, p), place.epsilon, W)
    assert max(closest) > Fraction(1, 10)


def heights(document: dict) -> list:
    """π by contexts."""
    flat, m = read(document["proof"]["pairs"]["potential"]), len(document["automaton"]["table"])
    return flat if isinstance(flat[0][0], list) else [flat[i : i + m] for i in range(0, len(flat), m)]


# number by number ---------------------------------------------------------------------------------------------------


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """μ, W, the gaps and gains against their definitions, with what the lemmas before say."""
    true = lemmas(TRUE, document)
    edges, tube, parts = true.edges, true.tube, true.coordinates.parts
    paths = checker.pair_paths.pair_paths_of(true.claim, None, true.coordinates, edges, true.words, tube, true.leads)
    stored_path, kinds, table = document["proof"]["pairs"], document["proof"]["norms"], document["automaton"]["table"]
    K, pi, radii = read(stored_path["rows"]), heights(document), read(stored_path["radii"])
    states, components = range(len(K)), range(2)
    yield [list(row) for row in paths.radii] == radii
    yield [list(row) for row in paths.highest] == [[max(level[q][p] for level in pi) for p in states] for q in states]
    duals = [[dual(row[parts.part(k)], kinds[k]) for k in components] for row in K]
    mu = [Fraction(0)] * len(radii)
    for edge, drift, slack in zip(edges.edges, tube.drift, tube.slack, strict=True):
        columns, G = list(zip(*fractions_of(drift), strict=True)), fractions_of(edge.G)
        for q in states:
            q2, scale = table[q][edge.letter], edge.scales[q]
            eta = [v / scale for v in columns[q]]
            for p in (p for p in states if p != q):
                p2 = table[p][edge.letter]
                after = [a - b for a, b in zip(K[q2], K[p2], strict=True)]
                row = [v - scale * (a - b) for v, a, b in zip(product([after], G)[0], K[q], K[p], strict=True)]
                rise = pi[edge.before][q][p] - pi[edge.after][q2][p2] - times([after], eta)[0]
                rise += sum((duals[p2][k] + duals[q2][k]) * slack[k][q] for k in components)
                leak = (root(square_of(K[q2])) + root(square_of(K[p2]))) * edge.leak
                missed = [(dual(row[parts.part(k)], kinds[k]) + leak) / scale for k in components]
                for j, E in enumerate(radii):
                    mu[j] = max(mu[j], rise + sum(a * b for a, b in zip(missed, E, strict=True)))
    yield all(a <= b <= a + NEAR for a, b in zip(mu, paths.mu, strict=True))
    first, contexts = [], [0]
    for _ in range(document["proof"]["prefix"]):
        contexts = [(v * len(table[0]) + x) % len(pi) for x in range(len(table[0])) for v in contexts]
    for v, (q, error) in zip(contexts, tube.errors, strict=True):
        along = times(K, [STEP * v for v in error])
        first += [along[p] - along[q] - pi[v][q][p] for p in states if p != q]
    yield max(first) + 2 * STEP * min(map(sum, duals)) <= paths.W <= max(first) + NEAR
    yield paths.gap == TRUE.paths.gaps_of(true.coordinates, true.leads, dyadic_of(K))
    gains = paths.gains()
    for j, E in enumerate(radii):  # the first radii that errors do not exceed
        yield Fraction(gains([int(v / STEP) for v in E]), 2**GRID) == paths.mu[j]
        yield j == 0 or Fraction(gains([int(v / STEP) + 1 for v in radii[j - 1]]), 2**GRID) == paths.mu[j]
        yield j == 0 or Fraction(gains([int(E[0] / STEP), 0]), 2**GRID) == paths.mu[j]
    epsilon = [Fraction(1, 3), Fraction(1, 5)]
    for (q, p), lead in true.leads.lead.items():
        taken = sum(g * e for g, e in zip(paths.gap[q, p], epsilon, strict=True))
        highest = max(level[q][p] for level in pi)
        yield paths.margin(true.leads, (q, p), epsilon, Fraction(2)) == lead - 2 - highest - taken


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_numbers_of_a_path_are_those_of_the_definition(number):
    assert all(facts(TRUE, documents()[number]))


ERRORS = [
    (
        "μ is the largest of all edges",
        "mu = list(map(max, mu, _steepest(",
        "mu = list(map(lambda a, b: b, mu, _steepest(",
    ),
    ("μ is the largest of all states", "max(0, int(max(row)) >> GRID)", "max(0, int(row[-1]) >> GRID)"),
    ("every pair of states counts", "if p != q]\n        first", "if p > q]\n        first"),
    ("μ counts the drift", "gained[turned[p]][q] - own", "gained[p][q] - own"),
    (
        "μ counts the drift along the own row",
        "own = edge.scales[q], gained[aim][q] - spare[aim]",
        "own = edge.scales[q], -spare[aim]",
    ),
    ("the drift is over λ", "(v.denominator << GRID, v.numerator << f)", "(1 << GRID, 1 << f)"),
    ("μ counts the slack of the winner", "gained[aim][q] - spare[aim]", "gained[aim][q]"),
    ("μ counts the slack of the rival", "+ spare[turned[p]] + before", "+ before"),
    (
        "slack is over all components",
        "int(part[q] * UNIT) for part in tube.slack[i]",
        "int(part[q] * UNIT * (part is tube.slack[i][0])) for part in tube.slack[i]",
    ),
    ("μ counts π before the letter", "+ before[q][p] - after", "- after"),
    ("μ counts π after the letter", "- after[aim][turned[p]]", ""),
    ("π after the letter is that of the states after", "after[aim][turned[p]]", "after[q][p]"),
    ("π before is that of the context before", "given.heights[edge.before], given", "given.heights[edge.after], given"),
    ("π after is that of the context after", "given.heights[edge.after]\n", "given.heights[edge.before]\n"),
    ("μ counts other errors", "(size[q][p] + more) * above", "(more) * above"),
    (
        "μ counts all components",
        "fmpz_mat([[UNIT, *E] for E in radii])",
        "fmpz_mat([[UNIT, E[0], *([0] * len(E[1:]))] for E in radii])",
    ),
    ("μ counts N'", "(size[q][p] + more) * above", "size[q][p] * above"),
    ("N' is counted for both states", "(given.norms[aim] + given.norms[turned[p]]) * leak", "given.norms[aim] * leak"),
    (
        "N' acts on the whole error",
        "for row, size in zip(seconds, tau",
        "for row, size in zip(seconds, [tau[0], tau[0]]",
    ),
    ("other errors are over λ", "above, below = scale.denominator, scale.numerator", "above, below = 1, 1"),
    ("μ is rounded upwards", ">> GRID) + 4 for row", ">> GRID) - 4 for row"),
    (
        "what is missed is of the state after",
        "pulled, mine = [rows[q] for q in turned]",
        "pulled, mine = [rows[q] for q, _ in enumerate(turned)]",
    ),
    ("the largest entry compares with the row before", "- scales[q] * (mine[q][c] - mine[p][c])", ""),
    ("the largest entry is of both states", "(pulled[q][c] - pulled[p][c])", "(pulled[q][c])"),
    ("the square counts R", "- 2 * A[at_q][at_p])", "- A[at_q][at_p])"),
    ("the square counts R and K", "B[at_q][q] + B[at_p][p] - B[at_q][p] - B[at_p][q]", "B[at_q][q] - B[at_q][p]"),
    ("the square counts K", "C[q][q] + C[p][p] - 2 * C[q][p]", "C[q][q] + C[p][p]"),
    ("mixed products count twice", "2 * v << deepest", "v << deepest"),
    ("W counts errors of words", "(row[p] - row[q] >> e) + 1", "1"),
    ("W counts π", "+ 1 - level[p]", "+ 1"),
    ("W is the largest of all words", "highest = max(highest, max(rises", "highest = min(abs(highest), max(rises"),
    ("π of W is that of the word's context", "level = given.heights[v][q]", "level = given.heights[0][q]"),
    (
        "the last letter changes slowest",
        "for x in range(claim.letters) for v in contexts]",
        "for v in contexts for x in range(claim.letters)]",
    ),
    (
        "errors are rounded to the grid",
        "Fraction(highest, UNIT) + Fraction(tall, UNIT**2)",
        "Fraction(highest - 1, UNIT)",
    ),
    (
        "the highest π of all contexts",
        "Fraction(max(level[q][p] for level in given.heights), UNIT)",
        "Fraction(given.heights[0][q][p], UNIT)",
    ),
    ("radii are not exceeded", "if all(a <= b for", "if any(a <= b for"),
    ("the margin counts W", "error = W + self", "error = self"),
    ("the margin counts π", "error = W + self.highest[pair[0]][pair[1]]", "error = W"),
    ("π is not symmetric", "self.highest[pair[0]][pair[1]]", "self.highest[pair[1]][pair[0]]"),
    ("the margin counts errors", "leads.lead[pair] - error - sum(", "leads.lead[pair] - error - 0 * sum("),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_a_path_is_noticed(hypothesis, old, new):
    checker = planted("pair_paths", old, new)
    assert not all(holds(checker, document) for document in documents()), hypothesis


def holds(checker: SimpleNamespace, document: dict) -> bool:
    try:
        return all(facts(checker, document))
    except ValueError:  # the square of a norm was negative
        return False


# length by length ---------------------------------------------------------------------------------------------------


def longest(checker: SimpleNamespace) -> int:
    """How far a path of 1/4 a letter, and 1/2 where errors are above 1, brings a lead of 2 if errors double."""
    one, pairs = Fraction(1), [(0, 1), (1, 0)]
    tube = checker.tube.Tube(((2 * one,),), (0 * one,), (0 * one,), (), (), (one / 2,), (), (), ())
    leads = checker.decision.Leads((), dict.fromkeys(pairs, 2 * one), {}, {pair: [64 * one] for pair in pairs}, {})
    radii, mu = ((one,), (one * 64,)), (one / 4, one / 2)
    flat = ((0 * one, 0 * one),) * 2
    paths = checker.pair_paths.PairPaths(flat, radii, mu, one / 2, {pair: [0 * one] for pair in pairs})
    held = []
    for T in range(10):
        try:
            checker.length.follow(SimpleNamespace(horizon=T, prefix=0, proof={}), tube, leads, paths)
        except checker.errors.CheckError:
            continue
        held.append(T)
    return max(held)


def test_a_path_is_followed_length_by_length():
    """W is 1/2, 3/4, 1 while ε is 1/2, 1, 2, then 3/2 and 2."""
    assert longest(TRUE) == 3
    assert longest(planted("length", "W += gained(epsilon)", "pass")) > 3
    assert longest(planted("length", "        W = int(paths.W * UNIT)\n", "        pass\n")) > 3


# what the lemma supposes --------------------------------------------------------------------------------------------


def merging() -> dict:
    """States 0 and 1 take turns, and state 2, which no letter leads to, wins against 0 after some letters."""
    A, C = [[[-1.0, 0.0], [0.0, -1.25]]], [[1.0, 0.0], [-1.0, 0.0], [0.5, -1.0]]
    codes = [[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]
    proof = tube_proof(eye(2), eye(2), codes, [[1.0] * 3], [1, 1])
    pairs = {
        "rows": stored([[0.0, 0.0]] * 3),
        "potential": stored([[0.0, 0.0, -8.0], [0.0] * 3, [-8.0] * 3]),
        "levels": 1,
        "radii": stored([[99.0, 99.0]]),
    }
    document = document_of(A, [-1.0, 0.25], C, [[1], [0], [0]], 5, proof | {"pairs": pairs})
    return document | {"automaton": {"table": [[1], [0], [0]], "start": 1}}


def test_letters_that_merge_states_are_refused_and_would_prove_what_is_false():
    document = merging()
    document |= {"digest": TRUE.document.digest(document)}
    assert first_wrong(document, 5) == 5
    with pytest.raises(CheckError, match="the path bound is for letters that permute the states"):
        check(document)
    checker = planted("pair_paths", "sorted(row[x] for row in claim.table) == list(range(states))", "True")
    assert outcome(checker, document) == 5


def test_errors_beyond_all_radii_are_refused():
    document = documents()[0]
    small = document["proof"]["pairs"] | {"radii": stored([[0.0, 0.0]] * 3)}
    with pytest.raises(CheckError, match="errors are larger than all radii of the path"):
        check(changed(document, pairs=small) | {"horizon": document["proof"]["prefix"] + 1})


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ({"rows": stored([[1.0, 2.0]])}, "the rows have the shape"),
        ({"potential": stored([[1.0, 2.0]])}, "the potential have the shape"),
        ({"potential": stored([[[0.0, 2.0**-97], [0.0, 0.0]]])}, "the potential has too many digits"),
        ({"levels": 0}, "'levels' is 0"),
        ({"levels": 33}, "'levels' is 33"),
        ({"radii": stored([[1.0, 1.0]])}, "the radii have the shape"),
        ({"radii": stored([[1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])}, "the radii of the path are from 0 to"),
    ],
)
def test_what_does_not_fit_is_refused(pairs, reason):
    document = documents()[4]
    with pytest.raises(FormatError, match=reason):
        check(changed(document, pairs=document["proof"]["pairs"] | pairs))


def test_two_kinds_of_paths_and_rounded_steps_are_refused():
    document = documents()[0]
    with pytest.raises(FormatError, match="by one lemma, not by two"):
        check(changed(document, path=document["proof"]["pairs"]))
    rounded = drawn(0, arithmetic="float32", terms=4)
    with pytest.raises(FormatError, match="paths of pairs are for exact arithmetic"):
        check(changed(rounded, pairs=document["proof"]["pairs"]))


def test_what_pairs_are_seen_through_counts() -> None:
    document = documents()[0]
    few = loaded("pair_paths", ("MOST_SEEN = 2**26", "MOST_SEEN = 2**4"))
    assert "more pairs than can be checked" in str(outcome(few, document))
    assert "more pairs than can be checked" not in str(outcome(TRUE, document))
