"""Checks a horizon certificate in exact integer arithmetic, apart from everything else in this package.

A certificate holds the float weights of a model `h_t = A[x_t] h_{t-1}`, `argmax C h_T`, an automaton with the table δ,
and numbers that somebody found in whatever way. This module only multiplies and compares integers and fractions, and it
shares nothing with the rest of the package, so that an error in the search cannot be repeated in the check. What is
checked:

*Coordinates.* Square matrices L and P with N = I − LP of Frobenius norm ν < 1/2. In z = L h a letter acts as
B[x] = L A[x] P (I − N)⁻¹ = G[x] + G[x] N', ‖N'‖ ≤ ν' = ν / (1 − ν). The entries of z fall into components k, each
measured by the 2-norm or the 1-norm.

*Tube.* Claim: after a word that leads to state q the hidden state is L h = s (c_q + e) with s > 0 and ‖e_k‖ ≤ ε_k. One
letter, with scale λ = λ_{x,q}, gives

    e' = (B[x] c_q − λ c_δ(q,x)) / λ + B[x] e / λ,     so     ε' = M ε + η

with M_kl = max_{x,q} ‖B[x]_kl‖ / λ_{x,q} and η_k = max_{x,q} of the first term: fractions, rounded upwards.

*Beginning.* All words of the first few letters are multiplied out; ε starts as the largest distance of L h / s from its
code over the longest of them. A certificate without coordinates proves the words multiplied out, and no more.

*Decision.* With D = C P, state q wins against q' while (D_q − D_q') c_q > Σ_k ‖(D_q − D_q')_k‖* ε_k.

*Paths* (if every letter permutes the states). Rows K_q with K_δ(q,x) B[x] ≈ λ K_q follow the error in the one
direction that counts: for ℓ = K_q − K_q' the number −ℓ e grows in a step by at most −ℓ' η(x, q) plus
‖ℓ' B[x] / λ − ℓ‖ ε. With a potential π on pairs of states the largest sum over all words of T letters is at most
T μ + π, where μ is the largest −ℓ' η(x, q) + π(q, q') − π(q·x, q'·x) over edges.

*Contexts.* What a letter leaves in the second of two components is, if the first one is right, a linear function of it.
So the coordinates may depend on the last m letters v: U_v L with U_v = [[I, 0], [−Φ_v, I]], as soon as m letters have
been multiplied out. An edge e = (v, x) takes the place of the letter x, with G[e] = U_w L A[x] P U_v⁻¹ and w the last m
letters after x; all maxima run over edges, and I − U_v N U_v⁻¹ takes the place of I − N.

*Angles.* If every A[x] consists of scaled rotations, letter x turns plane j by 2π p_xj / N + δ_xj, with integers p that
follow the automaton: a word that leads to state q turns the plane by 2π s_qj / N + e_j, where e is a sum of T vectors
δ_x or 0, hence in the convex hull of 0 and all T δ_x. The lead of q over q' is Σ_j f_j(e_j), f_j a sinusoid. Over the
range of e_j it has a concave minorant: f_j itself where it is not negative; a tangent where it is not positive; f_j
and its tangent at that end of the range where it is negative, whichever is lower; or, if the range has length π, minus
its amplitude. The sum of these is concave too, and positive on the hull if it is at the corners; if not, the hull is
halved between its two corners that are farthest apart, and so on. What rounding and lengths other than 1 do to a
plane in T letters is at most the factor 1 + T ρ / (1 − T ρ).

*Rounding.* For arithmetic "float32" or "float64" a step is taken to compute A[x] h with an error of at most
γ N[x] |h| entry by entry, N = |A| or, for code that multiplies by factors, the larger "spread" of the weights, γ
covering sums of the given number of terms in any order and the division by the norm at every step; then
Γ = γ |L| N[x] |P| joins M and η, and logits are off by as much again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from array import array
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations
from math import isqrt
from typing import Any

from flint import fmpz_mat

GRID = 96  # bounds are rounded up to multiples of 2**-GRID
MOST_STEPS = 250_000
LARGEST = 2**20  # of a bound ε
SMALL = 64  # matrices up to this size are squared with 160 digits, larger ones with 64
FINE = 160  # binary digits of sines and cosines, which are right to 2**-SURE
SURE = 120
COUPLING = 6  # squarings of a Gram matrix between two components
BITS = {"exact": None, "float64": 53, "float32": 24}
MOST_PIECES = 50_000  # of hulls of angles
Corner = tuple[list[int], list[tuple[int, int]]]  # angles with their cosines and sines
Wave = tuple[int, int, int, int]  # see _minorant
Dyadic = tuple[fmpz_mat, int]  # an integer matrix and e: its entries times 2**-e


class CheckError(Exception):
    """Why a certificate is not accepted."""


def check_file(path: str) -> float:
    """The horizon of the certificate in a file, if it holds: an int, or infinity.

    Raises:
        CheckError: if it doesn't, or the file is not a certificate; the message says why.
    """
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise CheckError(f"cannot read {path!r}: {error.strerror}") from None
    except ValueError as error:
        raise CheckError(f"{path!r} is not JSON: {error}") from None
    return check(document)


def check(document: Any) -> float:
    """The horizon T that a certificate proves: every word of at most T letters is classified rightly.

    Raises:
        CheckError: if the certificate does not hold; the message says why.
    """
    try:
        return _Check(document).horizon()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError) as error:
        raise CheckError(f"this is not a horizon certificate of bistate: {type(error).__name__}: {error}") from error


def digest(weights: dict[str, Any]) -> str:
    """The SHA-256 of the weights in a certificate."""
    return hashlib.sha256(json.dumps(weights, sort_keys=True).encode()).hexdigest()


class _Check:
    """One check; every step raises a CheckError where something fails."""

    def __init__(self, document: dict[str, Any]) -> None:
        _require(document["kind"] == "bistate horizon 1", f"kind {document['kind']!r} is not 'bistate horizon 1'")
        weights = document["weights"]
        _require(document["digest"] == digest(weights), "the weights are not those that the certificate was made for")
        self.document = document
        task = document["automaton"]
        self.table: list[list[int]] = task["table"]
        self.start: int = task["start"]
        self.states, self.letters = len(self.table), len(self.table[0])
        _require(
            all(len(row) == self.letters and all(0 <= q < self.states for q in row) for row in self.table)
            and 0 <= self.start < self.states,
            "the automaton's table has entries that are no states",
        )
        self.hidden: int = weights["start"]["shape"][0]
        n, q = self.hidden, self.states
        self.A = _matrices(weights["transitions"], self.letters, n)
        self.deepest = max(A[1] for A in self.A)
        self.h = _dyadic(weights["start"], n, 1)
        self.C = _dyadic(weights["readout"], q, n)
        self.spread = self._spread(weights)
        self.bits = BITS[document["arithmetic"]]
        self.terms = int(document.get("terms", 0))
        _require(self.bits is None or self.terms >= 1, "arithmetic with rounding needs the number of terms of a sum")
        self.prefix = int(document["proof"]["prefix"])
        _require(self.prefix >= 0 and self.letters**self.prefix <= 20_000, "the prefix is too long")

    def _tube(self, proof: dict[str, Any]) -> None:
        """The numbers of the tube."""
        n, q = self.hidden, self.states
        self.L, self.P = (_dyadic(proof[name], n, n) for name in ("to", "from"))
        self.codes = _dyadic(proof["codes"], q, n)
        flat = [Fraction(*v.as_integer_ratio()) for v in _floats(proof["scales"])]
        self._contexts(proof)
        _require(
            len(flat) == len(self.edges) * q and min(flat) > 0, "scales have to be positive, for each letter and state"
        )
        self.scales = [flat[i * q : (i + 1) * q] for i in range(len(self.edges))]
        self.sizes: list[int] = proof["sizes"]
        self.norms: list[str] = proof["norms"]
        _require(sum(self.sizes) == n and min(self.sizes) > 0, "the components do not fill the hidden space")
        _require(
            len(self.norms) == len(self.sizes) and set(self.norms) <= {"l1", "l2"}, "norms are 'l1' or 'l2', one each"
        )
        self.cuts = [sum(self.sizes[:k]) for k in range(len(self.sizes) + 1)]
        self.parts = range(len(self.sizes))
        self.squarings: list[int] = proof["squarings"]
        rounded = self.bits is not None
        self.around = (_absolute(self.L[0]), _absolute(self.P[0])) if rounded else (self.L[0], self.P[0])
        # Underflow: every entry is off by at most n 2**-125 where ‖h‖ is about 1, hence 1/s ≤ 2 ‖P‖ (‖c‖ + ‖e‖).
        codes = _sqrt(_sum_of_squares(self.codes[0]), 2 * self.codes[1])
        sides = _sqrt(_sum_of_squares(self.L[0]), 2 * self.L[1]) * _sqrt(_sum_of_squares(self.P[0]), 2 * self.P[1])
        self.tiny = Fraction(n**2, 2**118) * (sides * (1 + self.tilt) ** 2 + 1) * (codes + LARGEST)

    def _contexts(self, proof: dict[str, Any]) -> None:
        """Edges (v, x, v') and, if there are contexts, Φ_v."""
        self.memory = int(proof.get("memory", 0))
        self.tilts: list[Dyadic] = []
        self.tilt = Fraction(0)  # the largest ‖Φ_v‖
        if not self.memory:
            self.edges = [(0, x, 0) for x in range(self.letters)]
            return
        count = self.letters**self.memory
        _require(0 < self.memory <= self.prefix, "contexts need that their letters have been multiplied out")
        _require(count * self.letters <= 20_000, "there are too many contexts")
        sizes = proof["sizes"]
        _require(len(sizes) == 2 and proof["norms"] == ["l2", "l2"], "contexts are for two components and the 2-norm")
        d, rest = sizes
        entries = _floats(proof["tilts"])
        _require(proof["tilts"]["shape"] == [count, rest, d], "the tilts have another shape")
        tilts = [_matrix(entries[v * rest * d : (v + 1) * rest * d], rest, d) for v in range(count)]
        deepest = max(e for _, e in tilts)
        self.tilts = [(m * (1 << (deepest - e)), deepest) for m, e in tilts]
        self.tilt = max(_sqrt(_sum_of_squares(m), 2 * e) for m, e in self.tilts)
        self.edges = [(v, x, (v * self.letters + x) % count) for v in range(count) for x in range(self.letters)]

    def _turned(self, matrix: Dyadic, v: int, sign: int) -> Dyadic:
        """U_v M for sign −1, U_v⁻¹ M for sign 1, and for sign 0 the latter with |Φ_v|."""
        if not self.memory:
            return matrix
        (tilt, f), d, rows = self.tilts[v], self.sizes[0], _rows(matrix[0])
        moved = (tilt * sign if sign else _absolute(tilt)) * fmpz_mat(rows[:d])
        below = fmpz_mat(rows[d:]) * (1 << f) + moved
        return fmpz_mat([[value << f for value in row] for row in rows[:d]] + _rows(below)), matrix[1] + f

    def _turned_back(self, rows: Dyadic, v: int, sign: int) -> Dyadic:
        """K U_v for sign −1, K U_v⁻¹ for sign 1, and for sign 0 the latter with |Φ_v|."""
        if not self.memory:
            return rows
        (tilt, f), d, columns = self.tilts[v], self.sizes[0], _rows(rows[0].transpose())
        moved = (tilt * sign if sign else _absolute(tilt)).transpose() * fmpz_mat(columns[d:])
        first = fmpz_mat(columns[:d]) * (1 << f) + moved
        both = _rows(first) + [[value << f for value in column] for column in columns[d:]]
        return fmpz_mat(both).transpose(), rows[1] + f

    def _spread(self, weights: dict[str, Any]) -> list[Dyadic]:
        """N[x], at least |A[x]|; these where nothing else is said."""
        plain = [(_absolute(A), e) for A, e in self.A]
        if "spread" not in weights:
            return plain
        given = _matrices(weights["spread"], self.letters, self.hidden)
        for (N, e), (A, f) in zip(given, plain, strict=True):
            top = max(e, f)
            difference = N * (1 << (top - e)) - A * (1 << (top - f))
            _require(all(int(v) >= 0 for row in _rows(difference) for v in row), "the spread is below the weights")
        return given

    def horizon(self) -> float:
        claimed, proof = self.document["horizon"], self.document["proof"]
        if "turns" in proof:
            _require(type(claimed) is int and 0 <= claimed <= MOST_STEPS, f"the horizon {claimed!r} is out of range")
            self._angles(proof, claimed)
            return int(claimed)
        if "to" not in proof:
            _require(type(claimed) is int and 0 <= claimed <= self.prefix, "only the first words are multiplied out")
            self._words()
            return int(claimed)
        self._tube(proof)
        self._coordinates()
        self._steps()
        self._decisions()
        if "path" in proof:
            self._path()
        if claimed == "infinity":
            self._for_ever()
            return float("inf")
        _require(type(claimed) is int and 0 <= claimed <= MOST_STEPS, f"the horizon {claimed!r} is out of range")
        self._up_to(claimed)
        return claimed

    def _coordinates(self) -> None:
        n = self.hidden
        product, e = _times(self.L, self.P)
        defect = _identity(n, e) - product
        nu = _sqrt(_sum_of_squares(defect), 2 * e)
        _require(nu < Fraction(1, 2), "the coordinates are not inverse to each other")
        nu *= (1 + self.tilt) ** 2  # of U N U⁻¹
        _require(nu < Fraction(1, 2), "the coordinates are not inverse to each other in some context")
        self.nu = _up(nu / (1 - nu))

    def _steps(self) -> None:
        """M, η and the start."""
        K = len(self.sizes)
        self.M = [[Fraction(0)] * K for _ in self.parts]
        self.leak = [Fraction(0)] * K  # what G N' can add to a component, times the sum of all ε
        self.eta = [Fraction(0)] * K
        self.drift: list[tuple[fmpz_mat, int]] = []  # per edge G[e] c_q − λ_e c_δ(q,x), columns q
        self.G: list[Dyadic] = []  # per edge
        self.rounding: list[Dyadic | None] = []  # per edge
        self.unpacked: tuple[fmpz_mat | None, list[list[int]]] = None, []  # the matrix last looked at, as integers
        self.slack: list[list[list[Fraction]]] = []  # per edge, component and state: rounding and G N' in η
        columns = (self.codes[0].transpose(), self.codes[1])  # (n, states)
        lengths = [_sqrt(sum(int(v) ** 2 for v in row), 2 * self.codes[1]) for row in _rows(self.codes[0])]
        sizes = [
            Fraction(1) if kind == "l2" else _sqrt(size, 0) for kind, size in zip(self.norms, self.sizes, strict=True)
        ]
        plain = [_times(_times(self.L, A), self.P) for A in self.A]
        off = [self._rounding(x) for x in range(self.letters)]
        if self.memory:
            side, rest = ([self._block_norm(G, k, 1) for G in plain] for k in (0, 1))
        for i, (v, x, after) in enumerate(self.edges):
            scales = self.scales[i]
            least = min(scales)
            G = self._turned_back(self._turned(plain[x], after, -1), v, 1)
            self.G.append(G)
            given = off[x]
            rounding = None if given is None else self._turned_back(self._turned(given, after, 0), v, 0)
            self.rounding.append(rounding)
            kappa = self._leak(G, rounding)
            for k in self.parts:
                for m in self.parts:
                    if self.memory and k == m == 1:  # G_11 − Φ G_01: one norm for each letter is enough
                        bound = rest[x] + self.tilt * side[x]
                    else:
                        bound = self._block_norm(G, k, m)
                    if rounding is not None:
                        bound += self._block_norm(rounding, k, m, crude=True)
                    self.M[k][m] = max(self.M[k][m], _up(bound / least))
                self.leak[k] = max(self.leak[k], _up(kappa * sizes[k] / least))
            moved, e = _times(G, columns)
            drift = self._drift((moved, e), i)
            self.drift.append(drift)
            rounded = None if rounding is None else _times(rounding, (_absolute(columns[0]), columns[1]))
            slack = []
            for k in self.parts:
                row = []
                for q in range(self.states):
                    extra = kappa * sizes[k] * lengths[q]
                    if rounded is not None:
                        extra += self._norm(_column(rounded[0], q, self.cuts[k], self.cuts[k + 1]), k, rounded[1])
                        extra += self.tiny
                    row.append(_up(extra / scales[q]))
                    size = self._norm(_column(drift[0], q, self.cuts[k], self.cuts[k + 1]), k, drift[1])
                    self.eta[k] = max(self.eta[k], _up(size / scales[q] + row[-1]))
                slack.append(row)
            self.slack.append(slack)
        self._beginning()

    def _drift(self, moved: Dyadic, i: int) -> Dyadic:
        """The columns G[e] c_q − λ_{e,q} c_δ(q,x) of edge i, exactly; scales are dyadic."""
        matrix, e = moved
        x = self.edges[i][1]
        shifts = [v.denominator.bit_length() - 1 for v in self.scales[i]]
        both = max(e, self.codes[1] + max(shifts))
        columns = [
            (int(scale.numerator) << (both - self.codes[1] - shift), self.table[q][x])
            for q, (scale, shift) in enumerate(zip(self.scales[i], shifts, strict=True))
        ]
        rows = [
            [
                (int(value) << (both - e)) - factor * int(self.codes[0][p, i])
                for value, (factor, p) in zip(row, columns, strict=True)
            ]
            for i, row in enumerate(_rows(matrix))
        ]
        return fmpz_mat(rows), both

    def _leak(self, G: Dyadic, rounding: Dyadic | None) -> Fraction:
        """A bound on what N' adds to a letter: (‖G‖ + ‖Γ‖) ν'."""
        size = _sqrt(_sum_of_squares(G[0]), 2 * G[1])
        if rounding is not None:
            size += _sqrt(_sum_of_squares(rounding[0]), 2 * rounding[1])
        return _up(size * self.nu)

    def _rounding(self, x: int) -> Dyadic | None:
        """Γ = γ |L| N |P|, rounded up to integers times 2**-60."""
        if self.bits is None:
            return None
        product = self.around[0] * self.spread[x][0] * self.around[1]
        e, factor, keep = self.L[1] + self.spread[x][1] + self.P[1], _up(_gamma(self.terms, self.bits)), 60
        above, below = factor.numerator << keep, factor.denominator << e
        return fmpz_mat([[-(-int(v) * above // below) for v in row] for row in _rows(product)]), keep

    def _words(self) -> tuple[fmpz_mat, fmpz_mat, int, list[int]]:
        """All words of at most `prefix` letters: H, what rounding can add, e, and the states of the longest words."""
        H, e = self.h  # (hidden, words), times 2**-e
        off = fmpz_mat([[0] for _ in range(self.hidden)])  # what rounding can have added to each entry, times 2**-e
        if self.bits is not None:
            H, e = H * (1 << GRID), e + GRID  # room for errors that are counted in whole numbers
            off = _ceiling(_absolute(H), Fraction(4, 2**self.bits)) + self._underflow(H)
        states = [self.start]
        for t in range(self.prefix + 1):
            self._decided(H, off, e, states, t)
            if t == self.prefix:
                break
            moved = [A[0] * H * (1 << (self.deepest - A[1])) for A in self.A]
            if self.bits is not None:
                gamma, size = _gamma(self.terms, self.bits), _absolute(H) + off
                growing = [_absolute(A[0]) * (1 << (self.deepest - A[1])) for A in self.A]
                added = [_ceiling(N * size, gamma * 2**self.deepest / 2**e_N) for N, e_N in self.spread]
                shaken = [G * off + more for G, more in zip(growing, added, strict=True)]
                off = _side_by_side(shaken) + _side_by_side([self._underflow(m) for m in moved])
            else:
                off = fmpz_mat(self.hidden, self.letters * len(states))
            H, e = _side_by_side(moved), e + self.deepest
            states = [self.table[q][x] for x in range(self.letters) for q in states]
        return H, off, e, states

    def _beginning(self) -> None:
        """The errors of the longest words that are multiplied out."""
        H, off, e, states = self._words()
        (Z, shift), (reach, _) = self._in_context(self.L[0] * H, -1), self._in_context(self.around[0] * off, 0)
        e += self.L[1] + shift
        columns, spread = _rows(Z.transpose()), _rows(reach.transpose())
        first = range(self.cuts[0], self.cuts[1])
        codes = [[Fraction(int(v), 2 ** self.codes[1]) for v in row] for row in _rows(self.codes[0])]
        self.errors: list[tuple[int, list[Fraction]]] = []
        self.begun = [Fraction(0)] * len(self.sizes)  # what rounding can add
        self.epsilon = [Fraction(0)] * len(self.sizes)
        for q, column, wide in zip(states, columns, spread, strict=True):
            code = codes[q]
            square = sum((code[i] ** 2 for i in first), Fraction(0))
            _require(square > 0, f"the code of state {q} is zero in the first component")
            along = sum((code[i] * int(column[i]) for i in first), Fraction(0)) / square
            _require(along > 0, "a state does not point along its code")
            error = [_near(int(v) / along - c) for v, c in zip(column, code, strict=True)]
            self.errors.append((q, error))
            for k in self.parts:
                part = slice(self.cuts[k], self.cuts[k + 1])
                grown = self._norm([int(v) for v in wide[part]], k, 0) / along
                if self.bits is not None:
                    grown += self.tiny
                self.begun[k] = max(self.begun[k], _up(grown))
                off_by = self._fraction_norm(error[part], k)
                if any(error[part]):  # they are rounded to the grid, unless they are 0
                    off_by += Fraction(self.sizes[k], 1 << GRID)
                self.epsilon[k] = max(self.epsilon[k], _up(off_by + grown))

    def _in_context(self, Z: fmpz_mat, sign: int) -> Dyadic:
        """The columns, one for each of the longest words, in the coordinates that belong to their last letters."""
        if not self.memory:
            return Z, 0
        contexts = [0]
        for _ in range(self.prefix):
            contexts = [(v * self.letters + x) % len(self.tilts) for x in range(self.letters) for v in contexts]
        columns = _rows(Z.transpose())
        shift = self.tilts[0][1]
        for v in range(len(self.tilts)):
            mine = [j for j, context in enumerate(contexts) if context == v]
            turned, _ = self._turned((fmpz_mat([columns[j] for j in mine]).transpose(), 0), v, sign)
            for j, column in zip(mine, _rows(turned.transpose()), strict=True):
                columns[j] = column
        return fmpz_mat(columns).transpose(), shift

    def _underflow(self, H: fmpz_mat) -> fmpz_mat:
        """More than what underflow can add where the largest entry of a column is about 1."""
        rows = [[abs(int(v)) for v in row] for row in _rows(H)]
        tops = [max(column) * self.hidden**2 // 2**100 + 1 for column in zip(*rows, strict=True)]
        return fmpz_mat([tops] * self.hidden)

    def _decided(self, H: fmpz_mat, off: fmpz_mat, e: int, states: list[int], t: int) -> None:
        """Whether all words of t letters are classified rightly; `off` is what rounding can add to H."""
        logits = _rows((self.C[0] * H).transpose())
        gamma = Fraction(0) if self.bits is None else _gamma(self.hidden, self.bits)
        wide = _absolute(self.C[0])
        shaken = _ceiling(wide * (_absolute(H) + off), 1 + gamma) - wide * _absolute(H)
        for q, row, moved in zip(states, logits, _rows(shaken.transpose()), strict=True):
            least = row[q] - moved[q]
            right = all(least > v + m for p, (v, m) in enumerate(zip(row, moved, strict=True)) if p != q)
            _require(right, f"words of {t} letters are not all classified rightly")

    def _decisions(self) -> None:
        """For pairs q ≠ q': the lead (D_q − D_q') c_q less what does not depend on ε, and the factors of ε."""
        plain = _times(self.C, self.P)
        around = (_absolute(self.C[0]) * self.around[1], self.C[1] + self.P[1])
        self.D: list[Dyadic] = []  # in each context
        self.lead: dict[tuple[int, int], Fraction] = {}
        self.extra: dict[tuple[int, int], list[Fraction]] = {}  # factors of ε beside ‖D_q − D_q'‖
        self.factor: dict[tuple[int, int], list[Fraction]] = {}
        for v in range(max(1, len(self.tilts))):
            self.D.append(self._turned_back(plain, v, 1))
            self._decisions_in(self.D[-1], self._turned_back(around, v, 0))

    def _decisions_in(self, D: Dyadic, around: Dyadic) -> None:
        """The same in one context: the smallest lead and the largest factors are kept."""
        leads, e = _times(D, (self.codes[0].transpose(), self.codes[1]))
        rows = [[int(v) for v in row] for row in _rows(D[0])]
        lengths = [_sqrt(sum(int(v) ** 2 for v in row), 2 * self.codes[1]) for row in _rows(self.codes[0])]
        leak = [_up(_sqrt(sum(v * v for v in row), 2 * D[1]) * self.nu) for row in rows]
        wide, f, gamma = [[0] * self.hidden for _ in rows], 0, Fraction(0)
        if self.bits is not None:  # a logit is off by at most γ |C_q| |h|
            wide, f = [[int(v) for v in row] for row in _rows(around[0])], around[1]
            gamma = _gamma(self.hidden, self.bits)
            leak = [
                a + _up(gamma * self.nu * _sqrt(sum(v * v for v in row), 2 * f))
                for a, row in zip(leak, wide, strict=True)
            ]
        shaken = [
            [_up(gamma * self._dual(row[self.cuts[k] : self.cuts[k + 1]], k, f)) for k in self.parts] for row in wide
        ]
        codes = [[abs(int(v)) for v in row] for row in _rows(self.codes[0])]
        for q in range(self.states):
            for other in range(self.states):
                if q == other:
                    continue
                both = leak[q] + leak[other]
                lead = Fraction(int(leads[q, q]) - int(leads[other, q]), 2**e) - both * lengths[q]
                if self.bits is not None:
                    weight = sum((a + b) * c for a, b, c in zip(wide[q], wide[other], codes[q], strict=True))
                    lead -= gamma * Fraction(weight, 2 ** (f + self.codes[1])) + self.tiny
                difference = [a - b for a, b in zip(rows[q], rows[other], strict=True)]
                extra = [shaken[q][k] + shaken[other][k] + both for k in self.parts]
                factor = [
                    _up(self._dual(difference[self.cuts[k] : self.cuts[k + 1]], k, D[1]) + extra[k]) for k in self.parts
                ]
                pair = q, other
                self.lead[pair] = min(lead, self.lead.get(pair, lead))
                self.extra[pair] = list(map(max, extra, self.extra.get(pair, extra)))
                self.factor[pair] = list(map(max, factor, self.factor.get(pair, factor)))

    def _path(self) -> None:
        """W_0, μ and, per component, the largest ‖ℓ' B / λ − ℓ‖, for the path bound."""
        permuting = all(sorted(row[x] for row in self.table) == list(range(self.states)) for x in range(self.letters))
        _require(permuting, "the path bound is for letters that permute the states")
        path = self.document["proof"]["path"]
        rows, e = K = _dyadic(path["rows"], self.states, self.hidden)
        potential = _dyadic(path["potential"], self.states, self.states)
        unit = Fraction(1, 2 ** potential[1])
        self.potential = [[int(v) * unit for v in row] for row in _rows(potential[0])]
        heights = [[int(v) << GRID >> potential[1] for v in row] for row in _rows(potential[0])]
        _require(potential[1] <= GRID, "the potential has too many digits")
        largest = 0
        self.tau = [Fraction(0)] * len(self.sizes)
        norms = [_sqrt(sum(int(v) ** 2 for v in row), 2 * e) for row in _rows(rows)]
        duals = [self._dual_rows(row, e) for row in _rows(rows)]
        for i, (_, x, _) in enumerate(self.edges):
            scales = self.scales[i]
            least, middle = min(scales), scales[0]
            moved, f = _times(K, (self.drift[i][0], self.drift[i][1]))  # K_p η(x, q): (states, states)
            turned = [self.table[q][x] for q in range(self.states)]
            # in units of 2**-GRID, rounded upwards by at most 2 for the two numbers
            units = [(v.denominator << GRID, v.numerator << f) for v in scales]
            gained = [
                [int(v) * above // below for v, (above, below) in zip(row, units, strict=True)] for row in _rows(moved)
            ]
            for q in range(self.states):
                here = [sum(dual[k] * self.slack[i][k][q] for k in self.parts) for dual in duals]
                spare = [-(-a.numerator * (1 << GRID) // a.denominator) for a in here]
                own, own_spare = gained[turned[q]][q], spare[turned[q]]
                level, target = heights[q], heights[turned[q]]
                best = max(
                    (
                        gained[p][q] - own + spare[p] + own_spare + level[other] - target[p]
                        for other, p in enumerate(turned)
                        if other != q
                    ),
                    default=0,
                )
                largest = max(largest, best + 4)
            pulled, g = _times(K, self.G[i])  # K_p G[e]
            rounding = self.rounding[i]
            kappa = self._leak(self.G[i], rounding)
            spread = max(abs(v - middle) for v in scales)
            shaken = Fraction(0) if rounding is None else _sqrt(_sum_of_squares(rounding[0]), 2 * rounding[1])
            for q in range(self.states):
                aim = turned[q]
                top, shift = middle.numerator, middle.denominator
                row = [
                    Fraction(int(pulled[aim, i]), 2**g) - Fraction(int(rows[q, i]) * top, shift << e)
                    for i in range(self.hidden)
                ]
                for k in self.parts:
                    piece = row[self.cuts[k] : self.cuts[k + 1]]
                    size = self._fraction_dual(piece, k) + norms[aim] * (kappa + shaken)
                    size += spread * duals[q][k]
                    self.tau[k] = max(self.tau[k], _up(2 * size / least))
        self.mu = Fraction(largest, 1 << GRID)
        exact = [[Fraction(int(rows[q, i]), 2**e) for i in range(self.hidden)] for q in range(self.states)]
        worst = [max(dual[k] for dual in duals) for k in self.parts]
        begun = sum((2 * a * b for a, b in zip(worst, self.begun, strict=True)), Fraction(0))
        tall = sum(worst, Fraction(0)) * Fraction(self.hidden, 1 << GRID)  # errors are rounded to the grid
        highest = -(Fraction(LARGEST) ** 2)
        for q, error in self.errors:
            along = [sum((a * b for a, b in zip(row, error, strict=True)), Fraction(0)) for row in exact]
            rises = (along[p] - along[q] - self.potential[q][p] for p in range(self.states) if p != q)
            highest = max(highest, max(rises, default=Fraction(0)))
        self.W = _up(highest + begun + 2 * tall)
        self.gap: dict[tuple[int, int], list[Fraction]] = {}  # factors of ε beside ℓ
        for in_context in self.D:
            D = [[Fraction(int(v), 2 ** in_context[1]) for v in row] for row in _rows(in_context[0])]
            off = [[d - k for d, k in zip(D[q], exact[q], strict=True)] for q in range(self.states)]
            for pair in self.lead:
                difference = [a - b for a, b in zip(off[pair[0]], off[pair[1]], strict=True)]
                extra = self.extra[pair]
                gap = [
                    _up(self._fraction_dual(difference[self.cuts[k] : self.cuts[k + 1]], k) + extra[k])
                    for k in self.parts
                ]
                self.gap[pair] = list(map(max, gap, self.gap.get(pair, gap)))

    def _dual_rows(self, row: Sequence[Any], e: int) -> list[Fraction]:
        return [self._dual([int(v) for v in row[self.cuts[k] : self.cuts[k + 1]]], k, e) for k in self.parts]

    def _next(self, epsilon: list[Fraction]) -> list[Fraction]:
        total = sum(epsilon)
        return [
            _up(sum(m * e for m, e in zip(row, epsilon, strict=True) if m) + self.leak[k] * total + self.eta[k])
            for k, row in enumerate(self.M)
        ]

    def _safe(self, epsilon: list[Fraction], W: Fraction | None) -> bool:
        for pair, lead in self.lead.items():
            if lead > sum(f * e for f, e in zip(self.factor[pair], epsilon, strict=True)):
                continue
            if W is None:
                return False
            q, other = pair
            error = W + self.potential[q][other]
            error += sum(f * e for f, e in zip(self.gap[pair], epsilon, strict=True))
            if lead <= error:
                return False
        return True

    def _up_to(self, claimed: int) -> None:
        """The first letters one by one; then the largest ε of all later ones, in one comparison.

        All numbers are multiples of 2**-GRID and counted in these, so that a step is a few products of integers.
        """
        alone = int(self.document["proof"].get("alone", 0))
        path = "path" in self.document["proof"]
        unit = 1 << GRID
        rows = [[(j, int(m * unit)) for j, m in enumerate(row) if m] for row in self.M]
        leak, eta = [int(v * unit) for v in self.leak], [int(v * unit) for v in self.eta]
        leaking = any(leak)
        tau = [int(v * unit) for v in self.tau] if path else []
        mu = int(self.mu * unit) if path else 0
        epsilon = [int(v * unit) for v in self.epsilon]
        W = int(self.W * unit) if path else 0

        def safe(sizes: list[int], sum_of_path: int) -> bool:
            return self._safe([Fraction(v, unit) for v in sizes], Fraction(sum_of_path, unit) if path else None)

        largest = [0] * len(epsilon)
        for t in range(self.prefix + 1, claimed + 1):  # shorter words have been multiplied out
            if path:
                W += mu - (-sum(a * e for a, e in zip(tau, epsilon, strict=True)) >> GRID)
            total = sum(epsilon) if leaking else 0
            epsilon = [
                extra - (-(sum(m * epsilon[j] for j, m in row) + loss * total) >> GRID)
                for row, loss, extra in zip(rows, leak, eta, strict=True)
            ]
            if t <= self.prefix + alone:
                _require(safe(epsilon, W), f"words of {t} letters need not be classified rightly")
                largest = epsilon
            else:
                largest = list(map(max, largest, epsilon))
            _require(max(largest) < LARGEST * unit, f"the bound explodes at length {t}")
        if claimed > self.prefix:
            _require(safe(largest, W), f"words of {claimed} letters need not be classified rightly")

    def _for_ever(self) -> None:
        ball = [Fraction(*v.as_integer_ratio()) for v in _floats(self.document["proof"]["ball"])]
        _require(len(ball) == len(self.sizes) and min(ball) >= 0, "the ball has one radius per component")
        _require(all(a <= b for a, b in zip(self.epsilon, ball, strict=True)), "the start is outside the ball")
        _require(all(a <= b for a, b in zip(self._next(ball), ball, strict=True)), "a letter can leave the ball")
        _require(self._safe(ball, None), "a word inside the ball need not be classified rightly")

    def _angles(self, proof: dict[str, Any], T: int) -> None:
        """Whether every word of at most T letters is classified rightly, by angles."""
        self._planes()
        planes, pi = range(self.hidden // 2), _pi()
        order, turns = proof["order"], proof["turns"]
        _require(type(order) is int and 0 < order <= 10_000, "the order of the turns is between 1 and 10 000")
        _require(
            len(turns) == self.letters
            and all(len(row) == len(planes) and all(type(p) is int for p in row) for row in turns),
            "turns are whole numbers, for each letter and plane",
        )
        seats = self._seats(order, turns)
        drift, off, rho = self._angle_drift(order, turns, _floats(proof["angles"]), pi)
        gamma = Fraction(0) if self.bits is None else _gamma(self.terms, self.bits)
        _require(rho < Fraction(1, 16) and gamma < Fraction(1, 16), "the planes are stretched too much")
        rho = (1 + rho) * (1 + 2 * gamma) - 1  # a step is off by at most γ √2 of the plane
        _require(T * rho < Fraction(1, 2), "the planes can be stretched too much")
        shaken = T * rho / (1 - T * rho)
        if self.bits is not None:  # the start is normalised elsewhere
            shaken = (1 + shaken) * (1 + Fraction(4, 2**self.bits)) - 1
        off_by = shaken + T * off + Fraction(1, 2 ** (SURE - 12))  # in units of the amplitude
        self.pi, self.pieces = pi, 0
        self.corners = [self._corner([T * v for v in row]) for row in drift] + [self._corner([0 for _ in planes])]
        self.halves: dict[tuple[int, int], int] = {}
        whole = tuple(range(len(self.corners)))
        seat = [_cosine_and_sine(2 * pi * s // order) for s in range(order)]
        C = [[int(v) for v in row] for row in _rows(self.C[0])]
        h = _column(self.h[0], 0, 0, self.hidden)
        tall = max(map(abs, h))
        for q, seats_of_q in seats.items():
            turned = []  # per plane R(2π s_q / N) h, times 2**FINE
            for j, s in enumerate(seats_of_q):
                (c, sine), a, b = seat[s], h[2 * j], h[2 * j + 1]
                turned.append((c * a - sine * b, sine * a + c * b))
            for other in range(self.states):
                if other == q:
                    continue
                waves, size, read = [], 0, 0
                for j in planes:
                    d, h_j = (C[q][2 * j] - C[other][2 * j], C[q][2 * j + 1] - C[other][2 * j + 1]), turned[j]
                    length = abs(h[2 * j]) + abs(h[2 * j + 1])
                    bound = (abs(d[0]) + abs(d[1])) * length
                    size += bound
                    read += sum(abs(C[p][2 * j + i]) for p in (q, other) for i in (0, 1)) * length
                    alpha, beta = d[0] * h_j[0] + d[1] * h_j[1], d[1] * h_j[0] - d[0] * h_j[1]
                    square = (d[0] ** 2 + d[1] ** 2) * (h[2 * j] ** 2 + h[2 * j + 1] ** 2)
                    waves.append((alpha, beta, bound, -((isqrt(square) + 1) << 2 * FINE)))
                slack = off_by * size
                if self.bits is not None:
                    slack += 2 * _gamma(self.hidden, self.bits) * read
                    rows = sum(map(abs, C[q])) + sum(map(abs, C[other]))
                    slack += Fraction(T * self.hidden**3 * tall * rows, 2**105)  # underflow
                above = slack.numerator * (1 << 2 * FINE) // slack.denominator
                _require(self._positive(waves, whole, above), f"words of {T} letters need not be classified rightly")

    def _corner(self, e: list[int]) -> Corner:
        """A point with the cosines and sines of its entries, which are multiples of 2**-FINE."""
        turn = 2 * self.pi
        return e, [_cosine_and_sine(v - (v + self.pi) // turn * turn) for v in e]

    def _positive(self, waves: list[Wave], corners: tuple[int, ...], above: int) -> bool:
        """Whether the sum of waves is above a number on the hull of some corners, halved where its minorant is not."""
        stack = [corners]
        while stack:
            corners = stack.pop()
            points = [self.corners[i] for i in corners]
            totals, true = [0] * len(corners), [0] * len(corners)
            for j, wave in enumerate(waves):
                values, below = _minorant(wave, [e[j] for e, _ in points], [around[j] for _, around in points], self.pi)
                totals = [a + b for a, b in zip(totals, below, strict=True)]
                true = [a + b for a, b in zip(true, values, strict=True)]
            if min(totals) > above:
                continue
            self.pieces += 1
            if min(true) <= above or self.pieces > MOST_PIECES:
                return False
            i, j = max(combinations(range(len(corners)), 2), key=lambda pair: _apart(waves, points, *pair))
            middle = self._half(corners[i], corners[j])
            stack += [corners[:k] + (middle,) + corners[k + 1 :] for k in (i, j)]
        return True

    def _half(self, i: int, j: int) -> int:
        """The corner between two others."""
        pair = min(i, j), max(i, j)
        if pair not in self.halves:
            self.halves[pair] = len(self.corners)
            both = zip(self.corners[i][0], self.corners[j][0], strict=True)
            self.corners.append(self._corner([(a + b) >> 1 for a, b in both]))
        return self.halves[pair]

    def _planes(self) -> None:
        """Every A[x] has to be scaled rotations (c, −s; s, c) down the diagonal: kept as integers c and s."""
        _require(self.hidden % 2 == 0, "angles are for an even number of hidden units")
        self.turning: list[tuple[list[tuple[int, int]], int]] = []
        for matrix, e in self.A:
            rows = [[int(v) for v in row] for row in _rows(matrix)]
            for i, row in enumerate(rows):
                j = i - i % 2
                outside = any(row[:j]) or any(row[j + 2 :])
                first, second = rows[j], rows[j + 1]
                turning = first[j] == second[j + 1] and first[j + 1] == -second[j]
                _require(turning and not outside, "angles are for letters that are scaled rotations of planes")
            self.turning.append(([(rows[j][j], rows[j + 1][j]) for j in range(0, self.hidden, 2)], e))

    def _seats(self, order: int, turns: list[list[int]]) -> dict[int, list[int]]:
        """s_q modulo the order, for every state that words lead to."""
        seats = {self.start: [0] * (self.hidden // 2)}
        queue = [self.start]
        for q in queue:
            for x, row in enumerate(turns):
                target = self.table[q][x]
                reached = [(s + p) % order for s, p in zip(seats[q], row, strict=True)]
                if target not in seats:
                    seats[target] = reached
                    queue.append(target)
                _require(seats[target] == reached, "the turns do not follow the automaton")
        return seats

    def _angle_drift(
        self, order: int, turns: list[list[int]], angles: Sequence[float], pi: int
    ) -> tuple[list[list[int]], Fraction, Fraction]:
        """δ_xj times 2**FINE, by how much the true ones can be off, and by how much a length can be off 1."""
        planes = self.hidden // 2
        _require(len(angles) == self.letters * planes, "there is one angle for each letter and plane")
        drift, off, rho = [], Fraction(0), Fraction(0)
        for x, (plane, e) in enumerate(self.turning):
            row = []
            for j, (c, s) in enumerate(plane):
                above, below = angles[x * planes + j].as_integer_ratio()
                angle = (above << FINE) // below
                _require(abs(angle) <= 8 << FINE, "angles are between -8 and 8")
                cosine, sine = _cosine_and_sine(angle)
                along, across = c * cosine + s * sine, s * cosine - c * sine  # of z exp(−iθ)
                unsure = (abs(c) + abs(s)) << (FINE - SURE)
                _require(along > unsure, "an angle is not that of its matrix")
                off = max(off, Fraction(abs(across) + unsure, along - unsure))
                rho = max(rho, abs(Fraction(c * c + s * s, 1 << 2 * e) - 1))  # not below ||z| − 1|
                row.append(angle - 2 * pi * turns[x][j] // order)
            drift.append(row)
        return drift, _up(off) + Fraction(1, 2**SURE), _up(rho)

    def _block_norm(self, G: Dyadic, k: int, m: int, crude: bool = False) -> Fraction:
        """An upper bound on the norm of block (k, m), from the norm of component m to that of k."""
        matrix, e = G
        if matrix is not self.unpacked[0]:
            self.unpacked = matrix, [[int(v) for v in row] for row in _rows(matrix)]
        rows = [row[self.cuts[m] : self.cuts[m + 1]] for row in self.unpacked[1][self.cuts[k] : self.cuts[k + 1]]]
        if not any(map(any, rows)):
            return Fraction(0)
        if self.norms[m] == "l1":  # the largest norm of a column
            return max(self._norm([row[j] for row in rows], k, e) for j in range(self.sizes[m]))
        frobenius = _sqrt(sum(v * v for row in rows for v in row), 2 * e)
        if self.norms[k] == "l1":
            return frobenius * _sqrt(self.sizes[k], 0)
        if crude or min(self.sizes[k], self.sizes[m]) == 1:
            return frobenius
        return min(frobenius, _spectral(fmpz_mat(rows), e, self.squarings[k] if k == m else COUPLING))

    def _norm(self, vector: Sequence[int], k: int, e: int) -> Fraction:
        if self.norms[k] == "l1":
            return Fraction(sum(map(abs, vector)), 2**e)
        return _sqrt(sum(v * v for v in vector), 2 * e)

    def _dual(self, vector: Sequence[int], k: int, e: int) -> Fraction:
        if self.norms[k] == "l1":
            return Fraction(max(map(abs, vector)), 2**e)
        return _sqrt(sum(v * v for v in vector), 2 * e)

    def _fraction_norm(self, vector: Sequence[Fraction], k: int) -> Fraction:
        if self.norms[k] == "l1":
            return sum(map(abs, vector), Fraction(0))
        return _sqrt_fraction(sum((v * v for v in vector), Fraction(0)))

    def _fraction_dual(self, vector: Sequence[Fraction], k: int) -> Fraction:
        if self.norms[k] == "l1":
            return max(map(abs, vector))
        return _sqrt_fraction(sum((v * v for v in vector), Fraction(0)))


def _minorant(wave: Wave, ends: list[int], around: list[tuple[int, int]], pi: int) -> tuple[list[int], list[int]]:
    """The values f(e) = α cos e + β sin e, and those of a concave function below f on the range of e.

    Args:
        wave: α and β, times 2**FINE and off by at most 2**-SURE of the third number, which is not below the amplitude
            of f; and minus the amplitude, times 2**(2 FINE), rounded downwards.
        ends: e, times 2**FINE.
        around: cosine and sine of each, times 2**FINE.
        pi: π, times 2**FINE.
    """
    alpha, beta, bound, least = wave
    values = [alpha * c + beta * s for c, s in around]
    lowest, highest = min(ends), max(ends)
    if highest - lowest >= pi - (1 << (FINE - SURE)):
        return values, [least] * len(ends)
    low, high = ends.index(lowest), ends.index(highest)
    unsure = bound << (2 * FINE - SURE + 6)

    def tangent(i: int) -> list[int]:
        c, s = around[i]
        return [values[i] + ((beta * c - alpha * s) * (e - ends[i]) >> FINE) for e in ends]

    if min(values[low], values[high]) >= unsure:  # positive in between, hence concave
        return values, values
    if max(values[low], values[high]) <= -unsure:  # negative in between, hence convex
        middle = min(range(len(ends)), key=lambda i: abs(2 * ends[i] - lowest - highest))
        return values, tangent(middle)
    for end in (high, low):  # negative at one end: above its tangent there where it is negative, concave elsewhere
        if values[end] <= -unsure:
            return values, list(map(min, values, tangent(end)))
    return values, [least] * len(ends)


def _apart(waves: list[Wave], points: list[Corner], i: int, j: int) -> int:
    """How far two corners are apart, angles weighed by amplitudes."""
    both = zip(waves, points[i][0], points[j][0], strict=True)
    return sum(bound * abs(a - b) for (_, _, bound, _), a, b in both)


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise CheckError(reason)


def _floats(stored: dict[str, Any]) -> array[float]:
    """The numbers of a stored array, little endian doubles in base64, all finite."""
    values = array("d")
    values.frombytes(base64.b64decode(stored["float64"], validate=True))
    if array("H", b"\x01\x00")[0] != 1:
        values.byteswap()
    size = 1
    for length in stored["shape"]:
        size *= length
    _require(len(values) == size, f"{len(values)} numbers do not have the shape {stored['shape']}")
    for value in values:
        _require(value - value == 0, f"{value} among the numbers; they have to be finite")
    return values


def _matrices(stored: dict[str, Any], count: int, n: int) -> list[Dyadic]:
    _require(stored["shape"] == [count, n, n], "the transitions have another shape")
    entries = _floats(stored)
    return [_matrix(entries[k * n * n : (k + 1) * n * n], n, n) for k in range(count)]


def _dyadic(stored: dict[str, Any], rows: int, columns: int) -> Dyadic:
    """A stored matrix as integers and an exponent."""
    values = _floats(stored)
    _require(len(values) == rows * columns, f"an array of shape {stored['shape']} is no {rows} x {columns} matrix")
    return _matrix(values, rows, columns)


def _matrix(values: Sequence[float], rows: int, columns: int) -> Dyadic:
    pairs = [v.as_integer_ratio() for v in values]
    e = max(d.bit_length() - 1 for _, d in pairs)
    return fmpz_mat(rows, columns, [n << (e + 1 - d.bit_length()) for n, d in pairs]), e


def _near(value: Fraction) -> Fraction:
    """The value rounded away from 0 to a multiple of 2**-GRID; 0 only for 0."""
    size = -(-(abs(value.numerator) << GRID) // value.denominator)
    return Fraction(size if value > 0 else -size, 1 << GRID)


def _ceiling(matrix: fmpz_mat, factor: Fraction) -> fmpz_mat:
    """The entries, not negative, times the factor, rounded upwards."""
    above, below = factor.numerator, factor.denominator
    return fmpz_mat([[-(-int(v) * above // below) for v in row] for row in _rows(matrix)])


def _side_by_side(matrices: Sequence[fmpz_mat]) -> fmpz_mat:
    return fmpz_mat([list(chain.from_iterable(rows)) for rows in zip(*map(_rows, matrices), strict=True)])


def _times(a: Dyadic, b: Dyadic) -> Dyadic:
    return a[0] * b[0], a[1] + b[1]


def _identity(n: int, e: int) -> fmpz_mat:
    return fmpz_mat(n, n, [(1 << e) if i == j else 0 for i in range(n) for j in range(n)])


def _rows(matrix: fmpz_mat) -> list[list[Any]]:
    return matrix.tolist()


def _column(matrix: fmpz_mat, j: int, first: int, last: int) -> list[int]:
    return [int(matrix[i, j]) for i in range(first, last)]


def _absolute(matrix: fmpz_mat) -> fmpz_mat:
    return fmpz_mat([[abs(int(v)) for v in row] for row in _rows(matrix)])


def _sum_of_squares(matrix: fmpz_mat) -> int:
    return sum(int(v) ** 2 for v in chain.from_iterable(_rows(matrix)))


def _up(value: Fraction) -> Fraction:
    return Fraction(-((-value.numerator << GRID) // value.denominator), 1 << GRID)


def _sqrt(square: int, e: int) -> Fraction:
    """An upper bound on the root of square · 2**-e."""
    return _sqrt_fraction(Fraction(square, 1 << e))


def _sqrt_fraction(square: Fraction) -> Fraction:
    """An upper bound on a root, at most 2 · 2**-GRID above it."""
    if not square:
        return Fraction(0)
    return Fraction(isqrt((square.numerator << 2 * GRID) // square.denominator) + 1, 1 << GRID)


def _spectral(matrix: fmpz_mat, e: int, squarings: int) -> Fraction:
    """An upper bound on the 2-norm by squaring F = AᵀA: ‖F‖² = ‖F²‖, and a norm is at most the Frobenius norm.

    Before a squaring F is divided by a power of two and rounded, which moves its norm by less than its size n.
    """
    if matrix.nrows() < matrix.ncols():
        matrix = matrix.transpose()
    n = matrix.ncols()
    keep = 160 if n <= SMALL else 64
    F = matrix.transpose() * matrix
    shifts: list[int] = []
    for _ in range(squarings):
        largest = max(int(F[i, i]) for i in range(n))  # of a positive semidefinite matrix no entry is larger
        shifts.append(largest.bit_length() - keep)
        F = _shift(F, shifts[-1])
        F = F * F
    top = _sqrt(_sum_of_squares(F), 0)
    for shift in reversed(shifts):
        root = _sqrt_fraction(top) + n  # rounding moved every entry by less than 1
        top = root * 2**shift if shift >= 0 else root / 2**-shift
    return _sqrt_fraction(top / 2 ** (2 * e))


def _shift(matrix: fmpz_mat, shift: int) -> fmpz_mat:
    if shift <= 0:
        return matrix * (1 << -shift)
    return fmpz_mat([[int(v) >> shift for v in row] for row in _rows(matrix)])


def _pi() -> int:
    """π times 2**FINE, right to a few units: 16 arctan 1/5 − 4 arctan 1/239."""
    more = 32

    def arctan(n: int) -> int:
        term, total, k = (1 << (FINE + more)) // n, 0, 1
        while term:
            total += term // k if k % 4 == 1 else -(term // k)
            term, k = term // n**2, k + 2
        return total

    return (16 * arctan(5) - 4 * arctan(239)) >> more


def _cosine_and_sine(angle: int) -> tuple[int, int]:
    """Cosine and sine of angle 2**-FINE, which is at most 8 in size, times 2**FINE: right to 2**(FINE − SURE) units.

    Taylor series. A term is off by at most 2 units more than 8 / k times the term before it, all together by less than
    2 · 60 · exp(8) < 2**19 units each, and the 60 terms until they vanish by less than 2**25.
    """
    parts = [0, 0]
    term, k = 1 << FINE, 0
    while term and term != -1:
        parts[k % 2] += term if k % 4 < 2 else -term
        k += 1
        term = (term * angle >> FINE) // k
    return parts[0], parts[1]


def _gamma(terms: int, bits: int) -> Fraction:
    """The bound n u / (1 − n u) for a sum of n products in any order, and one division after it."""
    unit = Fraction(1, 2**bits)
    _require(terms * unit < Fraction(1, 4), f"sums of {terms} terms are too long for {bits} bits")
    gamma = terms * unit / (1 - terms * unit)
    return gamma + unit * (1 + gamma)
