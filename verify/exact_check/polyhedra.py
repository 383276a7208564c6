"""Lemma 10: a cone with finitely many rays for every state, which may touch the cone of another state.

Statement
---------
Without rounding: every state q has rays v_1, …, v_k, k may be 0, and the cone K_q of their sums with factors ≥ 0.
Suppose that, H_w as in lemma 1,

    (a) H_w is in K_q for every word w of `prefix` letters, q the state it leads to;
    (b) A[x] v_j is in K_δ(q,x) for every ray v_j of every state q and every letter x;
    (c) (C_r − C_p) A[x] v_j ≥ 0 for these, r = δ(q,x), C the readout after x, and all scores p that are not that of r.

To be in K_q is to be a sum Σ y_i v_i with y ≥ 0 over some rays; let the support of the vector be the set of those i
with y_i > 0, for one such sum. Let the faces be the smallest set of pairs (q, S) that has the state and support of
every H_w of (a), and with (q, S) and a letter x also (δ(q,x), union of the supports of A[x] v_j, j in S). Suppose that

    (d) for every face (q, S), every x and every p of (c), (C_r − C_p) A[x] v_j > 0 for some j in S.

Then all words of at least `shortest` letters are classified rightly; `shortest` is at most `prefix` + 1. It is enough
to look at faces so many that every other one has a smaller one, (q, S') with S' inside S, among them.

Nothing is lost beside the cones themselves: given (a), (b) and (c), (d) fails only if some word is not right. In
particular it does not matter which of several sums a support is read off from.

With rounding, in the terms of lemma 0, let β_j = γ N[x] |v_j| + σ max |A[x] v_j| + 2 w[x] ‖v_j‖ in every entry. Then
the same holds of computed states if the rays of every sum are n ones, W the inverse of the matrix that has them for
columns, and

    (a) W H_w ≥ |W| off, and (b) W A[x] v_j ≥ |W| β_j; in the support are those entries alone in which this is strict;
    (c), (d) from every lead (C_r − C_p) A[x] v_j there is taken
        |C_r − C_p| β_j + γ_n (|C_r| + |C_p|) (|A[x] v_j| + β_j) + 4 r (‖A[x] v_j‖ + ‖β_j‖);
    (e) φ A[x] v_j − |φ| β_j ≥ 2 LOW ‖φ‖ ‖v_j‖ for all of (c), φ the sum of C_r − C_p over p.

Proof
-----
A word of more than `prefix` letters is u x_1 … x_t with u as in (a). By induction H of u x_1 … x_s is Σ a_j v_j over j
in S, all a_j > 0, for the face (q, S) that the letters lead to from that of u: A[x] Σ a_j v_j = Σ_j a_j Σ_i y_ji v_i,
where the factor of v_i, a sum of numbers ≥ 0, is positive just where some y_ji is. The lead of the next state over p
after a letter x is Σ a_j (C_r − C_p) A[x] v_j, a sum of numbers ≥ 0 by (c), one of them positive by (d). If (d) fails
at a face, all of them are 0 for some p, and r does not win. Words of at most `prefix` letters are right by lemma 1.

If S' is inside S, so is what letters make of S' inside what they make of S, and (d) for S' says (d) for S. So if every
face of a word has a smaller one that was looked at, so has that of the word with one letter more: that of the smaller
one is smaller, was met, and was looked at or has a smaller one itself.

With rounding a state h = Σ a_j v_j, j in the set S of all a_j > 0, has |h| ≤ Σ a_j |v_j|, 1/2 ≤ ‖h‖ ≤ Σ a_j ‖v_j‖ and
max |A[x] h| ≤ Σ a_j max |A[x] v_j|. So the next one, times the ν of lemma 0, is g = Σ a_j (A[x] v_j + δ_j) with |δ_j|
≤ β_j: the box of Σ a_j β_j is the sum of these boxes. W (A[x] v_j + δ_j) ≥ W A[x] v_j − |W| β_j ≥ 0 says how much of
every ray is there, so the next state is in its cone, and its face is one that was looked at or a larger one; (d)
holds for these as well. A logit of g / ν is off by γ_n |C| |g| / ν + r, and r ≤ 2 r ‖g‖ / ν, since ‖g / ν‖ ≥ 1/2; |g|
and ‖g‖ are sums as well, and two logits are compared. At a face that is met φ is not 0, by (d). What is divided by ν
is in the same box, so its norm is at least φ g / ‖φ‖ ≥ 2 LOW Σ a_j ‖v_j‖ ≥ LOW by (e), and lemma 0 goes on. A word of
the prefix is computed as κ (H + E), |E| ≤ off, by lemma 1.

Without rounding a sum is found as the solution y of (V Vᵀ) y = V b, the rows of V the rays that are named for b, and
then Vᵀ y = b is multiplied out; a vector of a cone is always such a sum of rays that do not depend on each other
(Carathéodory). No positive factor of a ray, a state or a transition plays a part, so all of them are taken as integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from math import ceil, gcd
from typing import Any

from flint import fmpq_mat, fmpz_mat

from .document import Claim
from .dyadic import GRID, absolute, column_of, integer_rows, largest_entry, sqrt, sum_of_squares
from .errors import require, require_form, require_range
from .fields import MOST_NUMBERS, field, integers, matrices
from .float_model import Rounding
from .words import Words

MOST_RAYS = 2**10  # of all states together
MOST_SOLVED = 2**32  # squares of the rays of all sums, times hidden units and digits: a minute
MOST_COMPARED = 2**22  # rays times letters times scores
MOST_MULTIPLIED = 2**36  # binary digits of all that rays, letters and readouts are multiplied by: a minute
MOST_FACES = 2**12  # that are looked at
MOST_WALKED = 2**26  # other faces and rays that these are compared with and led to: some seconds


@dataclass(frozen=True)
class Rays:
    """The cones, as integers.

    Attributes:
        of: the rays of each state.
        sums: the indices of the rays that A[x] v_j is a sum of, for every state, ray and letter.
        begins: likewise for every word of the prefix, in the order of lemma 1.
    """

    of: tuple[tuple[tuple[int, ...], ...], ...]
    sums: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]
    begins: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Image:
    """A state that has to be in a cone, in a unit of its own.

    Attributes:
        b: A[x] v_j, or H_w, as integers.
        off: β_j, or what rounding can have added to H_w; zeros without rounding.
        unit: how many of these are 1.
    """

    b: fmpz_mat
    off: fmpz_mat
    unit: int = 1


@dataclass(frozen=True)
class Moves:
    """What a letter does to the rays of a state; sets of rays are binary digits of a number.

    Attributes:
        state: the next one.
        supports: of A[x] v_j.
        leading: for every rival score, the rays whose lead over it is positive; the others have 0.
    """

    state: int
    supports: tuple[int, ...]
    leading: frozenset[int]


def require_polyhedra(claim: Claim, rounding: Rounding | None, words: Words) -> None:
    """Check a certificate by cones with finitely many rays.

    Args:
        claim: its claim.
        rounding: of a step, None without.
        words: those of `prefix` letters.

    Raises:
        CheckError: if it does not hold.
        FormatError: for another readout than a linear one, or for more than can be checked.
    """
    require_form(bool(claim.readouts), "polyhedra are for scores that are linear in the state")
    rays = _rays(claim, words)
    begun = set()
    for j, (q, named) in enumerate(zip(words.states, rays.begins, strict=True)):
        image = Image(*(fmpz_mat([[v] for v in column_of(M, j, 0, claim.hidden)]) for M in (words.H, words.off)))
        begun.add((q, _support(rays.of[q], named, image, rounding is not None)))
    moves = [[_moves(claim, rounding, rays, q, x) for x in range(claim.letters)] for q in range(claim.states)]
    _require_right(moves, sorted(begun))


def _rays(claim: Claim, words: Words) -> Rays:
    stored = field(claim.proof, "polyhedra", dict)
    counts = integers(stored, "counts", 0, MOST_RAYS)
    total, n = sum(counts), claim.hidden
    require_form(
        len(counts) == claim.states
        and 0 < total <= MOST_RAYS
        and total * n <= MOST_NUMBERS
        and total * claim.letters * claim.scores <= MOST_COMPARED,
        f"{total} rays for {len(counts)} states are none, not for all of them, or more than can be checked",
    )
    columns = [_primitive(V) for V, _ in matrices(field(stored, "rays", dict), total, n, 1, "rays")]
    require_form(all(map(any, columns)), "a ray is 0")
    ends = [sum(counts[:q]) for q in range(len(counts) + 1)]
    of = tuple(tuple(columns[a:b]) for a, b in pairwise(ends))
    begins = _named(stored, "begins", [len(of[q]) for q in words.states], n)
    after = [len(of[claim.table[q][x]]) for q in range(claim.states) for _ in of[q] for x in range(claim.letters)]
    flat = iter(_named(stored, "sums", after, n))
    sums = tuple(tuple(tuple(next(flat) for _ in range(claim.letters)) for _ in own) for own in of)
    digits = max(map(_digits, chain(chain.from_iterable(columns), *(M.entries() for M in (words.H, *_plain(claim))))))
    solved = (
        sum(len(named) ** 2 for named in chain(begins, chain.from_iterable(chain.from_iterable(sums)))) * n * digits
    )
    multiplied = total * claim.letters * (n + claim.scores) * n * digits
    require_form(
        solved <= MOST_SOLVED and multiplied <= MOST_MULTIPLIED,
        f"{len(after)} sums of {digits} binary digits are more than can be checked",
    )
    return Rays(of, sums, begins)


def _plain(claim: Claim) -> list[fmpz_mat]:
    return [A for A, _ in claim.A[: claim.letters]]


def _digits(value: Any) -> int:
    return int(value).bit_length()


def _primitive(column: fmpz_mat) -> tuple[int, ...]:
    values = [int(v) for v in column.entries()]
    common = gcd(*values) or 1
    return tuple(v // common for v in values)


def _named(stored: Mapping[str, Any], name: str, counts: Sequence[int], most: int) -> tuple[tuple[int, ...], ...]:
    """Lists of indices below the counts, at most so many each."""
    lists = field(stored, name, list)
    require_form(len(lists) == len(counts), f"{name!r} has to be {len(counts)} lists of rays, and is {len(lists)}")
    for named, count in zip(lists, counts, strict=True):
        fine = isinstance(named, list) and len(named) <= most and all(type(i) is int and 0 <= i < count for i in named)
        require_form(fine, f"{name!r} has to be lists of at most {most} rays of the state that a letter leads to")
    return tuple(map(tuple, lists))


def _moves(claim: Claim, rounding: Rounding | None, rays: Rays, q: int, x: int) -> Moves:
    """(b) to (e) for a state and a letter, but (d)."""
    r = claim.table[q][x]
    readout = _readout(claim, r, x)
    images = [_image(claim, rounding, ray, x) for ray in rays.of[q]]
    supports = tuple(
        _support(rays.of[r], named[x], image, rounding is not None)
        for named, image in zip(rays.sums[q], images, strict=True)
    )
    if rounding is not None:
        for ray, image in zip(rays.of[q], images, strict=True):
            _require_range(rounding, readout, ray, image)
    leads = [_leads(rounding, readout, image) for image in images]
    leading = set()
    for p in claim.rivals(r):
        require(all(lead[p] >= 0 for lead in leads), f"state {r} loses against score {p} on a ray after letter {x}")
        leading.add(sum(1 << j for j, lead in enumerate(leads) if lead[p] > 0))
    return Moves(r, supports, frozenset(leading))


def _image(claim: Claim, rounding: Rounding | None, ray: Sequence[int], x: int) -> Image:
    """A[x] v_j and β_j."""
    (A, e), v = claim.A[x], fmpz_mat([[value] for value in ray])
    b = A * v
    if rounding is None:
        return Image(b, fmpz_mat(claim.hidden, 1))
    N, f = rounding.N[x]
    unit = 1 << e + GRID
    lost = 2 * rounding.step[x] * sqrt(sum_of_squares(v), 0) + rounding.even * largest_entry((b, e))
    wide = [row[0] for row in integer_rows(N * absolute(v))]
    off = [[ceil((rounding.whole * Fraction(value, 1 << f) + lost) * unit)] for value in wide]
    return Image(b * (1 << GRID), fmpz_mat(off), unit)


def _support(rays: Sequence[Sequence[int]], named: Sequence[int], image: Image, rounded: bool) -> int:
    """Which rays, of those that are named, surely have a positive factor in the sum that is the state."""
    if not named:
        require(not any(map(int, [*image.b.entries(), *image.off.entries()])), "a state is in no cone without rays")
        return 0
    V = fmpz_mat([list(rays[i]) for i in named])
    if rounded:
        return _support_in_box(V, named, image)
    try:
        y = (V * V.transpose()).solve(V * image.b)
    except ZeroDivisionError:
        y = None
    require(y is not None, "the rays of a sum depend on each other")
    require(fmpq_mat(V.transpose()) * y == fmpq_mat(image.b), "a state is no sum of the rays that are named for it")
    factors = [value.p for value in y.entries()]
    require(all(factor >= 0 for factor in factors), "a state is outside the cone of its state")
    return sum({1 << i for i, factor in zip(named, factors, strict=True) if factor > 0})


def _support_in_box(V: fmpz_mat, named: Sequence[int], image: Image) -> int:
    """The same for all states that rounding can lead to."""
    require(V.nrows() == V.ncols(), "with rounding a sum is one of as many rays as there are hidden units")
    try:
        W, _ = V.transpose().inv().numer_denom()  # the denominator is positive
    except ZeroDivisionError:
        W = None
    require(W is not None, "the rays of a sum depend on each other")
    least = [row[0] for row in integer_rows(W * image.b - absolute(W) * image.off)]
    require(all(value >= 0 for value in least), "rounding may lead outside the cone of a state")
    return sum(1 << i for i, value in zip(named, least, strict=True) if value > 0)


@dataclass(frozen=True)
class _Readout:
    """C after a letter, as integers times 2**-c, and what is read off it for the state that should win.

    Attributes:
        C: scores × n.
        c: its binary digits.
        state: the score that should win.
        rivals: the scores that it has to win against.
    """

    C: fmpz_mat
    c: int
    state: int
    rivals: tuple[int, ...]

    @cached_property
    def wide(self) -> fmpz_mat:
        """|C|."""
        return absolute(self.C)

    @cached_property
    def differences(self) -> list[list[int]]:
        """C_r − C_p for all scores p."""
        rows = integer_rows(self.C)
        return [[a - b for a, b in zip(rows[self.state], row, strict=True)] for row in rows]

    @cached_property
    def apart(self) -> fmpz_mat:
        """|C_r − C_p|."""
        return absolute(fmpz_mat(self.differences))

    @cached_property
    def phi(self) -> fmpz_mat:
        """The sum of C_r − C_p over the rivals p, a row."""
        return fmpz_mat([list(map(sum, zip(*(self.differences[p] for p in self.rivals), strict=True)))])


def _readout(claim: Claim, r: int, x: int) -> _Readout:
    C, c = claim.readouts[x if claim.by_last_letter else 0]
    return _Readout(C, c, r, tuple(claim.rivals(r)))


def _leads(rounding: Rounding | None, readout: _Readout, image: Image) -> list[Fraction]:
    """Of the state over every score, less what rounding can take, in a unit of their own."""
    scores = [row[0] for row in integer_rows(readout.C * image.b)]
    leads = [Fraction(scores[readout.state] - score) for score in scores]
    if rounding is None:
        return leads
    size = sqrt(sum_of_squares(image.b), 0) + sqrt(sum_of_squares(image.off), 0)
    read = [row[0] for row in integer_rows(readout.wide * (absolute(image.b) + image.off))]
    apart = [row[0] for row in integer_rows(readout.apart * image.off)]
    alone = 4 * rounding.logit * size * (1 << readout.c)
    return [
        lead - moved - rounding.read * (read[readout.state] + wide) - alone
        for lead, moved, wide in zip(leads, apart, read, strict=True)
    ]


def _require_range(rounding: Rounding, readout: _Readout, ray: Sequence[int], image: Image) -> None:
    """(e)."""
    phi = readout.phi
    kept = int((phi * image.b)[0, 0]) - int((absolute(phi) * image.off)[0, 0])
    size = sqrt(sum_of_squares(phi), 0) * sqrt(sum(v**2 for v in ray), 0)
    enough = kept >= 2 * rounding.least * size * image.unit
    require_range(enough, "a letter may shrink a state so far that its square may underflow")


def _require_right(moves: Sequence[Sequence[Moves]], begun: Sequence[tuple[int, int]]) -> None:
    """(d) for all faces, but those that have a smaller one."""
    seen: list[list[int]] = [[] for _ in moves]
    queue, queued = list(begun), set(begun)
    count = walked = 0
    for q, S in queue:
        walked += len(seen[q])
        if any(smaller & S == smaller for smaller in seen[q]):
            continue
        seen[q] = [*(other for other in seen[q] if other & S != S), S]
        count += 1
        walked += sum(len(move.supports) + len(move.leading) for move in moves[q])
        require_form(
            count <= MOST_FACES and walked <= MOST_WALKED,
            f"over {count - 1} faces of cones are more than are looked at",
        )
        for move in moves[q]:
            require(all(mask & S for mask in move.leading), f"a state that leads to state {move.state} may be a tie")
            union = 0
            for j, support in enumerate(move.supports):
                union |= support if S >> j & 1 else 0
            face = move.state, union
            if face not in queued:
                queued.add(face)
                queue.append(face)
