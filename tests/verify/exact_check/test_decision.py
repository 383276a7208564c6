"""Lemma 5: leads and what errors take away from them, by fractions, for the worst errors and roundings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check.tube import LARGEST
from helpers.lemmas import (
    Matrix,
    Vector,
    changed,
    drawn,
    eye,
    inverse,
    lemmas,
    loaded,
    planted,
    product,
    read,
    scaled,
    signed,
    sizes_of,
    square_of,
    stored,
    times,
)
from helpers.walks import dual, root

TRUE = loaded()
COARSE = {"arithmetic": "float32", "terms": 4}
TALL = 2**44  # a readout for which underflow of logits is seen beside what is rounded to the grid


def tall(document: dict, by: int = TALL) -> dict:
    C = scaled(read(document["weights"]["readout"]), by)
    return signed(document | {"weights": document["weights"] | {"readout": stored(C)}})


@cache
def documents() -> list[dict]:
    found = [drawn(seed, norms) for seed, norms in ((0, "l2 l2"), (1, "l1 l2"), (2, "l2 l1"), (5, "l1 l1"))]
    found += [drawn(seed, memory=1) for seed in (1, 2, 4)]
    found += [drawn(seed, norms, **COARSE) for seed, norms in ((0, "l2 l2"), (1, "l2 l1"), (2, "l1 l2"))]
    return [*found, drawn(1, memory=1, **COARSE), drawn(5, memory=1, **COARSE), tall(drawn(1, memory=1, **COARSE))]


def turns(document: dict, sign: int) -> list[Matrix]:
    """U_v⁻¹ for sign 1 and U_v for sign −1, of every context."""
    n, found = len(read(document["proof"]["to"])), []
    tilts = read(document["proof"]["tilts"]) if "tilts" in document["proof"] else [[]]
    for tilt in tilts:
        matrix = eye(n)
        for i, row in enumerate(tilt):
            matrix[n - len(tilt) + i][: len(row)] = [sign * x for x in row]
        found.append(matrix)
    return found


# number by number ---------------------------------------------------------------------------------------------------


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """Leads, extras and factors against their definitions, with what lemmas 0 to 3 say."""
    true = lemmas(TRUE, document)
    leads = checker.decision.leads_of(true.claim, true.rounding, true.coordinates, true.edges)
    parts, kinds, nu, rounding = true.coordinates.parts, document["proof"]["norms"], true.edges.nu, true.rounding
    P, codes, C = (
        read(v) for v in (*(document["proof"][k] for k in ("from", "codes")), document["weights"]["readout"])
    )
    read_by, r = (rounding.read, rounding.logit) if rounding else (Fraction(0), Fraction(0))
    longest = max(root(square_of(code)) for code in codes)
    lost = 2 * r * true.edges.size * (longest + LARGEST)
    least, most = {}, {}
    for turn in turns(document, 1):
        D = product(product(C, P), turn)
        wide = product(product(sizes_of(C), sizes_of(P)), sizes_of(turn))
        leak = [root(square_of(a)) * nu + read_by * nu * root(square_of(b)) for a, b in zip(D, wide, strict=True)]
        for q, p in leads.lead:
            both, code, sizes = leak[q] + leak[p], codes[q], list(map(abs, codes[q]))
            rounded = read_by * (times(wide, sizes)[q] + times(wide, sizes)[p])
            lead = times(D, code)[q] - times(D, code)[p] - both * root(square_of(code)) - rounded - lost
            least[q, p] = min(lead, least.get((q, p), lead))
            for k, kind in enumerate(kinds):
                part = parts.part(k)
                extra = read_by * (dual(wide[q][part], kind) + dual(wide[p][part], kind)) + both
                size = dual([a - b for a, b in zip(D[q][part], D[p][part], strict=True)], kind)
                yield leads.extra[q, p][k] >= extra
                yield leads.factor[q, p][k] >= size + extra
                most[q, p, k] = max(size + extra, most.get((q, p, k), Fraction(0)))
    states = range(len(codes))
    yield set(leads.lead) == {(q, p) for q in states for p in states if p != q}
    scale = max(map(max, sizes_of(C)))
    small = scale / 2**80
    for (q, p), lead in leads.lead.items():
        yield least[q, p] - small <= lead <= least[q, p]
        yield all(leads.factor[q, p][k] <= most[q, p, k] + small for k in range(2))
        apart = square_of([a - b for a, b in zip(C[q], C[p], strict=True)])
        yield apart <= leads.apart[q, p] ** 2 <= apart * (1 + Fraction(1, 2**60))
        half = [Fraction(1, 2), Fraction(1, 3)]
        exact = lead - leads.factor[q, p][0] / 2 - leads.factor[q, p][1] / 3
        yield leads.margin((q, p), half) == exact


EPSILON = [Fraction(1, 8), Fraction(1, 16)]

# the decision itself ------------------------------------------------------------------------------------------------


def least_gains(
    document: dict, checker: SimpleNamespace, epsilon: Vector = EPSILON
) -> Iterator[tuple[Fraction, Fraction]]:
    """The worst difference of logits over s, for errors of some size, and the margin that the lemma proves."""
    true = lemmas(TRUE, document)
    leads = checker.decision.leads_of(true.claim, true.rounding, true.coordinates, true.edges)
    L, codes, C = (read(v) for v in (*(document["proof"][k] for k in ("to", "codes")), document["weights"]["readout"]))
    read_by, r = (true.rounding.read, true.rounding.logit) if true.rounding else (Fraction(0), Fraction(0))
    kinds, parts = document["proof"]["norms"], true.coordinates.parts
    for turn in turns(document, -1):
        back = inverse(product(turn, L))
        D = product(C, back)
        for q, p in leads.lead:
            z = list(codes[q])
            for k, kind in enumerate(kinds):  # the error that takes away most
                z[parts.part(k)] = worst(D[q], D[p], z, parts.part(k), kind, epsilon[k])
            h = times(back, z)
            s = Fraction(1, 2) / root(square_of(h))  # so that ‖s h‖ is just above 1/2
            own, rival = ([a * v for a, v in zip(C[i], h, strict=True)] for i in (q, p))
            off = read_by * sum(map(abs, [*own, *rival])) + 2 * r / s
            yield sum(own) - sum(rival) - off, leads.margin((q, p), epsilon)


def worst(own: Vector, rival: Vector, z: Vector, part: slice, kind: str, size: Fraction) -> Vector:
    pull = [a - b for a, b in zip(own[part], rival[part], strict=True)]
    if kind == "l1":
        i = max(range(len(pull)), key=lambda j: abs(pull[j]))
        return [v - (j == i) * size * (1 if pull[i] > 0 else -1) for j, v in enumerate(z[part])]
    length = root(square_of(pull)) * (1 + Fraction(1, 2**60))
    return [v - size * p / length for v, p in zip(z[part], pull, strict=True)]


@pytest.mark.parametrize("number", range(len(documents())))
def test_leads_and_factors_are_those_of_the_definition(number):
    assert all(facts(TRUE, documents()[number]))


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_margin_is_below_every_lead_and_not_far_below(number):
    """What is lost are N' and that errors of two components are added: at most a fourth here."""
    document = documents()[number]
    scale = max(map(max, sizes_of(read(document["weights"]["readout"]))))
    for gain, margin in least_gains(document, TRUE):
        assert margin <= gain <= margin + scale / 4


