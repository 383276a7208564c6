"""Exact CP-factored weights: A[x] = U diag(V[x]) Zᵀ with few rank-one terms (docs/ladder.md).

Every construction writes each A[x] as a combination of rank-one matrices u zᵀ shared by all letters:

    entries       E_ij for an irrep of real type
    complex       x ↦ (a, b), [[a, −b], [b, a]]: terms a (1,1)ᵀ(1,1), (a + b) (−1,0)ᵀ(0,1), (b − a) (0,1)ᵀ(1,0)
    quaternion    the product of C_2 × C_2 in a Hadamard basis, 4 terms, and 4 corrections of signs
    differences   A[x_0] by its columns, and A[x] − A[x_0] by a rank factorisation
    pencil        in a basis of eigenvectors and invariant planes of A[x_0]⁻¹ A[x_1]
    one-hot       a term for each pair (state, next state), or for each pair (letter, next state)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...groups.arithmetic.cyclotomic import Cyclotomic, E
from ...groups.arithmetic.exact_matrix import ExactMatrix
from ...groups.characters.labels import real_label
from ...groups.representations.representation import Representation
from ..automata.acting_elements import acting_letters
from ..automata.automaton import Automaton
from ..errors import RungError
from ..separation.optima import least_cp
from ..separation.real_irrep import RealIrrep, TaskIrreps
from ..separation.task_irreps import task_of_permutations
from ..weights.factors import CPFactors
from ..weights.rung import Rung
from ..weights.weights import BilinearWeights
from .irrep_weights import irrep_weights, orbit_of_blocks, representations
from .one_hot import one_hot_weights
from .quaternion_basis import quaternion_coordinates

Term = tuple[ExactMatrix, list[Cyclotomic], ExactMatrix]  # u (n, 1), one number per letter, z (n, 1)


def realize_cp(automaton: Automaton, rank: int | None = None) -> BilinearWeights:
    """CP-factored weights of the least rank known.

    Args:
        automaton: the task.
        rank: refuse if more terms are needed; the factors are padded with zeros up to it.

    Raises:
        RungError: if no construction has so small a rank; the message gives the proven lower bound.
    """
    data = task_of_permutations(automaton)
    weights, lower = _of_automaton(automaton) if data is None else _of_group(automaton, data)
    factors = weights.factors
    assert isinstance(factors, CPFactors)
    if rank is None or rank == factors.rank:
        return weights
    if rank < factors.rank:
        proved = f"ranks below {lower} are impossible" if rank >= lower else f"at least {lower} are necessary"
        raise RungError(f"rank={rank} is too small for the constructions known, which need {factors.rank}; {proved}")
    extra = rank - factors.rank
    padded = CPFactors(
        *(
            ExactMatrix.hstack([m, ExactMatrix.zeros(m.shape[0], extra)])
            for m in (factors.left, factors.letters, factors.right)
        )
    )
    return replace(weights, factors=padded)


def _of_automaton(automaton: Automaton) -> tuple[BilinearWeights, int]:
    weights = one_hot_weights(automaton)
    return replace(weights, rung=Rung.CP, factors=one_hot_factors(automaton)), 1


def one_hot_factors(automaton: Automaton) -> CPFactors:
    """The cheaper of: a term e_q' e_qᵀ for each step q → q', or a term e_q' 1_{δ(·,x) = q'}ᵀ for each letter and q'."""
    table = automaton.table.tolist()
    size, count = len(automaton.states), len(automaton.letters)
    steps = sorted({(there, q) for q, row in enumerate(table) for there in row})
    images = sorted({(row[x], x) for row in table for x in range(count)})
    if len(steps) <= len(images):
        left = [[int(there == i) for there, _ in steps] for i in range(size)]
        right = [[int(q == i) for _, q in steps] for i in range(size)]
        letters = [[int(table[q][x] == there) for there, q in steps] for x in range(count)]
    else:
        left = [[int(there == i) for there, _ in images] for i in range(size)]
        right = [[int(table[i][x] == there) for there, x in images] for i in range(size)]
        letters = [[int(x == y) for _, y in images] for x in range(count)]
    return CPFactors(ExactMatrix(left), ExactMatrix(letters), ExactMatrix(right))


