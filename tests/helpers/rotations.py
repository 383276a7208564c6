"""Certificates of rotations made by hand, and all their words by flint's balls."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from flint import arb

from helpers.lemmas import document_of, read, stored

CYCLE = {m: [[(q + x) % m for x in range(m)] for q in range(m)] for m in (2, 3)}


def turning(
    m: int, drift: list[list[float]], readout: list[float], horizon: int, stretch: float = 1.0, **more: object
) -> dict:
    """C_m, letter x a turn of each plane by 2π x / m and its drift; each plane is read with a weight of its own."""
    planes = len(readout)
    angles = [[2 * math.pi * x / m + d for d in row] for x, row in enumerate(drift)]
    A = []
    for row in angles:
        matrix = [[0.0] * (2 * planes) for _ in range(2 * planes)]
        for j, a in enumerate(row):
            c, s = stretch * math.cos(a), stretch * math.sin(a)
            matrix[2 * j][2 * j : 2 * j + 2], matrix[2 * j + 1][2 * j : 2 * j + 2] = [c, -s], [s, c]
        A.append(matrix)
    C = [[w * f(2 * math.pi * q / m) for w in readout for f in (math.cos, math.sin)] for q in range(m)]
    size = 1.0 if more.get("arithmetic", "exact") == "exact" else round(1 / math.sqrt(planes), 3)
    proof = {"prefix": 0, "order": m, "turns": [[x] * planes for x in range(len(drift))], "angles": stored(angles)}
    return document_of(A, [size, 0.0] * planes, C, CYCLE[m], horizon, proof, **more)


def first_wrong(document: dict, longest: int) -> int | None:
    """By counts of letters, as rotations commute: the shortest length at which a word is not surely right."""
    A, h, C = (read(document["weights"][k]) for k in ("transitions", "start", "readout"))
    planes, letters, table = range(len(h) // 2), len(A), document["automaton"]["table"]
    z = [[(exact(A[x][2 * j][2 * j]), exact(A[x][2 * j + 1][2 * j])) for j in planes] for x in range(letters)]
    for length in range(longest + 1):
        for counts in itertools.product(range(length + 1), repeat=letters - 1):
            if sum(counts) > length:
                continue
            every = [length - sum(counts), *counts]
            q, states = document["automaton"]["start"], []
            for x, n in enumerate(every):
                for _ in range(n):
                    q = table[q][x]
            for j in planes:
                w = (exact(h[2 * j]), exact(h[2 * j + 1]))
                for x, n in enumerate(every):
                    for _ in range(n):
                        (c, s), (a, b) = z[x][j], w
                        w = c * a - s * b, s * a + c * b
                states += w
            logits = [sum((exact(v) * u for v, u in zip(row, states, strict=True)), arb(0)) for row in C]
            if any(not logits[q] > v for p, v in enumerate(logits) if p != q):
                return length
    return None


def exact(value: Fraction) -> arb:
    return arb(value.numerator) / arb(value.denominator)
