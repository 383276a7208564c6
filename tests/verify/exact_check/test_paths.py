"""Lemma 6: sums of errors along paths, against all words by fractions and number by number."""

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
COARSE = {"arithmetic": "float32", "terms": 2**14}


def pathed(seed: int, norms: str = "l2 l2", memory: int = 0, **more: object) -> dict:
    """Rows that are nearly those of the readout, and a potential that is drawn."""
    document = drawn(seed, norms, memory, **more)
    draw = random.Random(seed + 100)
    rows = product(read(document["weights"]["readout"]), read(document["proof"]["from"]))
    rows = [[Fraction(round(v * 2**9) + draw.randint(-9, 9), 2**9) for v in row] for row in rows]
    m = len(rows)
    potential = [[Fraction(draw.randint(-99, 99), 2**10) for _ in range(m)] for _ in range(m)]
    return changed(document, path={"rows": stored(rows), "potential": stored(potential)})


@cache
def documents() -> list[dict]:
    found = [pathed(s, norms) for s, norms in ((0, "l2 l2"), (1, "l1 l2"), (2, "l2 l1"), (5, "l1 l1"), (4, "l2 l2"))]
    found += [pathed(seed, memory=1) for seed in (1, 2)]
    found += [pathed(seed, norms, **COARSE) for seed, norms in ((0, "l2 l2"), (1, "l2 l1"), (2, "l1 l2"), (4, "l1 l1"))]
    return [*found, pathed(1, memory=1, **COARSE)]


# word by word -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(documents())))
def test_no_path_rises_above_its_bound(number):
    """K_p e − K_q e ≤ W + π(q, p) after every word; and what is read is above the margin."""
    document = documents()[number]
    walk, paths = Walk(TRUE, document), lemmas(TRUE, document).paths
    K, C = read(document["proof"]["path"]["rows"]), read(document["weights"]["readout"])
    longest = 9 if len(walk.A) == 1 else 4
    rounding = walk.rounding
    gamma, lost = (rounding.read, rounding.logit) if rounding else (Fraction(0), Fraction(0))
    W, later, closest, before = paths.W, 0, [], None
    for place in walk.places(longest):
        if place.later > later:  # all words of one length come together
            W, later = W + paths.mu + sum(t * e for t, e in zip(paths.tau, before, strict=True)), place.later
        before, q = place.epsilon, place.state
        along, logits = times(K, place.error), times(C, place.h)
        sizes = [sum(abs(a * b) for a, b in zip(row, place.h, strict=True)) for row in C]
        for p in (p for p in range(len(C)) if p != q):
            bound = W + paths.potential[q][p]
            assert along[p] - along[q] <= bound
            closest.append((along[p] - along[q]) / bound)
            lead = logits[q] - logits[p] - gamma * (sizes[q] + sizes[p]) - 2 * lost
            assert lead / place.size >= paths.margin(walk.found.leads, (q, p), place.epsilon, W)
    assert max(closest) > Fraction(1, 10)