def _of_group(automaton: Automaton, data: TaskIrreps) -> tuple[BilinearWeights, int]:
    optimum, bounds = least_cp(data)
    kind, base = ("types", 0) if data.all_letters else bounds.few_letters(optimum.chosen)[1:]
    if kind != "types":
        weights = irrep_weights(automaton, data, optimum.chosen, Rung.CP)
        build = _pencil if kind == "pencil" else differences
        terms = build(weights.transitions, base)
    elif data.group.is_abelian:
        weights = irrep_weights(automaton, data, optimum.chosen, Rung.CP)
        terms = _by_blocks(weights)
    else:
        weights, terms = _by_types(automaton, data, optimum.chosen)
    return replace(weights, blocks=(), factors=factors_of(terms)), optimum.lower


def factors_of(terms: Sequence[Term]) -> CPFactors:
    """The factors of a list of rank-one terms."""
    left = ExactMatrix.hstack(u for u, _, _ in terms)
    right = ExactMatrix.hstack(z for _, _, z in terms)
    letters = ExactMatrix([list(row) for row in zip(*(v for _, v, _ in terms), strict=True)])
    return CPFactors(left, letters, right)


def _unit(size: int, *entries: tuple[int, object]) -> ExactMatrix:
    column: list[object] = [0] * size
    for position, value in entries:
        column[position] = value
    return ExactMatrix.column(column)


def _by_blocks(weights: BilinearWeights) -> list[Term]:
    """Signs, and rotations [[a, −b], [b, a]]."""
    size, terms, i = weights.hidden_size, list[Term](), 0
    for block in weights.blocks:
        a = [matrix[i, i] for matrix in weights.transitions]
        if block == 1:
            terms.append((_unit(size, (i, 1)), a, _unit(size, (i, 1))))
        else:
            b = [matrix[i + 1, i] for matrix in weights.transitions]
            terms += _complex(size, i, i + 1, i, i + 1, a, b)
        i += block
    return terms


def _complex(
    size: int, up: int, down: int, first: int, second: int, a: list[Cyclotomic], b: list[Cyclotomic]
) -> list[Term]:
    """Rows (up, down), columns (first, second): (a h_1 − b h_2, b h_1 + a h_2) in three products."""
    plus = [x + y for x, y in zip(a, b, strict=True)]
    minus = [y - x for x, y in zip(a, b, strict=True)]
    return [
        (_unit(size, (up, 1), (down, 1)), a, _unit(size, (first, 1), (second, 1))),
        (_unit(size, (up, -1)), plus, _unit(size, (second, 1))),
        (_unit(size, (down, 1)), minus, _unit(size, (first, 1))),
    ]


def _by_types(
    automaton: Automaton, data: TaskIrreps, chosen: Sequence[RealIrrep]
) -> tuple[BilinearWeights, list[Term]]:
    """One block per irrep, in a basis that suits its type."""
    blocks, parts = [], list[list[Term]]()
    for v in chosen:
        block = _typed_block(data, v)
        blocks.append(block[0])
        parts.append(block[1])
    weights = orbit_of_blocks(automaton, data, blocks, Rung.CP)
    size, terms, i = weights.hidden_size, list[Term](), 0
    for part, rho in zip(parts, blocks, strict=True):
        for u, values, z in part:
            terms.append((_placed(u, i, size), values, _placed(z, i, size)))
        i += rho.degree
    return weights, terms


def _placed(vector: ExactMatrix, offset: int, size: int) -> ExactMatrix:
    above, below = offset, size - offset - vector.shape[0]
    pieces = [ExactMatrix.zeros(above, 1)] * bool(above) + [vector] + [ExactMatrix.zeros(below, 1)] * bool(below)
    return ExactMatrix.vstack(pieces)


