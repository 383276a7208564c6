"""Lemma 9: the responses to every letter's drift, added up, with the letters after it multiplied out.

Lemmas 4, 6 and 8 move one bound on the whole error from letter to letter. But the error is a sum: every letter adds a
drift, which the letters after it move. Here what each drift can do to a decision j letters later is bounded by itself:
the first and the last of these j letters are taken as they are, and only those between by their norms.

Statement
---------
Let steps be exact; let there be one component, with the 2-norm, and no contexts. For a path v of letters from state r
to state q let Φ_v be the product of the B[x] / λ_{x,·} along it, and let d be the drift B[x] c_s / λ − c_r of a letter
that leads from some s to r. Over all states that words lead to let

    V_j(q)     ≥ ‖Φ_v d‖                for all drifts and all paths of j letters to q,
    E_j(q)     ≥ ‖Φ_v e‖                likewise for the errors e of the words of `prefix` letters,
    K_i(r,q,p) ≥ ‖(D_q − D_p) Φ_v‖      for all paths of i letters from r to q,
    X_j(q,p)   ≥ −(D_q − D_p) Φ_v d     for all drifts and all paths of j letters to q.

Then a state q that words of one letter or more lead to wins against the score p after `prefix` + t letters, t > 0, if

    lead_qp > Σ_{j<t} f_j(q,p) + g_t(q,p) + extra_qp ε_t,   ε_t = Σ_{j<t} max_r V_j(r) + max_r E_t(r),
    f_j = max(X_j, 0) for j up to some number,   else max_r K_i(r,q,p) V_{j−i}(r),   i = min(rows, j),
    g_t = max_r K_i(r,q,p) E_{t−i}(r),   i = min(rows, t),

where `rows` is how many of the last letters are multiplied out. From some number of letters on, V_{j+1}(q) is the
largest ‖B[x]‖ / λ_{x,r} V_j(r) of the letters x from a state r to q, and E_{j+1} likewise.

Proof
-----
After the first `prefix` letters u come x_1 … x_t; let e_s be the error of the tube after x_s. By lemma 3 and 4
e_s = B[x_s] e_{s−1} / λ + d_s, hence

    e_t = Φ_{x_1 … x_t} e_u + Σ_s Φ_{x_{s+1} … x_t} d_s.

−(D_q − D_p) e_t is therefore at most g_t + Σ_j f_j, where j = t − s letters follow a drift: a row times a vector is at
most the product of their norms, at whatever state r a path is cut. The lead is read out as in lemma 5, where N' takes
at most extra_qp ‖e_t‖, and ‖e_t‖ ≤ ε_t.

What is multiplied is rounded. Ĝ stands for B / λ̄, λ̄ the largest scale of the letter, and is off by at most
β = leak / λ̄ + n units, since ‖G N'‖ ≤ leak. A vector ŷ that is off by δ is off by at most (‖B‖ δ / λ̄ + β ‖ŷ‖) λ̄ / λ
after a letter, and by √n units more where it is rounded; a difference of two rows is off likewise, before it is divided
by the λ / λ̄ of its path. Both are added to the norms, and |x y − x̂ ŷ| ≤ ‖x‖ ‖y − ŷ‖ + ‖x − x̂‖ ‖ŷ‖ to products.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from operator import sub

from flint import fmpz_mat

from .components import Coordinates
from .contexts import Edges
from .decision import Leads, Pair, reached_after
from .document import Claim
from .dyadic import GRID, integer_rows, root_counted, rows_of, sqrt, square_distances, up
from .errors import require, require_form
from .fields import field, integer
from .float_model import Rounding
from .tube import LARGEST, Tube

DIGITS = 30  # binary digits of what is multiplied: products of two fit in two words of the machine
FACTOR = 40  # binary digits of a factor, rounded upwards
MOST_FOLLOWED = 32  # letters after a drift, or before a decision, that are multiplied out
MOST_NUMBERS = 2**24  # of all vectors, of all rows, and of all products: half a minute each
MOST_WORDS = 2**16  # of rows, each with matrices of its own
MOST_MULTIPLIED = 2**31  # products of numbers in all matrices
MOST_MET = 2**26  # rows that meet a vector, and edges, over all lengths
UNIT = 1 << GRID
Rows = dict[tuple[int, int], list[int]]  # K_i by r and q, in the order of the rivals of q; multiples of 2**-GRID
Vectors = dict[int, list[list[int]]]  # by state


@dataclass(frozen=True)
class Responses:
    """The lemma's numbers, counted in multiples of 2**-GRID.

    Attributes:
        V: V_j by state, as far as letters are multiplied out.
        E: E_j likewise.
        K: K_i by r, q and p.
        X: max(X_j, 0) by q and p.
        growth: ‖B[x]‖ / λ_{x,r} by letter and state.
    """

    V: tuple[tuple[int, ...], ...]
    E: tuple[tuple[int, ...], ...]
    K: tuple[Rows, ...]
    X: tuple[dict[Pair, int], ...]
    growth: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Letter:
    """One letter, divided by λ̄.

    Attributes:
        G: Ĝ, times 2**-DIGITS.
        aims: δ(q, x).
        parts: λ_q / λ̄, which is at most 1.
        norm: ‖B‖ / λ̄, at most.
        off: β.
    """

    G: fmpz_mat
    aims: tuple[int, ...]
    parts: tuple[Fraction, ...]
    norm: Fraction
    off: Fraction


def require_responses(
    claim: Claim, rounding: Rounding | None, coordinates: Coordinates, edges: Edges, tube: Tube, leads: Leads
) -> None:
    """That words of more than `prefix` and at most T letters are classified rightly.

    Raises:
        CheckError: if they need not be.
        FormatError: for a proof of another form, or one that takes too long to check.
    """
    require_form(rounding is None, "responses are for exact arithmetic")
    parts = coordinates.parts
    require_form(parts.sizes == (claim.hidden,) and parts.norms == ("l2",), "responses are for one component, 'l2'")
    require_form(not edges.contexts.tilts and len(leads.D) == 1, "responses are for one readout, and no contexts")
    require_form(claim.horizon < float("inf"), "responses are for words up to some length")
    found = responses_of(claim, coordinates, edges, tube, leads)
    _require_margins(claim, leads, found)


def responses_of(claim: Claim, coordinates: Coordinates, edges: Edges, tube: Tube, leads: Leads) -> Responses:
    """The responses of a certificate.

    Raises:
        FormatError: for more letters than can be multiplied out.
    """
    given = field(claim.proof, "responses", dict)
    rows, flights, between = (integer(given, name, 0, MOST_FOLLOWED) for name in ("rows", "vectors", "products"))
    require_form(between <= rows, "products are of rows that are multiplied out")
    states = sorted({claim.start}.union(*reached_after(claim)))
    _require_size(claim, len(states), rows, flights, between)
    letters = [_letter(claim, edges, tube, x) for x in range(claim.letters)]
    require(max(letter.norm for letter in letters) < LARGEST, "a letter is too large beside its scales")
    drifts: Vectors = {}
    slack = Fraction(0)
    for edge, (moved, e), more in zip(edges.edges, tube.drift, tube.slack, strict=True):
        columns = integer_rows(moved.transpose())
        for q in states:
            above, below = edge.scales[q].denominator << GRID, edge.scales[q].numerator << e
            drifts.setdefault(claim.table[q][edge.letter], []).append([v * above // below for v in columns[q]])
            slack = max(slack, more[0][q])
    begun: Vectors = {}
    for q, error in tube.errors:
        begun.setdefault(q, []).append(list(error))
    drift, g, off = _rounded(drifts, claim.hidden)
    first, f, blur = _rounded(begun, claim.hidden)
    K, X = _rows_of(claim, letters, leads, states, rows, between, (drift, g, off + slack))
    return Responses(
        V=tuple(_flights(letters, drift, g, off + slack, flights, claim)),
        E=tuple(_flights(letters, first, f, blur, flights, claim)),
        K=tuple(K),
        X=tuple(X),
        growth=tuple(tuple(_units(letter.norm / part) for part in letter.parts) for letter in letters),
    )


def _require_size(claim: Claim, states: int, rows: int, flights: int, between: int) -> None:
    letters, scores, n = claim.letters, claim.scores, claim.hidden
    words, paths, cut = (sum(letters**i for i in range(length + 1)) for length in (rows, flights, between))
    starts = max(states * letters, letters**claim.prefix)
    lengths = claim.horizon - claim.prefix
    require_form(
        words * scores * max(scores, n) <= 2 * MOST_NUMBERS
        and words <= MOST_WORDS
        and starts * paths * n <= MOST_NUMBERS
        and cut * states * letters * scores <= MOST_NUMBERS
        and max(words * scores * max(scores, n), starts * paths * n) * n <= MOST_MULTIPLIED
        and cut * states * letters * scores * n <= MOST_MULTIPLIED
        and lengths * states * max(states * scores, letters) <= MOST_MET,
        f"{letters} letters are too many for responses of {rows}, {flights} and {between} letters",
    )


def _units(value: Fraction) -> int:
    """Multiples of 2**-GRID, rounded upwards."""
    return -(-value.numerator * UNIT // value.denominator)


def _letter(claim: Claim, edges: Edges, tube: Tube, x: int) -> _Letter:
    edge, (norm,) = edges.edges[x], tube.norms[x][0]
    most, (G, e), n = max(edge.scales), edges.edges[x].G, claim.hidden
    above, below = most.denominator << DIGITS, most.numerator << e
    return _Letter(
        G=fmpz_mat([[int(v) * above // below for v in row] for row in rows_of(G)]),
        aims=tuple(row[x] for row in claim.table),
        parts=tuple(scale / most for scale in edge.scales),
        norm=up((norm + edge.leak) / most),
        off=up(edge.leak / most + Fraction(n, 1 << DIGITS)),
    )


def _rounded(vectors: Vectors, n: int) -> tuple[Vectors, int, Fraction]:
    """Vectors that are counted in multiples of 2**-GRID, to a unit: whole numbers times 2**-g, g, and what is off.

    The largest entry keeps DIGITS digits.
    """
    largest = max(abs(v) for column in vectors.values() for vector in column for v in vector)
    require(largest < LARGEST * UNIT, "the responses of a drift explode")
    shift = max(largest.bit_length() - DIGITS, 0)
    found = {q: [[v >> shift for v in vector] for vector in column] for q, column in vectors.items()}
    return found, GRID - shift, up(sqrt(n, 2 * (GRID - shift)) + Fraction(n, UNIT))


def _flights(
    letters: Sequence[_Letter], vectors: Vectors, g: int, off: Fraction, depth: int, claim: Claim
) -> Iterator[tuple[int, ...]]:
    """The largest norms by state, of vectors times 2**-g that are off by `off`, after 0 to `depth` letters."""
    states, n = range(claim.states), claim.hidden
    sizes = [Fraction(0) for _ in states]
    for q, column in vectors.items():
        sizes[q] = sqrt(max(sum(v * v for v in vector) for vector in column), 2 * g) + off
    yield tuple(map(_units, sizes))
    for j in range(1, depth + 1):
        largest = max(sizes)
        require(largest < LARGEST, "the responses of a drift explode")
        off = up(
            max((letter.norm * off + letter.off * largest) / letter.parts[r] for letter in letters for r in vectors)
        )
        if j < depth:
            off = up(off + sqrt(n, 2 * g))
        longer: Vectors = {}
        sizes = [Fraction(0) for _ in states]
        order = list(vectors)
        together = fmpz_mat(list(chain.from_iterable(vectors[r] for r in order)))
        for letter in letters:
            moved, at = (together * letter.G.transpose()).tolist(), 0
            for r in order:
                q, part, count = letter.aims[r], letter.parts[r], len(vectors[r])
                mine = [[int(v) for v in row] for row in moved[at : at + count]]
                at += count
                square = max(sum(v * v for v in row) for row in mine)
                sizes[q] = max(sizes[q], up(sqrt(square, 2 * (g + DIGITS)) / part) + off)
                if j < depth:
                    above, below = part.denominator, part.numerator << DIGITS
                    longer.setdefault(q, []).extend([v * above // below for v in row] for row in mine)
        yield tuple(map(_units, sizes))
        vectors = longer


@dataclass(frozen=True)
class _Word:
    """The rows of the readout, times a word of letters.

    Attributes:
        W: D Ĝ … Ĝ, whole numbers.
        aims: where the word leads, by state.
        parts: the product of λ / λ̄ along it, by state, at most that, in units.
    """

    W: fmpz_mat
    aims: tuple[int, ...]
    parts: tuple[int, ...]


def _rows_of(
    claim: Claim,
    letters: Sequence[_Letter],
    leads: Leads,
    states: Sequence[int],
    depth: int,
    between: int,
    drift: tuple[Vectors, int, Fraction],
) -> tuple[list[Rows], list[dict[Pair, int]]]:
    """K_i for i up to `depth`, and X_j for j up to `between`."""
    rivals = rivals_of(leads)
    (D, e), n = leads.D[0], claim.hidden
    f = max(0, DIGITS + e - max(abs(int(v)) for v in D.entries()).bit_length())
    plain = fmpz_mat([[(int(v) << f) >> e for v in row] for row in rows_of(D)])
    words = [_Word(plain, tuple(range(claim.states)), (UNIT,) * claim.states)]
    first = Fraction(0)
    err, K, X = sqrt(n, 2 * f), [], []  # the difference of two rows is off by less than a unit in every entry
    for i in range(depth + 1):
        rows, largest = _norms(words, rivals, states, f, err)
        first = largest if i == 0 else first
        require(largest <= first * LARGEST, "rows of the readout explode")
        K.append(rows)
        if i <= between:
            X.append(_products(words, rivals, states, f, err, largest, drift))
        if i == depth:
            break
        last = i + 1 == depth
        err = up(max(letter.norm * err + letter.off * largest for letter in letters))
        if not last:
            err = up(err + sqrt(n, 2 * f))
        words = [_longer(word, letter, last) for word in words for letter in letters]
        f += DIGITS if last else 0
    return K, X


def rivals_of(leads: Leads) -> dict[int, list[int]]:
    """The scores that each state has to win against."""
    found: dict[int, list[int]] = {}
    for q, p in leads.lead:
        found.setdefault(q, []).append(p)
    return found


def _longer(word: _Word, letter: _Letter, last: bool) -> _Word:
    """The word with a letter before it; what is multiplied no further need not be rounded."""
    W = word.W * letter.G
    if not last:
        W = fmpz_mat([[int(v) >> DIGITS for v in row] for row in rows_of(W)])
    return _Word(
        W=W,
        aims=tuple(word.aims[q] for q in letter.aims),
        parts=tuple(
            word.parts[q] * part.numerator // part.denominator
            for q, part in zip(letter.aims, letter.parts, strict=True)
        ),
    )


def _norms(
    words: Sequence[_Word], rivals: Mapping[int, Sequence[int]], states: Sequence[int], f: int, err: Fraction
) -> tuple[Rows, Fraction]:
    """K by r and q, and the largest norm of a difference, before it is divided by the scales of its path."""
    squares: Rows = {}
    largest, least = 0, UNIT
    for word in words:
        apart = square_distances(word.W)
        kept: dict[int, list[int]] = {}
        for r in states:
            q = word.aims[r]
            if q not in rivals:
                continue
            if q not in kept:
                kept[q] = [apart[q][p] for p in rivals[q]]
                largest = max(largest, max(kept[q], default=0))
            part = word.parts[r]
            require(part > 0, "scales of a letter are too far apart")
            least = min(least, part)
            found = kept[q]
            if part != UNIT:
                factor = -(-(UNIT * UNIT << FACTOR) // (part * part))
                found = [v * factor >> FACTOR for v in found]
            before = squares.get((r, q))
            squares[r, q] = found if before is None else list(map(max, before, found))
    more = _units(err * Fraction(UNIT, least))
    # one more for what >> has rounded downwards
    rows = {k: [root_counted(v + 1, 2 * (GRID - f)) + more for v in found] for k, found in squares.items()}
    return rows, sqrt(largest, 2 * f)


def _lifted(value: int, f: int) -> int:
    """The value times 2**-f in multiples of 2**-GRID, rounded upwards."""
    return value << (GRID - f) if f <= GRID else -(-value >> (f - GRID))


def _products(
    words: Sequence[_Word],
    rivals: Mapping[int, Sequence[int]],
    states: Sequence[int],
    f: int,
    err: Fraction,
    largest: Fraction,
    drift: tuple[Vectors, int, Fraction],
) -> dict[Pair, int]:
    """max(X, 0) by q and p."""
    vectors, g, off = drift
    order = [r for r in states if r in vectors]
    together = fmpz_mat(list(chain.from_iterable(vectors[r] for r in order))).transpose()
    longest = sqrt(max(sum(v * v for v in vector) for r in order for vector in vectors[r]), 2 * g)
    more = _units((largest + err) * off + err * longest)
    found = {(q, p): 0 for q, others in rivals.items() for p in others}
    for word in words:
        values, at = integer_rows(word.W * together), 0
        for r in order:
            q, part, here = word.aims[r], word.parts[r], slice(at, at + len(vectors[r]))
            at = here.stop
            own = values[q][here]
            for p in rivals.get(q, ()):
                worst = max(map(sub, values[p][here], own))
                size = (_lifted(worst, f + g) if worst > 0 else 0) + more
                if part != UNIT:
                    size = -(-size * UNIT // part)
                found[q, p] = max(found[q, p], size)
    return found


def _require_margins(claim: Claim, leads: Leads, found: Responses) -> None:
    rivals = rivals_of(leads)
    lead = {pair: int(value * UNIT) if value > 0 else -1 for pair, value in leads.lead.items()}
    extra = {pair: _units(more[0]) for pair, more in leads.extra.items()}
    taken, errors = dict.fromkeys(lead, 0), 0
    drifts, starts = _followed(claim, found.V, found.growth), _followed(claim, found.E, found.growth)
    past: list[tuple[int, ...]] = []
    begun: list[tuple[int, ...]] = [next(starts)]
    for t in range(1, int(claim.horizon) - claim.prefix + 1):
        past.append(next(drifts))
        begun.append(next(starts))
        errors += max(past[-1])
        require(errors + max(begun[-1]) < LARGEST * UNIT, f"the bound explodes at length {claim.prefix + t}")
        gained = found.X[t - 1] if t <= len(found.X) else _met(rivals, found.K, past, t - 1)
        last = _met(rivals, found.K, begun, t)
        for pair, more in gained.items():
            taken[pair] += more
            left = lead[pair] - taken[pair] - last[pair] - (extra[pair] * (errors + max(begun[-1])) >> GRID) - 1
            require(left > 0, f"words of {claim.prefix + t} letters need not be classified rightly")


def _followed(
    claim: Claim, sizes: Sequence[tuple[int, ...]], growth: Sequence[Sequence[int]]
) -> Iterator[tuple[int, ...]]:
    """V_j for j = 0, 1, …: as multiplied out, then by norms."""
    yield from sizes
    now = list(sizes[-1])
    while True:
        longer = [0] * claim.states
        for r, row in enumerate(claim.table):
            for q, grown in zip(row, (column[r] for column in growth), strict=True):
                longer[q] = max(longer[q], -(-now[r] * grown >> GRID))
        now = longer
        yield tuple(now)


def _met(
    rivals: Mapping[int, Sequence[int]], K: Sequence[Rows], sizes: Sequence[Sequence[int]], j: int
) -> dict[Pair, int]:
    """max_r K_i(r, q, p) V_{j−i}(r) for all pairs."""
    i = min(len(K) - 1, j)
    now = sizes[j - i]
    found = {(q, p): 0 for q, others in rivals.items() for p in others}
    for (r, q), row in K[i].items():
        size = now[r]
        for p, v in zip(rivals[q], row, strict=True):
            found[q, p] = max(found[q, p], -(-v * size >> GRID))
    return found