# number by number ---------------------------------------------------------------------------------------------------


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """μ, τ, W and the gaps against their definitions, with what the lemmas before say."""
    true = lemmas(TRUE, document)
    edges, tube, leads, parts = true.edges, true.tube, true.leads, true.coordinates.parts
    paths = checker.paths.paths_of(true.claim, true.coordinates, edges, tube, leads)
    kinds, table = document["proof"]["norms"], document["automaton"]["table"]
    K, pi = (read(document["proof"]["path"][name]) for name in ("rows", "potential"))
    states, components = range(len(K)), range(2)
    yield [list(row) for row in paths.potential] == pi
    duals = [[dual(row[parts.part(k)], kinds[k]) for k in components] for row in K]
    mu, tau = Fraction(0), [Fraction(0)] * 2
    for edge, drift, slack in zip(edges.edges, tube.drift, tube.slack, strict=True):
        columns, G = list(zip(*fractions_of(drift), strict=True)), fractions_of(edge.G)
        wide = root(sum(map(square_of, fractions_of(edge.rounding)))) if edge.rounding else Fraction(0)
        least, first = min(edge.scales), edge.scales[0]
        off = max(abs(v - first) for v in edge.scales)
        for q in states:
            q2 = table[q][edge.letter]
            for p in (p for p in states if p != q):
                p2 = table[p][edge.letter]
                eta = [v / edge.scales[q] for v in columns[q]]
                rise = times([K[p2]], eta)[0] - times([K[q2]], eta)[0] + pi[q][p] - pi[q2][p2]
                mu = max(mu, rise + sum((duals[p2][k] + duals[q2][k]) * slack[k][q] for k in components))
            row = [a - first * b for a, b in zip(product([K[q2]], G)[0], K[q], strict=True)]
            for k in components:
                size = dual(row[parts.part(k)], kinds[k]) + root(square_of(K[q2])) * (edge.leak + wide)
                tau[k] = max(tau[k], 2 * (size + off * duals[q][k]) / least)
    yield mu <= paths.mu <= mu + 8 * STEP
    yield all(t <= found <= t + Fraction(1, 2**80) for t, found in zip(tau, paths.tau, strict=True))
    walk = Walk(TRUE, document)
    first = []
    for place in walk.places(walk.prefix):
        along = times(K, place.error)
        first += [along[p] - along[place.state] - pi[place.state][p] for p in states if p != place.state]
    W = sum(2 * max(row[k] for row in duals) * tube.begun[k] for k in components)
    given = [(q, times(K, [STEP * v for v in error])) for q, error in tube.errors]
    yield W + max(along[p] - along[q] - pi[q][p] for q, along in given for p in states if p != q) <= paths.W
    if walk.rounding is None:  # or the words of the walk were rounded
        yield W + max(first) <= paths.W <= W + max(first) + Fraction(1, 2**80)
    for pair in leads.lead:
        for k in components:
            gap = Fraction(0)
            for D in leads.D:
                own, rival = ([a - b for a, b in zip(fractions_of(D)[i], K[i], strict=True)] for i in pair)
                row = [a - b for a, b in zip(own, rival, strict=True)][parts.part(k)]
                gap = max(gap, dual(row, kinds[k]) + leads.extra[pair][k])
            yield gap <= paths.gap[pair][k] <= gap + Fraction(1, 2**80)
    epsilon = [Fraction(1, 3), Fraction(1, 5)]
    for (q, p), lead in leads.lead.items():
        taken = sum(g * e for g, e in zip(paths.gap[q, p], epsilon, strict=True))
        yield paths.margin(leads, (q, p), epsilon, Fraction(2)) == lead - 2 - pi[q][p] - taken


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_numbers_of_a_path_are_those_of_the_definition(number):
    assert all(facts(TRUE, documents()[number]))