def _typed_block(data: TaskIrreps, v: RealIrrep) -> tuple[Representation, list[Term]]:
    """A real form of an irrep and its terms on the letters."""
    letters = acting_letters(data.task)
    if v.indicator == 1:
        rho = _real(data, v)
        matrices = [rho(g) for g in letters]
        n = rho.degree
        return rho, [
            (_unit(n, (i, 1)), [m[i, j] for m in matrices], _unit(n, (j, 1))) for i in range(n) for j in range(n)
        ]
    if v.indicator == -1 and v.complex_degree == 2:
        found = quaternion_coordinates(_real(data, v))
        if found is not None:
            rho, coordinates = found
            return rho, _quaternion([coordinates(rho(g)) for g in letters])
    return _complex_block(data, v)


def _complex_block(data: TaskIrreps, v: RealIrrep) -> tuple[Representation, list[Term]]:
    """A complex irrep X + iY as [[X, −Y], [Y, X]], each entry by three real products."""
    rho = data.group.irreps("complex")[v.rows[0]]
    if rho.character().values != data.group.character_table().values[v.rows[0]]:
        raise RungError(f"the irreps of {data.group} are not in the order of its character table")
    real = _as_real(rho)
    matrices = [real(g) for g in acting_letters(data.task)]
    d = rho.degree
    terms: list[Term] = []
    for i in range(d):
        for j in range(d):
            a, b = [m[i, j] for m in matrices], [m[d + i, j] for m in matrices]
            terms += _complex(2 * d, i, d + i, j, d + j, a, b)
    return real, terms


def _as_real(rho: Representation) -> Representation:
    """[[X, −Y], [Y, X]] for X + iY, with the form of the real part of x* M y."""
    images = tuple(_real_matrix(matrix) for matrix in rho.images)
    label = real_label(rho.label, rho.indicator)
    return Representation(rho.group, images, _real_matrix(rho.form), "real", label)


def _real_matrix(matrix: ExactMatrix) -> ExactMatrix:
    x = (matrix + matrix.conjugate()) * Fraction(1, 2)
    y = (matrix - matrix.conjugate()) * (E(4).inverse() * Fraction(1, 2))
    return ExactMatrix.vstack([ExactMatrix.hstack([x, -y]), ExactMatrix.hstack([y, x])])


def _real(data: TaskIrreps, v: RealIrrep) -> Representation:
    return representations(data, [v])[0]


# ⟨product of a + bi + cj + dk by (h_0, h_1, h_2, h_3)⟩ = (C_2 × C_2 product, all signs +) − 2 (wrong signs)
_HADAMARD = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))
# In the product, the components of h that each component x_i multiplies with the wrong sign after the Hadamard part:
# z_0 = 2 x_0 h_0 − S_0, z_1 = S_1 − 2 x_3 h_2, z_2 = S_2 − 2 x_1 h_3, z_3 = S_3 − 2 x_2 h_1.
_CORRECTIONS = ((0, 0, 0, 2), (1, 3, 2, -2), (2, 1, 3, -2), (3, 2, 1, -2))


def _quaternion(coordinates: Sequence[Sequence[Cyclotomic]]) -> list[Term]:
    """Eight terms for left multiplication by x_0 + x_1 i + x_2 j + x_3 k (T. Howell & J.-C. Lafon, 1975)."""
    terms: list[Term] = []
    for signs in _HADAMARD:
        values = [sum((c * s for c, s in zip(x, signs, strict=True)), start=x[0] * 0) for x in coordinates]
        quarter = [value * Fraction(1, 4) for value in values]
        left = ExactMatrix.column([-signs[0], *signs[1:]])
        terms.append((left, quarter, ExactMatrix.column(list(signs))))
    for row, component, other, factor in _CORRECTIONS:
        terms.append((_unit(4, (row, 1)), [x[component] * factor for x in coordinates], _unit(4, (other, 1))))
    return terms


