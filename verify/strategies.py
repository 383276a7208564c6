"""Hypothesis strategies for groups, representations, automata and words.

Every strategy draws the objects themselves, piece by piece, so that failures shrink: to small groups, short words, few
states. All values are valid; what is invalid on purpose belongs to the test that needs it.

Example:
    >>> from hypothesis import given
    >>> from bistate.verify import strategies as bst
    >>> @given(bst.groups().flatmap(lambda G: bst.elements(G)))
    ... def test_orders(g):
    ...     assert (g ** g.order).is_identity
    >>> test_orders()
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from ..groups.arithmetic.cyclotomic import Cyclotomic
from ..groups.arithmetic.exact_matrix import ExactMatrix
from ..groups.constructions.products import direct_product, semidirect_product, wreath_product
from ..groups.errors import BistateError
from ..groups.families.abelian import AbelianGroup
from ..groups.families.alternating import AlternatingGroup
from ..groups.families.cyclic import CyclicGroup
from ..groups.families.dihedral import DihedralGroup
from ..groups.families.quaternion import QuaternionGroup
from ..groups.families.symmetric import SymmetricGroup
from ..groups.group import PermutationGroup
from ..groups.permutations.permutation import Permutation
from ..groups.representations.representation import Representation
from ..theory.automata.automaton import Automaton
from ..theory.automata.transition_table import reachable

FAMILIES = (
    "cyclic",
    "abelian",
    "dihedral",
    "symmetric",
    "alternating",
    "quaternion",
    "direct",
    "semidirect",
    "wreath",
    "generated",
)


def permutations(degree: int) -> st.SearchStrategy[Permutation]:
    """Permutations of `degree` points; they shrink to the identity."""
    return st.permutations(range(degree)).map(Permutation)


def groups(max_order: int = 60, families: tuple[str, ...] = FAMILIES) -> st.SearchStrategy[PermutationGroup]:
    """Finite groups of order at most `max_order`, from the families named; they shrink to small cyclic groups.

    Args:
        max_order: largest order drawn.
        families: a choice of cyclic, abelian, dihedral, symmetric, alternating, quaternion, direct, semidirect, wreath
            and generated (by two permutations of up to five points).

    Raises:
        BistateError: for an unknown family, or if no group of the families is that small.
    """
    unknown = [name for name in families if name not in _BUILDERS]
    if unknown or not families:
        raise BistateError(f"families {tuple(unknown)!r} are not known; choose among {', '.join(FAMILIES)}")
    smallest = min(_SMALLEST[name] for name in families)
    if max_order < smallest:
        raise BistateError(f"max_order={max_order!r}: the smallest group of {families} has order {smallest}")
    fitting = [name for name in families if _SMALLEST[name] <= max_order]
    return st.sampled_from(fitting).flatmap(lambda name: _BUILDERS[name](max_order))


def elements(group: PermutationGroup) -> st.SearchStrategy[Permutation]:
    """Elements of a group that can be listed; they shrink to the identity."""
    return st.integers(0, group.order - 1).map(lambda k: group.elements[k])


def words(automaton: Automaton, min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[tuple[Hashable, ...]]:
    """Words over an automaton's letters, as tuples; they shrink to the empty word and to early letters."""
    letters = st.sampled_from(automaton.letters)
    return st.lists(letters, min_size=min_size, max_size=max_size).map(tuple)


