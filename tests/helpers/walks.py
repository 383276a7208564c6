"""All words of a small certificate, with errors and roundings as bad as they may be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from math import isqrt
from types import SimpleNamespace

from helpers.lemmas import Matrix, Vector, eye, fractions_of, lemmas, loaded, product, read, square_of, times


def root(square: Fraction) -> Fraction:
    """From below."""
    return Fraction(isqrt(int(square * 2**320)), 2**160)


def norm(vector: Vector, kind: str) -> Fraction:
    return sum(map(abs, vector), Fraction(0)) if kind == "l1" else root(square_of(vector))


def dual(row: Vector, kind: str) -> Fraction:
    return max(map(abs, row)) if kind == "l1" else root(square_of(row))


def turn(document: dict, v: int, sign: int) -> Matrix:
    """U_v⁻¹ for sign 1, U_v for sign −1."""
    n = len(read(document["proof"]["to"]))
    found = eye(n)
    if "tilts" in document["proof"]:
        tilt = read(document["proof"]["tilts"])[v]
        for i, row in enumerate(tilt):
            found[n - len(tilt) + i][: len(row)] = [sign * x for x in row]
    return found


class Walk:
    """All words, each with a state of floats that is off by as much as lemma 0 allows, to a side that is drawn."""

    def __init__(self, checker: SimpleNamespace, document: dict) -> None:
        self.document, self.found, self.draw = document, lemmas(checker, document), random.Random(1)
        weights = document["weights"]
        self.A, self.h = read(weights["transitions"]), read(weights["start"])
        self.L, self.codes = read(document["proof"]["to"]), read(document["proof"]["codes"])
        true = lemmas(loaded(), document)
        self.rounding, self.edges, self.prefix = true.rounding, true.edges.edges, document["proof"]["prefix"]

    def step(self, x: int, h: Vector) -> tuple[Vector, Fraction]:
        """h' and ν: the norm of h' is just above 1/2, where underflow counts most."""
        g = times(self.A[x], h)
        if self.rounding is None:
            return g, Fraction(1)
        N = fractions_of(self.rounding.N[x])
        tall = self.rounding.even * max(map(abs, g)) + self.rounding.step[x]
        bound = [self.rounding.gamma * v + tall for v in times(N, [abs(v) for v in h])]
        bound = [b + self.rounding.coarse * abs(v) for b, v in zip(bound, g, strict=True)]
        g = [v + self.draw.choice((-1, 1)) * b for v, b in zip(g, bound, strict=True)]
        size = 2 * root(square_of(g)) * (1 - Fraction(1, 2**30))
        size = Fraction(int(size * 2**40), 2**40)
        return [v / size for v in g], size

    def shares(self, longest: int) -> Iterator[tuple[int, Fraction, Fraction]]:
        """After each word: the letters after the prefix, ‖e_k‖ and ε_k, for each k."""
        parts = self.found.coordinates.parts
        for place in self.places(longest):
            for k, kind in enumerate(self.document["proof"]["norms"]):
                yield place.later, norm(place.error[parts.part(k)], kind), place.epsilon[k]

    def places(self, longest: int) -> Iterator[SimpleNamespace]:
        """After each word: the letters after the prefix, the state, h, s with L h = s (c + e), e, and ε."""
        epsilon = list(self.found.tube.epsilon)
        states = [(self.document["automaton"]["start"], 0, self.h, None)]
        for t in range(longest + 1):
            for q, v, h, begun in states if t >= self.prefix else []:
                z = times(product(turn(self.document, v, -1), self.L), h)
                size = self.first_size(q, z) if begun is None else begun
                error = [a / size - c for a, c in zip(z, self.codes[q], strict=True)]
                yield SimpleNamespace(
                    later=t - self.prefix, state=q, context=v, h=h, size=size, error=error, epsilon=epsilon
                )
            states = [self.moved(x, *state, t) for x in range(len(self.A)) for state in states]
            epsilon = self.found.tube.after(epsilon) if t >= self.prefix else epsilon

    def moved(self, x: int, q: int, v: int, h: Vector, size: Fraction | None, t: int) -> tuple:
        edge = self.edges[v * len(self.A) + x] if "tilts" in self.document["proof"] else self.edges[x]
        if t >= self.prefix:
            z = times(product(turn(self.document, v, -1), self.L), h)
            size = self.first_size(q, z) if size is None else size
            size *= edge.scales[q] * edge.unit
        after, nu = self.step(x, h)
        return self.document["automaton"]["table"][q][x], edge.after, after, size and size / nu

    def first_size(self, q: int, z: Vector) -> Fraction:
        d = self.document["proof"]["sizes"][0]
        code = self.codes[q][:d]
        return sum(a * b for a, b in zip(code, z[:d], strict=True)) / square_of(code)