def test_coarse_roundings_of_a_logit_are_below_the_margin_too():
    """γ_n is 2**-22 in a small network; here it is said to be 2**-4."""
    for number in (7, 8, 10, 11):
        document = documents()[number]
        true = lemmas(TRUE, document)
        coarse = replace(true.rounding, read=Fraction(1, 16))
        found = TRUE.decision.leads_of(true.claim, coarse, true.coordinates, true.edges)
        for pair, lead in found.lead.items():
            assert lead < true.leads.lead[pair] - Fraction(1, 20)
            assert all(a > b for a, b in zip(found.factor[pair], true.leads.factor[pair], strict=True))


ERRORS = [
    ("leads are the least of all contexts", "min(lead, found.lead.get(pair, lead))", "lead"),
    ("factors are the largest of all contexts", "list(map(max, factor, found.factor.get(pair, factor)))", "factor"),
    ("extras are the largest of all contexts", "list(map(max, extra, found.extra.get(pair, extra)))", "extra"),
    ("D has U⁻¹", "if by_letter else 0], v, 1)", "if by_letter else 0], v, -1)"),
    ("D has P", "times(C, coordinates.P) for C", "times(C, coordinates.L) for C"),
    (
        "|D| has |Φ|",
        "(around[x if by_letter else 0], v, 0)",
        "(around[x if by_letter else 0], v, 1)",
    ),
    ("|D| has |C|", "(absolute(C) * coordinates", "(C * coordinates"),
    ("|D| has |P|", "* coordinates.around[1], e +", "* coordinates.P[0], e +"),
    ("the lead counts N'", "- both * lengths[q] - lost", "- lost"),
    ("of both rows", "both = leak[q] + leak[p]", "both = leak[q]"),
    ("times the length of the code", "- both * lengths[q] - lost", "- both * min(lengths[q], Fraction(1, 2)) - lost"),
    ("the lead counts underflow", "- both * lengths[q] - lost", "- both * lengths[q]"),
    ("of both logits", "lost = 2 * rounding.logit", "lost = rounding.logit"),
    (
        "of states of any size",
        "edges.unit_scale(max(lengths), Fraction(LARGEST))",
        "edges.unit_scale(max(lengths), Fraction(0))",
    ),
    ("the lead counts rounding", "lead -= read * Fraction(weight, 2 ** (f + g))", "pass"),
    ("of both logits' terms", "sum((a + b) * c for a, b, c", "sum(a * c for a, b, c"),
    ("of codes of both signs", "sizes = [[abs(v) for v in row]", "sizes = [[v for v in row]"),
    (
        "factors count N'",
        "extra = [shaken[q][k] + shaken[p][k] + both for k in K]",
        "extra = [shaken[q][k] + shaken[p][k] for k in K]",
    ),
    ("factors count rounding of the winner", "shaken[q][k] + shaken[p][k] + both", "shaken[p][k] + both"),
    ("and of the rival", "shaken[q][k] + shaken[p][k] + both", "shaken[q][k] + both"),
    ("factors count the extras", "factor = [up(size + more)", "factor = [up(size)"),
    ("factors count the difference of the rows", "[a - b for a, b in zip(rows[q], rows[p], strict=True)]", "rows[q]"),
    ("N' meets rounding", "leak = [a + b for a, b in zip(leak, more, strict=True)]", "pass"),
    (
        "the rival's logit is taken off",
        "int(leads[q, q]) - int(leads[p, q])",
        "int(leads[q, q]) - int(leads[p, p])",
    ),
    ("all pairs of states count", "for p in claim.rivals(q))", "for p in claim.rivals(q) if p > q)"),
    ("‖C_q − C_p‖", "sqrt(square, 2 * e)", "sqrt(square, 2 * e + 2)"),
    ("the margin counts errors", "self.lead[pair] - sum(", "self.lead[pair] - 0 * sum("),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_a_lead_is_noticed(hypothesis, old, new):
    checker = planted("decision", old, new)
    assert not all(all(facts(checker, document)) for document in documents()), hypothesis


@pytest.mark.parametrize(("name", "size"), [("the lead counts N'", 0), ("the margin counts errors", 1)])
def test_the_largest_of_these_errors_claim_a_lead_that_is_none(name, size):
    """By words, not by numbers."""
    (change,) = (error[1:] for error in ERRORS if error[0] == name)
    checker, epsilon = planted("decision", *change), [Fraction(size)] * 2
    assert any(
        margin > gain for d in (far_from_inverse(), drawn(0)) for gain, margin in least_gains(d, checker, epsilon)
    )
    assert all(margin <= gain for gain, margin in least_gains(far_from_inverse(), TRUE, epsilon))


def far_from_inverse() -> dict:
    """P is longer by an eighth, so that C P c is as well."""
    document = drawn(0)
    return changed(document, **{"from": stored(scaled(read(document["proof"]["from"]), Fraction(9, 8)))})