@st.composite
def automata(
    draw: st.DrawFn,
    max_states: int = 6,
    max_letters: int = 3,
    kind: str = "map",
    accepting: bool = False,
    labels: int | None = None,
) -> Automaton:
    """Automata with states 0, 1, … and letters 0, 1, …, all states reachable.

    The transition table is drawn entry by entry, and states that cannot be reached are left out.

    Args:
        draw: given by Hypothesis.
        max_states: most states.
        max_letters: most letters.
        kind: "map" for any table, "permutation" for letters that permute the states.
        accepting: draw a set of accepting states too.
        labels: draw an output for each state too, out of so many: a Moore machine. None: every state is its own label.

    Raises:
        BistateError: for an unknown kind, or fewer than one label.
    """
    if kind not in ("map", "permutation"):
        raise BistateError(f"kind {kind!r} is not known; choose 'map' or 'permutation'")
    if labels is not None and labels < 1:
        raise BistateError(f"labels={labels!r} has to be at least 1, or None")
    states, letters = draw(st.integers(1, max_states)), draw(st.integers(1, max_letters))
    column = st.lists(st.integers(0, states - 1), min_size=states, max_size=states)
    columns = [draw(column if kind == "map" else st.permutations(range(states))) for _ in range(letters)]
    table = np.array(columns, dtype=np.int64).T  # (states, letters)
    hit = reachable(table, 0)
    renumbered = (np.cumsum(hit) - 1)[table[hit]]
    size = int(hit.sum())
    chosen = draw(st.sets(st.integers(0, size - 1))) if accepting else None
    label = st.integers(0, (labels or 1) - 1)
    outputs = None if labels is None else draw(st.lists(label, min_size=size, max_size=size))
    return Automaton(range(size), range(letters), renumbered, 0, chosen, outputs=outputs)


def cyclotomics(max_conductor: int = 12, size: int = 5) -> st.SearchStrategy[Cyclotomic]:
    """Cyclotomic numbers Σ c_k ζ_e^k with few small rational coefficients; they shrink to integers."""
    number = st.fractions(-size, size, max_denominator=size)
    coefficients = st.lists(number, min_size=1, max_size=4)
    return st.builds(_cyclotomic, st.integers(1, max_conductor), coefficients)


def _cyclotomic(conductor: int, coefficients: list[Fraction]) -> Cyclotomic:
    return Cyclotomic(coefficients, conductor)


def exact_matrices(
    rows: int, columns: int, entries: st.SearchStrategy[Cyclotomic] | None = None
) -> st.SearchStrategy[ExactMatrix]:
    """Matrices of a given shape, by default with small rational entries."""
    entry = st.fractions(-5, 5, max_denominator=4) if entries is None else entries
    row = st.lists(entry, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows).map(ExactMatrix)


@st.composite
def representations(
    draw: st.DrawFn, group: PermutationGroup, field: str = "complex", max_irreps: int = 2, change_basis: bool = True
) -> Representation:
    """Direct sums of irreps of a group, in a basis changed by elementary integer matrices.

    With P the change of basis, ρ'(g) = P⁻¹ (ρ_1 ⊕ ρ_2 ⊕ …)(g) P and M' = P* (M_1 ⊕ M_2 ⊕ …) P. They shrink to the
    trivial representation.

    Args:
        draw: given by Hypothesis.
        group: a group with irreps available.
        field: "complex", "real" or "rational".
        max_irreps: most irreps in the sum.
        change_basis: False keeps the block form.
    """
    parts = draw(st.lists(st.sampled_from(group.irreps(field)), min_size=1, max_size=max_irreps))
    images = [ExactMatrix.block_diagonal(images) for images in zip(*(rho.images for rho in parts), strict=True)]
    form = ExactMatrix.block_diagonal(rho.form for rho in parts)
    size = form.shape[0]
    basis = ExactMatrix.identity(size)
    steps = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.integers(-2, 2))
    for i, j, factor in draw(st.lists(steps, max_size=3)) if change_basis else []:
        if i != j:
            basis = basis @ _elementary(size, i, j, factor)
    label = " + ".join(rho.label for rho in parts)
    return Representation(
        group,
        tuple(basis.solve(matrix @ basis) for matrix in images),
        basis.H @ form @ basis,
        field,
        label,
    )


def _elementary(size: int, i: int, j: int, factor: int) -> ExactMatrix:
    """I + factor · E_ij, of determinant one."""
    return ExactMatrix([[int(r == c) + (factor if (r, c) == (i, j) else 0) for c in range(size)] for r in range(size)])


# --- families of groups: each builder takes the largest order ---


