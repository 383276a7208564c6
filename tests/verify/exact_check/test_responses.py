"""Lemma 9: responses to drifts, against all words by fractions and number by number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import pytest
from bistate.verify.exact_check import CheckError, FormatError, check
from bistate.verify.exact_check.dyadic import GRID
from helpers.lemmas import (
    changed,
    claims_too_much,
    close,
    drawn,
    eye,
    first_wrong,
    fractions_of,
    inverse,
    lemmas,
    loaded,
    longest_claim,
    outcome,
    planted,
    product,
    read,
    signed,
    stored,
    times,
)
from helpers.walks import Walk, norm

TRUE = loaded()
UNIT = 1 << GRID
NEAR = Fraction(1, 2**18)  # 30 digits are multiplied, for a few letters
MERGING = [[1, 0], [2, 0], [2, 1]]
LEAVING = [[1, 2], [2, 1], [1, 1]]  # no letter leads to the first state


def responding(document: dict, rows: int, vectors: int, products: int, prefix: int = 1) -> dict:
    """The certificate with one component of it all."""
    n = len(read(document["proof"]["to"]))
    reach = {"rows": rows, "vectors": vectors, "products": products}
    return changed(document, sizes=[n], norms=["l2"], squarings=[8], prefix=prefix, responses=reach)


def uneven(document: dict) -> dict:
    """The certificate in plain coordinates, so that nothing is off, with scales that differ by state."""
    n, scales = len(read(document["proof"]["to"])), read(document["proof"]["scales"])
    scales = [[v * Fraction(4 + (i + k) % 3, 6) for k, v in enumerate(row)] for i, row in enumerate(scales)]
    scales = [[Fraction(round(v * 2**10), 2**10) for v in row] for row in scales]
    return changed(document, **{"to": stored(eye(n)), "from": stored(eye(n)), "scales": stored(scales)})


@cache
def documents() -> list[dict]:
    return [
        responding(drawn(0), 2, 1, 1),
        responding(drawn(1), 1, 2, 1),
        responding(drawn(2), 2, 1, 0, prefix=2),
        responding(drawn(4), 0, 0, 0),
        responding(drawn(7, table=MERGING), 2, 2, 2),
        responding(drawn(8, table=MERGING), 1, 0, 1, prefix=2),
        responding(uneven(drawn(5)), 1, 2, 1, prefix=0),
        responding(uneven(drawn(9, table=LEAVING)), 2, 2, 1, prefix=0),
    ]


def found(checker: SimpleNamespace, document: dict) -> tuple[SimpleNamespace, object]:
    true = lemmas(TRUE, document)
    return true, checker.responses.responses_of(true.claim, true.coordinates, true.edges, true.tube, true.leads)


# the definition -----------------------------------------------------------------------------------------------------


class Definition:
    """Letters, drifts, errors and rows by fractions: as they are, and in coordinates that are nearly inverse."""

    def __init__(self, document: dict, true: SimpleNamespace, exact: bool) -> None:
        L, weights = read(document["proof"]["to"]), document["weights"]
        self.table, self.reach = document["automaton"]["table"], document["proof"]["responses"]
        self.codes, self.edges = read(document["proof"]["codes"]), true.edges.edges
        back = inverse(L) if exact else read(document["proof"]["from"])
        # weights in units of a power of two, one for each letter
        self.G = [
            product(product(L, [[v / edge.unit for v in row] for row in A]), back)
            for A, edge in zip(read(weights["transitions"]), self.edges, strict=True)
        ]
        self.D = product(read(weights["readout"]), read(document["proof"]["from"]))
        self.scales = [edge.scales for edge in self.edges]
        self.states = sorted({document["automaton"]["start"]} | {q for row in self.table for q in row})
        self.drifts = [
            (self.table[q][x], self.after(q, x, self.codes[q], self.codes[self.table[q][x]]))
            for q in self.states
            for x in range(len(self.G))
        ]
        self.errors = [(q, [Fraction(v, UNIT) for v in error]) for q, error in true.tube.errors]

    def after(self, q: int, x: int, vector: list, less: list) -> list:
        return [v / self.scales[x][q] - c for v, c in zip(times(self.G[x], vector), less, strict=True)]

    def flights(self, vectors: list, length: int) -> list[list[tuple]]:
        """All vectors after 0 to so many letters, with their states."""
        levels = [list(vectors)]
        for _ in range(length):
            levels.append(
                [
                    (self.table[q][x], self.after(q, x, v, [Fraction(0)] * len(v)))
                    for q, v in levels[-1]
                    for x in range(len(self.G))
                ]
            )
        return levels

    def rows(self, length: int) -> Iterator[tuple[int, int, int, list, Fraction]]:
        """r, q, p, (D_q − D_p) Φ and the product of λ over λ̄ for all words of a length."""
        most = [max(scales) for scales in self.scales]
        words = [([], q, q, Fraction(1)) for q in self.states]
        for _ in range(length):
            words = [
                ([*word, (q, x)], r, self.table[q][x], part * self.scales[x][q] / most[x])
                for word, r, q, part in words
                for x in range(len(self.G))
            ]
        for word, r, q, part in words:
            for p in (p for p in range(len(self.D)) if p != q):
                row = [a - b for a, b in zip(self.D[q], self.D[p], strict=True)]
                for state, x in reversed(word):
                    row = [v / self.scales[x][state] for v in product([row], self.G[x])[0]]
                yield r, q, p, row, part


def largest(pairs: Iterator[tuple]) -> dict:
    """The largest value by key."""
    values: dict = {}
    for key, value in pairs:
        values[key] = max(value, values.get(key, value))
    return values


def facts(checker: SimpleNamespace, document: dict) -> Iterator[bool]:
    """Every number is at least that of the definition, and hardly more than what may be off allows."""
    true, numbers = found(checker, document)
    B, G = Definition(document, true, exact=True), Definition(document, true, exact=False)
    edges, norms = true.edges.edges, true.tube.norms
    most = [max(edge.scales) for edge in edges]
    beta = [edge.leak / top for edge, top in zip(edges, most, strict=True)]
    grown = [(sizes[0][0] + edge.leak) / top for sizes, edge, top in zip(norms, edges, most, strict=True)]
    slack = max(more[0][q] for more in true.tube.slack for q in B.states)
    parts = [[scale / top for scale in edge.scales] for edge, top in zip(edges, most, strict=True)]
    letters, states = range(len(edges)), range(len(B.table))
    for x in letters:
        for q in states:
            exact = grown[x] / parts[x][q]
            yield exact <= Fraction(numbers.growth[x][q], UNIT) <= exact + NEAR
    for sizes, first, off in ((numbers.V, lambda d: d.drifts, slack), (numbers.E, lambda d: d.errors, Fraction(0))):
        yield len(sizes) == B.reach["vectors"] + 1
        levels = [d.flights(first(d), B.reach["vectors"]) for d in (B, G)]
        here = {q for q, _ in first(B)}
        for j, level in enumerate(sizes):
            low, high = (largest((q, norm(v, "l2")) for q, v in given[j]) for given in levels)
            if j:
                longest = max(Fraction(v, UNIT) for v in sizes[j - 1])
                off = max((grown[x] * off + beta[x] * longest) / parts[x][r] for x in letters for r in here)
                here = {q for q, _ in levels[0][j]}
            for q, size in enumerate(level):
                value = Fraction(size, UNIT)
                yield value == 0 if q not in low else low[q] <= value and abs(high[q] + off - value) <= NEAR
    rivals = checker.responses.rivals_of(true.leads)
    err, wide = Fraction(0), Fraction(0)
    drift_size = max(norm(v, "l2") for _, v in G.drifts)
    yield (len(numbers.K), len(numbers.X)) == (B.reach["rows"] + 1, B.reach["products"] + 1)
    for i, K in enumerate(numbers.K):
        err = max(g * err + b * wide for g, b in zip(grown, beta, strict=True)) if i else err
        rows = [list(d.rows(i)) for d in (B, G)]
        wide = max(norm(row, "l2") * part for r, q, p, row, part in rows[1] if (q, p) in true.leads.lead)
        least = min(part for *_, part in rows[0])
        low, high = (largest(((r, q, p), norm(row, "l2")) for r, q, p, row, _ in given) for given in rows)
        yield {(r, q) for r, q, _ in low if q in rivals} == set(K)
        for (r, q), row in K.items():
            for p, size in zip(rivals[q], row, strict=True):
                yield low[r, q, p] <= Fraction(size, UNIT)
                yield abs(high[r, q, p] + err / least - Fraction(size, UNIT)) <= NEAR
        if i < len(numbers.X):
            more = (wide + err) * slack + err * drift_size
            low = largest(((q, p), value) for q, p, value, _ in met(rows[0], B))
            high = largest(((q, p), max(value, Fraction(0)) + more / part) for q, p, value, part in met(rows[1], G))
            for pair, size in numbers.X[i].items():
                yield max(low.get(pair, Fraction(0)), Fraction(0)) <= Fraction(size, UNIT)
                yield abs(high.get(pair, Fraction(0)) - Fraction(size, UNIT)) <= NEAR


def met(rows: list[tuple], given: Definition) -> Iterator[tuple]:
    """q, p, −(D_q − D_p) Φ d and the scales of the path, for all drifts that lead to where it begins."""
    for r, q, p, row, part in rows:
        for state, vector in given.drifts:
            if state == r:
                yield q, p, -sum(a * b for a, b in zip(row, vector, strict=True)), part


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_numbers_of_responses_are_those_of_the_definition(number):
    assert all(facts(TRUE, documents()[number]))


# word by word -------------------------------------------------------------------------------------------------------


class Bound:
    """Σ f + g + extra ε by the statement, from the numbers of the lemma."""

    def __init__(self, document: dict) -> None:
        self.true, self.numbers = found(TRUE, document)
        self.table, self.reach = document["automaton"]["table"], document["proof"]["responses"]
        self.rivals = TRUE.responses.rivals_of(self.true.leads)
        self.V, self.E = ([[Fraction(v, UNIT) for v in level] for level in s] for s in (self.numbers.V, self.numbers.E))

    def size(self, sizes: list, j: int) -> list:
        while len(sizes) <= j:
            longer = [Fraction(0)] * len(self.table)
            for x, column in enumerate(self.numbers.growth):
                for r, row in enumerate(self.table):
                    longer[row[x]] = max(longer[row[x]], Fraction(column[r], UNIT) * sizes[-1][r])
            sizes.append(longer)
        return sizes[j]

    def met(self, sizes: list, j: int, pair: tuple[int, int]) -> Fraction:
        i, place = min(self.reach["rows"], j), self.rivals[pair[0]].index(pair[1])
        now = self.size(sizes, j - i)
        rows = ((r, row[place]) for (r, q), row in self.numbers.K[i].items() if q == pair[0])
        return max(Fraction(v, UNIT) * now[r] for r, v in rows)

    def taken(self, t: int, pair: tuple[int, int]) -> Fraction:
        """Σ f + g."""
        X = self.numbers.X
        gained = [Fraction(X[j][pair], UNIT) if j < len(X) else self.met(self.V, j, pair) for j in range(t)]
        return sum(gained, self.met(self.E, t, pair))

    def error(self, t: int) -> Fraction:
        """ε."""
        return sum((max(self.size(self.V, j)) for j in range(t)), max(self.size(self.E, t)))

    def margin(self, t: int, pair: tuple[int, int]) -> Fraction:
        leads = self.true.leads
        return leads.lead[pair] - self.taken(t, pair) - leads.extra[pair][0] * self.error(t)


@pytest.mark.parametrize("number", range(len(documents())))
def test_no_error_is_larger_than_its_bound(number):
    document = documents()[number]
    bound, walk, closest = Bound(document), Walk(TRUE, document), []
    C = read(document["weights"]["readout"])
    D = fractions_of(bound.true.leads.D[0])
    for place in walk.places(9 if len(walk.A) == 1 else 4):
        t, q = place.later, place.state
        closest.append(norm(place.error, "l2") / bound.error(t))
        assert closest[-1] <= 1
        if not t:
            continue
        along, logits = times(D, place.error), times(C, place.h)
        for p in bound.rivals.get(q, ()):
            assert along[p] - along[q] <= bound.taken(t, (q, p))
            assert (logits[q] - logits[p]) / place.size >= bound.margin(t, (q, p))
    assert max(closest) > Fraction(1, 2)


@pytest.mark.parametrize("number", range(len(documents())))
def test_the_horizon_is_that_of_the_statement_and_true(number):
    document = documents()[number]
    assert longest_claim(TRUE, document, 9) == horizon(document)
    assert not claims_too_much(TRUE, document, 6)


@cache
def horizons() -> list[int]:
    return [horizon(document) for document in documents()]


def horizon(document: dict) -> int:
    bound, prefix = Bound(document), document["proof"]["prefix"]
    T = prefix
    while T < 9 and all(bound.margin(T + 1 - prefix, pair) > 0 for pair in bound.true.leads.lead):
        T += 1
    return T


def test_horizons_differ():
    assert len(set(horizons())) > 2
    assert max(horizons()) > 3


# planted errors -----------------------------------------------------------------------------------------------------

ERRORS = [
    ("drifts lead to the state after", "claim.table[q][edge.letter], []).append(", "q, []).append("),
    ("drifts are over λ", "edge.scales[q].denominator << GRID, edge.scales[q].numerator << e", "1 << GRID, 1 << e"),
    ("drifts count N'", "slack = max(slack, more[0][q])", "pass"),
    ("drifts of all states count", "for q in states:\n            above", "for q in states[:1]:\n            above"),
    ("the start counts as a state", "{claim.start}.union(*", "set().union(*"),
    ("E is of the errors of words", "E=tuple(_flights(letters, first", "E=tuple(_flights(letters, drift"),
    ("growth is over λ", "_units(letter.norm / part)", "_units(letter.norm)"),
    ("growth counts N'", "norm=up((norm + edge.leak) / most)", "norm=up(norm / most)"),
    ("letters count N'", "off=up(edge.leak / most", "off=up(0 * edge.leak / most"),
    ("V_0 counts what is off", "2 * g) + off\n", "2 * g)\n"),
    ("what is off grows with the letter", "(letter.norm * off + letter.off * largest)", "(letter.off * largest)"),
    ("what a letter is off counts", "(letter.norm * off + letter.off * largest)", "(letter.norm * off)"),
    ("what is off is over λ", "+ letter.off * largest) / letter.parts[r] for", "+ letter.off * largest) for"),
    ("V_j is over λ", "2 * (g + DIGITS)) / part) + off", "2 * (g + DIGITS))) + off"),
    ("V_j counts what is off", "2 * (g + DIGITS)) / part) + off", "2 * (g + DIGITS)) / part)"),
    ("V_j is the largest of all letters", "sizes[q] = max(sizes[q], up(sqrt", "sizes[q] = max(0, up(sqrt"),
    (
        "vectors go on over λ",
        "above, below = part.denominator, part.numerator << DIGITS",
        "above, below = 1, 1 << DIGITS",
    ),
    ("vectors go on with their state", "longer.setdefault(q, [])", "longer.setdefault(r, [])"),
    ("vectors of all letters go on", ".extend([v * above", ".__iadd__([] if letter is letters[-1] else [v * above"),
    ("rows are multiplied by letters", "W = word.W * letter.G\n", "W = word.W * (1 << DIGITS)\n"),
    ("a letter before the word", "aims=tuple(word.aims[q] for q in letter.aims)", "aims=word.aims"),
    ("λ of the letter before the word", "word.parts[q] * part.numerator // part.denominator", "word.parts[q]"),
    ("rows are off by their letters", "(letter.norm * err + letter.off * largest for", "(letter.norm * err for"),
    ("K counts what rows are off", "2 * (GRID - f)) + more", "2 * (GRID - f))"),
    ("K is of the rivals", "[apart[q][p] for p in rivals[q]]", "[apart[p][p] for p in rivals[q]]"),
    ("K has units", "root_counted(v + 1, 2 * (GRID - f))", "root_counted(v + 1, GRID - f)"),
    ("K is over λ", "found = [v * factor >> FACTOR for v in found]", "pass"),
    ("K is the largest of all words", "list(map(max, before, found))", "found"),
    ("K is by the first state", "squares[r, q] = found if", "squares[q, q] = found if"),
    ("X is the largest of all words", "found[q, p] = max(found[q, p], size)", "found[q, p] = size"),
    (
        "X is the largest of all drifts",
        "worst = max(map(sub, values[p][here], own))",
        "worst = min(map(sub, values[p][here], own))",
    ),
    ("X has a sign", "map(sub, values[p][here], own)", "map(sub, own, values[p][here])"),
    ("X meets drifts at the first state", "q, part, here = word.aims[r], word", "q, part, here = r, word"),
    ("X is over λ", "size = -(-size * UNIT // part)", "pass"),
    ("X counts what drifts are off", "(largest + err) * off + err * longest", "err * longest"),
    ("X counts what rows are off", "(largest + err) * off + err * longest", "(largest + err) * off"),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_planted_in_a_response_is_noticed(hypothesis, old, new):
    checker = planted("responses", old, new)
    assert not all(holds(checker, document) for document in documents()), hypothesis


def test_a_wrong_square_of_a_difference_is_noticed():
    checker = planted("dyadic", "a + b - 2 * both", "a + b - 3 * both")
    assert not all(holds(checker, document) for document in documents())


def holds(checker: SimpleNamespace, document: dict) -> bool:
    try:
        return all(facts(checker, document))
    except (ValueError, KeyError):  # the square of a norm was negative, or no number is there
        return False


MARGINS = [
    ("drifts add up", "taken[pair] += more", "taken[pair] = more"),
    ("the start counts", "taken[pair] - last[pair]", "taken[pair]"),
    ("drifts count", "lead[pair] - taken[pair]", "lead[pair]"),
    ("N' counts", "- (extra[pair] *", "- (0 * extra[pair] *"),
    ("products are those of their lag", "found.X[t - 1] if", "found.X[0] if"),
    (
        "the lag is that before the letter",
        "_met(rivals, found.K, past, t - 1)",
        "_met(rivals, found.K, past[:1] * t, t - 1)",
    ),
    ("the start is t letters ago", "_met(rivals, found.K, begun, t)", "_met(rivals, found.K, begun[:1] * (t + 1), t)"),
    ("sizes grow", "yield tuple(now)", "yield tuple(sizes[0])"),
    ("growth takes all letters", "longer[q] = max(longer[q], -(-now", "longer[q] = min(now[q], -(-now"),
    (
        "all states where a path is cut",
        "found[q, p] = max(found[q, p], -(-v",
        "found[q, p] = (0 if found[q, p] else -(-v",
    ),
    (
        "all lengths are looked at",
        "int(claim.horizon) - claim.prefix + 1)",
        "min(2, int(claim.horizon) - claim.prefix + 1))",
    ),
]


@pytest.mark.parametrize(("hypothesis", "old", "new"), MARGINS, ids=[e[0] for e in MARGINS])
def test_an_error_planted_in_a_margin_is_noticed(hypothesis, old, new):
    checker = planted("responses", old, new)
    claims = [longest_claim(checker, document, 9) for document in documents()]
    assert claims != horizons(), hypothesis


# what the lemma supposes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ({"rows": -1}, "'rows' is -1"),
        ({"rows": 33}, "'rows' is 33"),
        ({"vectors": 33}, "'vectors' is 33"),
        ({"products": 2, "rows": 1}, "products are of rows that are multiplied out"),
        ({"rows": 30, "products": 1}, "too many for responses of 30"),
        ({"vectors": 30}, "too many for responses of"),
    ],
)
def test_what_does_not_fit_is_refused(responses, reason):
    document = documents()[1]
    with pytest.raises(FormatError, match=reason):
        check(changed(document, responses=document["proof"]["responses"] | responses))


def test_other_proofs_are_refused():
    document = documents()[0]
    reach = document["proof"]["responses"]
    with pytest.raises(FormatError, match="by one lemma, not by two"):
        check(changed(document, path=reach))
    with pytest.raises(FormatError, match="responses are for one component"):
        check(changed(drawn(0), responses=reach))
    with pytest.raises(FormatError, match="responses are for one component"):
        check(changed(document, norms=["l1"]))
    with pytest.raises(FormatError, match="responses are for exact arithmetic"):
        check(
            changed(
                drawn(0, arithmetic="float32", terms=4),
                **{k: document["proof"][k] for k in ("sizes", "norms", "squarings", "responses")},
            )
        )
    with pytest.raises(FormatError, match="up to some length"):
        check(document | {"horizon": "infinity"})


@pytest.mark.parametrize(
    ("digits", "reach", "reason"),
    [
        (30, (0, 0, 0), "a letter is too large beside its scales"),
        (15, (0, 3, 0), "the responses of a drift explode"),
        (15, (3, 0, 0), "rows of the readout explode"),
    ],
)
def test_numbers_that_explode_are_refused_before_they_take_time(digits, reach, reason):
    document = responding(drawn(1), *reach)
    small = [[v / 2**digits for v in row] for row in read(document["proof"]["scales"])]
    with pytest.raises(CheckError, match=reason):
        check(changed(document, scales=stored(small)) | {"horizon": 3})


def test_many_lengths_are_refused_before_they_are_followed():
    document = documents()[0] | {"horizon": 9}
    few = loaded("responses", ("MOST_MET = 2**26", "MOST_MET = 2**4"))
    assert "too many for responses" in str(outcome(few, document))
    assert "too many for responses" not in str(outcome(TRUE, document))


def test_errors_that_explode_are_refused():
    document = documents()[3]
    weights = {name: read(value) for name, value in document["weights"].items()}
    weights["transitions"] = [[[v * 2**12 for v in row] for row in A] for A in weights["transitions"]]
    big = signed(document | {"weights": {name: stored(value) for name, value in weights.items()}, "horizon": 4})
    with pytest.raises(CheckError, match=r"explodes|need not be"):
        check(big)


@pytest.mark.parametrize("reach", [(0, 0, 0), (2, 2, 2)])
def test_a_wrong_word_is_not_proved_right(reach):
    """Claims beyond the shortest wrong word are refused, whatever is multiplied out."""
    for seed in (1, 2):
        document = responding(signed(drawn(seed) | {"weights": close(seed)["weights"]}), *reach, prefix=0)
        wrong = first_wrong(document, 8)
        assert wrong is not None
        assert longest_claim(TRUE, document, 8) < wrong
        assert isinstance(outcome(TRUE, document | {"horizon": wrong}), str)
