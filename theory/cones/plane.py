"""Three states in two units: weights in the plane, by cones.

Arrangements of three cones are tried, with every choice of states. In each one, the matrices that take the cones of the
states into those of their images are the solutions of linear inequalities, so each letter is decided on its own, and
exactly: extreme rays of the solutions are found from triples of inequalities, in integers.

Three arrangements are of single rays. Up to a change of basis these are all: three rays on three lines are (1, 0),
(0, 1) and either (1, 1) or (−1, −1), after a change of names; on two lines they are (1, 0), (−1, 0) and (0, 1). So they
decide whether three states have exact codes v_q in R², A[x]v_q a positive multiple of v_{δ(q,x)}.

The others have cones of two generators, which may touch. A search over all cones with generators of entries up to 3 in
size (`benchmarks/plane.py`) finds no automaton with two letters that these three do not do. As points t of a line,
through (1, t), they are the intervals (0, 1), (1, 2), (2, ∞); two of them and the point ∞; and a quadrant with two rays
opposite to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, permutations
from math import gcd

from ...groups.arithmetic.exact_matrix import ExactMatrix
from ..automata.automaton import Automaton
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .cone_weights import ConeWeights

Vector = tuple[int, ...]
Cone = tuple[Vector, ...]
# Cones, and rows of a readout for them.
RAYS: tuple[tuple[tuple[Cone, ...], tuple[Vector, ...]], ...] = (
    ((((1, 0),), ((1, 1),), ((0, 1),)), ((0, 0), (-1, 2), (-5, 4))),
    ((((1, 0),), ((0, 1),), ((-1, -1),)), ((1, 0), (0, 1), (-1, -1))),
    ((((1, 0),), ((-1, 0),), ((0, 1),)), ((1, 0), (-1, 0), (0, 1))),
)
CONES: tuple[tuple[tuple[Cone, ...], tuple[Vector, ...]], ...] = (
    ((((1, 0), (1, 1)), ((1, 1), (1, 2)), ((1, 2), (0, 1))), ((0, 0), (-1, 1), (-3, 2))),
    ((((1, 0), (1, 1)), ((1, 1), (1, 2)), ((0, 1),)), ((0, 0), (-1, 1), (-4, 2))),
    ((((1, 0), (0, 1)), ((-2, -1),), ((-1, -1),)), ((8, 8), (-2, 3), (0, 0))),
)


def exact_codes_in_the_plane(automaton: Automaton) -> BilinearWeights | None:
    """Weights of two units whose hidden states are one ray for each of three states, or None if there are none.

    Example:
        >>> from bistate.theory import Automaton
        >>> A = Automaton.from_maps({"a": [1, 0, 2], "b": [0, 0, 1]})
        >>> exact_codes_in_the_plane(A) is None, exact_codes_in_the_plane(Automaton.reset(3)).hidden_size
        (True, 2)
    """
    found = _first(automaton, RAYS, "three rays of the plane")
    return None if found is None else found.weights


def cones_in_the_plane(automaton: Automaton) -> ConeWeights | None:
    """Weights of two units for three states, by cones that an arrangement of `CONES` has; None if there are none.

    Example:
        >>> from bistate.theory import Automaton
        >>> found = cones_in_the_plane(Automaton.counter(2, down=True))
        >>> found.hidden_size, found.prove(Automaton.counter(2, down=True)).proved
        (2, True)
    """
    return _first(automaton, CONES, "cones in the plane")


def _first(
    automaton: Automaton, arrangements: Sequence[tuple[tuple[Cone, ...], tuple[Vector, ...]]], note: str
) -> ConeWeights | None:
    if len(automaton.states) != 3 or automaton.outputs is not None:
        return None
    columns = list(dict.fromkeys(map(tuple, automaton.table.T.tolist())))
    for cones, rows in arrangements:
        for place in permutations(range(3)):  # state q has the cone place[q]
            back = [place.index(i) for i in range(3)]
            renamed = {column: tuple(place[column[back[i]]] for i in range(3)) for column in columns}
            matrices = {column: matrix_into(cones, image) for column, image in renamed.items()}
            if all(matrix is not None for matrix in matrices.values()):
                own = [cones[i] for i in place]
                return _weights(automaton, matrices, own, [rows[i] for i in place], note)
    return None


def _weights(
    automaton: Automaton,
    matrices: dict[Vector, Vector | None],
    cones: list[Cone],
    rows: list[Vector],
    note: str,
) -> ConeWeights:
    transitions = []
    for column in automaton.table.T.tolist():
        a, b, c, d = matrices[tuple(column)] or (0, 0, 0, 0)
        transitions.append(ExactMatrix([[a, b], [c, d]]))
    start = cones[automaton.start_index]
    weights = BilinearWeights(
        letters=automaton.letters,
        states=automaton.states,
        transitions=tuple(transitions),
        initial=ExactMatrix.column([sum(v[i] for v in start) for i in range(2)]),
        readout=ExactMatrix([list(row) for row in rows]),
        rung=Rung.FULL,
        note=note,
    )
    found = ConeWeights(weights, tuple(ExactMatrix([list(v) for v in cone]).T for cone in cones))
    verdict = found.prove(automaton)
    assert verdict.proved, f"a construction failed its own proof: {verdict.reason}"
    return found


# --- the matrices that take cones into cones ---


@lru_cache(maxsize=1000)
def matrix_into(cones: tuple[Cone, ...], image: Vector) -> Vector | None:
    """The entries a, b, c, d of a matrix (a b; c d) that takes each cone into that of its image; None if there is none.

    Inside: generators go to sums of generators with coefficients ≥ 0, and each coefficient is positive for some of
    them. Solutions of the inequalities form a cone in R⁴. With inequalities of rank four it is the sum of its extreme
    rays, each a solution with three independent equalities; their sum is positive wherever some solution is.

    Args:
        cones: arcs of the circle of less than half a turn: one vector, or two, the second counterclockwise.
        image: for each cone the position of the one that it goes into.
    """
    rows, groups = _inequalities(cones, image)
    assert _full_rank(rows), "three cones on more than one line leave only the zero matrix neutral"
    rays = list(_extreme_rays(rows))

    def inside(matrix: Vector) -> bool:
        return all(any(_dot(rows[i], matrix) > 0 for i in group) for group in groups)

    for count in (1, 2):  # small numbers, where they do
        for chosen in combinations(rays, count):
            if inside(whole := _sum(chosen)):
                return whole
    whole = _sum(rays)
    return whole if inside(whole) else None


def _inequalities(cones: tuple[Cone, ...], image: Vector) -> tuple[list[Vector], list[list[int]]]:
    """Rows r with r · (a, b, c, d) ≥ 0, and groups of rows in each of which one has to be positive."""
    rows: list[Vector] = []
    groups: list[list[int]] = []
    for cone, target in zip(cones, (cones[i] for i in image), strict=True):
        if len(target) == 2:  # w = αu + βv: α is det(w, v) and β det(u, w), over det(u, v) > 0
            (u, v) = target
            for p, q in ((v[1], -v[0]), (-u[1], u[0])):
                groups.append(list(range(len(rows), len(rows) + len(cone))))
                rows += [(p * w[0], p * w[1], q * w[0], q * w[1]) for w in cone]
        else:
            [(s, t)] = target
            group = []
            for w in cone:
                across = (t * w[0], t * w[1], -s * w[0], -s * w[1])
                rows += [across, tuple(-value for value in across)]
                group.append(len(rows))
                rows.append((s * w[0], s * w[1], t * w[0], t * w[1]))
            groups.append(group)
    return rows, groups


def _extreme_rays(rows: list[Vector]) -> Iterator[Vector]:
    seen = set()
    for a, b, c in combinations(dict.fromkeys(rows), 3):
        normal = tuple((-1) ** k * _det(*([v[j] for j in range(4) if j != k] for v in (a, b, c))) for k in range(4))
        scale = gcd(*normal)
        for sign in (1, -1) if scale else ():
            ray = tuple(sign * value // scale for value in normal)
            if ray not in seen and all(_dot(row, ray) >= 0 for row in rows):
                seen.add(ray)
                yield ray


def _full_rank(rows: list[Vector]) -> bool:
    return ExactMatrix([list(row) for row in rows]).rank() == 4


def _det(a: Sequence[int], b: Sequence[int], c: Sequence[int]) -> int:
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])


def _dot(a: Vector, b: Vector) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _sum(vectors: Sequence[Vector]) -> Vector:
    return tuple(sum(values) for values in zip(*vectors, strict=True)) if vectors else (0, 0, 0, 0)