def _cyclic(limit: int) -> st.SearchStrategy[PermutationGroup]:
    return st.integers(1, limit).map(CyclicGroup)


@st.composite
def _abelian(draw: st.DrawFn, limit: int) -> PermutationGroup:
    orders = [draw(st.integers(1, limit))]
    while len(orders) < 3 and limit // int(np.prod(orders)) >= 2:
        orders.append(draw(st.integers(1, limit // int(np.prod(orders)))))
    return AbelianGroup(orders)


def _dihedral(limit: int) -> st.SearchStrategy[PermutationGroup]:
    return st.integers(1, limit // 2).map(DihedralGroup)


def _symmetric(limit: int) -> st.SearchStrategy[PermutationGroup]:
    return st.sampled_from(
        [SymmetricGroup(n) for n, order in ((1, 1), (2, 2), (3, 6), (4, 24), (5, 120)) if order <= limit]
    )


def _alternating(limit: int) -> st.SearchStrategy[PermutationGroup]:
    sizes = ((1, 1), (2, 1), (3, 3), (4, 12), (5, 60), (6, 360))
    return st.sampled_from([AlternatingGroup(n) for n, order in sizes if order <= limit])


def _quaternion(limit: int) -> st.SearchStrategy[PermutationGroup]:
    return st.integers(2, limit // 4).map(lambda m: QuaternionGroup(4 * m))


def _simple(limit: int) -> st.SearchStrategy[PermutationGroup]:
    """Factors of products."""
    return st.sampled_from(
        [
            G
            for G in (
                CyclicGroup(2),
                CyclicGroup(3),
                CyclicGroup(4),
                SymmetricGroup(3),
                DihedralGroup(4),
                CyclicGroup(5),
            )
            if G.order <= limit
        ]
    )


@st.composite
def _direct(draw: st.DrawFn, limit: int) -> PermutationGroup:
    first = draw(_simple(limit // 2))
    return direct_product(first, draw(_simple(limit // first.order)))


@st.composite
def _semidirect(draw: st.DrawFn, limit: int) -> PermutationGroup:
    """C_n ⋊ C_m, a generator of C_m acting by n ↦ n^k with k^m ≡ 1."""
    n = draw(st.integers(3, limit // 2))
    m = draw(st.integers(2, max(2, limit // n)))
    units = [k for k in range(1, n) if pow(k, m, n) == 1]
    k = draw(st.sampled_from(units))
    return semidirect_product(CyclicGroup(n), CyclicGroup(m), lambda h, g: g ** pow(k, h[0], n))


@st.composite
def _wreath(draw: st.DrawFn, limit: int) -> PermutationGroup:
    options = [
        (base, top)
        for base in (CyclicGroup(2), CyclicGroup(3), SymmetricGroup(3))
        for top in (CyclicGroup(2), CyclicGroup(3), SymmetricGroup(3))
        if base.order**top.degree * top.order <= limit
    ]
    return wreath_product(*draw(st.sampled_from(options)))


@st.composite
def _generated(draw: st.DrawFn, limit: int) -> PermutationGroup:
    degree = draw(st.integers(1, 5))
    group = PermutationGroup(draw(st.lists(permutations(degree), max_size=2)), degree=degree)
    assume(group.order <= limit)
    return group


_BUILDERS: dict[str, Callable[[int], st.SearchStrategy[PermutationGroup]]] = {
    "cyclic": _cyclic,
    "abelian": _abelian,
    "dihedral": _dihedral,
    "symmetric": _symmetric,
    "alternating": _alternating,
    "quaternion": _quaternion,
    "direct": _direct,
    "semidirect": _semidirect,
    "wreath": _wreath,
    "generated": _generated,
}
_SMALLEST = {
    "cyclic": 1,
    "abelian": 1,
    "dihedral": 2,
    "symmetric": 1,
    "alternating": 1,
    "quaternion": 8,
    "direct": 4,
    "semidirect": 6,
    "wreath": 8,
    "generated": 1,
}