def differences(transitions: Sequence[ExactMatrix], base: int) -> list[Term]:
    """A[x] = A[x_0] + (A[x] − A[x_0]); letters that act alike share their terms."""
    size, first = transitions[0].shape[0], list(dict.fromkeys(transitions))[base]
    zero = [Cyclotomic([0])] * len(transitions)
    one = [Cyclotomic([1])] * len(transitions)
    terms = [(first.submatrix(range(size), [j]), one, _unit(size, (j, 1))) for j in range(size)]
    for matrix in dict.fromkeys(transitions):
        values = [
            Cyclotomic([int(m == matrix)]) if matrix != first else z for m, z in zip(transitions, zero, strict=True)
        ]
        reduced, pivots = (matrix - first).rref()
        for row, pivot in enumerate(pivots):
            column = (matrix - first).submatrix(range(size), [pivot])
            terms.append((column, values, reduced.submatrix([row], range(size)).T))
    return terms


def _pencil(transitions: Sequence[ExactMatrix], _base: int) -> list[Term]:
    """Two different matrices X, Y: X acts as 1 and Y as G = X⁻¹Y in a basis of lines and planes that G keeps.

    On a plane with basis (v, Gv), G² = 2c G − 1, the products are (a + bG)(h_1 + h_2 G): a h_1, b h_2 and
    (a + b)(h_1 + h_2).
    """
    first, second = dict.fromkeys(transitions)
    turn = first.inverse() @ second
    size = turn.shape[0]
    one = ExactMatrix.identity(size)
    columns: list[ExactMatrix] = []
    lines: list[int] = []  # signs, in order of the columns
    for sign in (1, -1):
        kernel = (turn - one * sign).kernel()
        columns += [kernel.submatrix(range(size), [j]) for j in range(kernel.shape[1])]
        lines += [sign] * kernel.shape[1]
    planes = []
    for cosine, kernel in _turning_parts(turn):
        basis = ExactMatrix.zeros(size, 0)
        for j in range(kernel.shape[1]):
            v = kernel.submatrix(range(size), [j])
            grown = ExactMatrix.hstack([basis, v, turn @ v]) if basis.shape[1] else ExactMatrix.hstack([v, turn @ v])
            if grown.rank() == grown.shape[1]:
                basis = grown
                planes.append(cosine)
        columns += [basis.submatrix(range(size), [j]) for j in range(basis.shape[1])]
    change = ExactMatrix.hstack(columns)  # (size, size)
    back, forth = change.inverse(), first @ change
    a = [Cyclotomic([int(m == first)]) for m in transitions]
    b = [Cyclotomic([int(m == second)]) for m in transitions]
    both = [x + y for x, y in zip(a, b, strict=True)]
    left = [forth.submatrix(range(size), [j]) for j in range(size)]
    right = [back.submatrix([j], range(size)).T for j in range(size)]
    terms = [(left[j], [x + y * s for x, y in zip(a, b, strict=True)], right[j]) for j, s in enumerate(lines)]
    for k, cosine in enumerate(planes):
        i = len(lines) + 2 * k
        terms.append((left[i] - left[i + 1], a, right[i]))
        terms.append((left[i + 1] * (cosine * 2 - 1) - left[i], b, right[i + 1]))
        terms.append((left[i + 1], both, right[i] + right[i + 1]))
    return terms


def _turning_parts(turn: ExactMatrix) -> list[tuple[Cyclotomic, ExactMatrix]]:
    """(cos θ, kernel of G² − 2 cos θ G + 1) for the angles θ of the orthogonal matrix G of finite order."""
    size, one = turn.shape[0], ExactMatrix.identity(turn.shape[0])
    order, power = 1, turn
    while not power.is_identity:
        power, order = power @ turn, order + 1
    found = []
    for k in range(1, (order + 1) // 2):
        cosine = (E(order, k) + E(order, -k)) * Fraction(1, 2)
        kernel = (turn @ turn - turn * (cosine * 2) + one).kernel()
        if kernel.shape[1]:
            found.append((cosine, kernel))
    assert sum(kernel.shape[1] for _, kernel in found) <= size
    return found