ERRORS = [
    (
        "μ is the largest of all edges",
        "largest = max(largest, _steepest(claim, tube, given, i, edge))",
        "largest = _steepest(claim, tube, given, i, edge)",
    ),
    (
        "τ is the largest of all edges",
        "list(map(max, tau, _pulled(claim, coordinates, given, edge)))",
        "_pulled(claim, coordinates, given, edge)",
    ),
    ("μ counts the drift", "gained[p][q] - own + spare[p]", "spare[p]"),
    ("μ counts the drift along the own row", "gained[p][q] - own + spare[p]", "gained[p][q] + spare[p]"),
    ("μ counts the slack of the rival", "gained[p][q] - own + spare[p] + own_spare", "gained[p][q] - own + own_spare"),
    ("μ counts the slack of the winner", "+ spare[p] + own_spare + level", "+ spare[p] + level"),
    ("μ counts π before the letter", "+ level[other] - target[p]", "- target[p]"),
    ("μ counts π after the letter", "+ level[other] - target[p]", "+ level[other]"),
    (
        "π before the letter is that of the state before",
        "level, target = given.heights[q], given",
        "level, target = given.heights[turned[q]], given",
    ),
    (
        "states after the letter are measured",
        "own, own_spare = gained[turned[q]][q], spare[turned[q]]",
        "own, own_spare = gained[q][q], spare[q]",
    ),
    ("the drift is over λ", "(v.denominator << GRID, v.numerator << f)", "(1 << GRID, 1 << f)"),
    ("every pair of states counts", "if other != q\n", "if other > q\n"),
    ("μ is rounded upwards", "default=0) + 4)", "default=0) - 4)"),
    (
        "slack is rounded upwards",
        "strict=True)) >> GRID) + 1 for dual in duals]",
        "strict=True)) >> GRID) - 8 for dual in duals]",
    ),
    (
        "slack of every component",
        "int(part[q] * UNIT) for part in tube.slack[i]",
        "int(part[q] * UNIT * (part is tube.slack[i][0])) for part in tube.slack[i]",
    ),
    ("τ counts both states", "up(2 * size / least)", "up(size / least)"),
    ("τ is over the least scale", "up(2 * size / least)", "up(2 * size / max(edge.scales))"),
    ("τ counts N'", "given.norms[aim] * (edge.leak + shaken)", "given.norms[aim] * shaken"),
    ("τ counts Γ", "given.norms[aim] * (edge.leak + shaken)", "given.norms[aim] * edge.leak"),
    ("τ counts other scales", "size += spread * given.duals[q][k]", "pass"),
    ("other scales are all scales", "spread = max(abs(v - middle)", "spread = min(abs(v - middle)"),
    ("τ compares with the row before", "zip(pulled[aim], given.rows[q], ", "zip(pulled[aim], given.rows[aim], "),
    ("τ turns the row after", "zip(pulled[aim], given", "zip(pulled[q], given"),
    (
        "W counts rounding",
        "up(Fraction(highest, 1 << GRID + e) + begun + 2 * tall)",
        "up(Fraction(highest, 1 << GRID + e) + 2 * tall)",
    ),
    ("W counts errors", " + begun + 2 * tall)", " * 0 + begun + 2 * tall)"),
    ("errors are rounded to the grid", " + begun + 2 * tall)", " + begun) - 2 * tall"),
    ("W is the largest of all words", "highest = max(highest, max(rises", "highest = min(-highest, max(rises"),
    ("W counts π", "along[p] - along[q] - level[q][p]", "along[p] - along[q]"),
    ("rounding is counted for both states", "sum((2 * a * b for", "sum((a * b for"),
    ("gaps are the largest of all contexts", "list(map(max, gap, found.get((q, p), gap)))", "gap"),
    ("gaps count the extras", "size[q][p] + more for", "size[q][p] for"),
    (
        "gaps count D − K",
        "- own * (1 << max(e - f, 0))",
        "- own * 0",
    ),
    ("the margin counts W", "error = W + self", "error = self"),
    ("the margin counts π", "error = W + self.potential[pair[0]][pair[1]]", "error = W"),
    ("π is not symmetric", "self.potential[pair[0]][pair[1]]", "self.potential[pair[1]][pair[0]]"),
    ("the margin counts errors", "leads.lead[pair] - error - sum(", "leads.lead[pair] - error - 0 * sum("),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_a_path_is_noticed(hypothesis, old, new):
    checker = planted("paths", old, new)
    assert not all(all(facts(checker, document)) for document in documents()), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


def merging() -> dict:
    """States 0 and 1 take turns, and state 2, which no letter leads to, wins against 0 after some letters.

    No path leads to the pair (0, 2), so nothing would bound its potential, which is far below 0 here; so are those
    of state 2, as no word leads there.
    """
    g, f = 1.25, 0.25
    A, C = [[[-1.0, 0.0], [0.0, -g]]], [[1.0, 0.0], [-1.0, 0.0], [0.5, -1.0]]
    codes = [[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]
    proof = tube_proof(eye(2), eye(2), codes, [[1.0] * 3], [1, 1])
    potential = [[0.0, 0.0, -8.0], [0.0] * 3, [-8.0] * 3]
    path = {"rows": stored([[0.0, 0.0]] * 3), "potential": stored(potential)}
    document = document_of(A, [-1.0, f], C, [[1], [0], [0]], 5, proof | {"path": path})
    return document | {"automaton": {"table": [[1], [0], [0]], "start": 1}}


def test_letters_that_merge_states_are_refused_and_would_prove_what_is_false():
    document = merging()
    document |= {"digest": TRUE.document.digest(document)}
    assert first_wrong(document, 5) == 5
    with pytest.raises(CheckError, match="the path bound is for letters that permute the states"):
        check(document)
    checker = planted("paths", "sorted(row[x] for row in claim.table) == list(states)", "True")
    assert outcome(checker, document) == 5


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ({"rows": stored([[1.0, 2.0]])}, "the rows have the shape"),
        ({"potential": stored([[1.0, 2.0]])}, "the potential have the shape"),
        ({"potential": stored([[0.0, 2.0**-97], [0.0, 0.0]])}, "the potential has too many digits"),
        (
            {"potential": stored([[0.0, 0.0]] * 2) | {"float64": "A" * 40}},
            "does not hold 4 numbers",
        ),
        ({"rows": None}, "'rows' is NoneType"),
    ],
)
def test_rows_and_potentials_that_do_not_fit_are_refused(path, reason):
    document = documents()[1]
    assert len(document["automaton"]["table"]) == 2
    with pytest.raises(FormatError, match=reason):
        check(changed(document, path=document["proof"]["path"] | path))
    with pytest.raises(FormatError, match="'path' is list"):
        check(changed(document, path=[]))
