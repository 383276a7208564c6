"""The irreducible characters of a group as rows of values with labels, by a formula or by Dixon's method.

Abelian and natural symmetric groups have closed formulas; see `bistate.groups.characters.dixon` for all other groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lcm

import numpy as np
from flint import fmpz_mat

from ..arithmetic.cyclotomic import Cyclotomic, E
from ..errors import RepresentationError
from ..permutations.abelian_structure import characters
from ..permutations.defining_words import is_natural_symmetric, structure_of
from ..permutations.listed_group import ListedGroup
from .border_strips import symmetric_character_values
from .dixon import exact_values, modular_table, require_few_classes
from .exact_checks import check_table
from .labels import row_label, shape_label, turns_label
from .modular_traces import GroupMatrices, modular_traces

Row = tuple[Cyclotomic, ...]


def irreducible_rows(
    group: ListedGroup, family: Callable[[], Sequence[GroupMatrices]] | None = None
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Labels and rows, sorted by degree, the trivial character first, as the irreps of the group are.

    Args:
        group: the group.
        family: makes the complex irreps that the group's family brings along, whose order and labels are taken over.

    Raises:
        TooLargeError: for a group too large to list, or with more than 1200 classes.
        RepresentationError: if the rows are not orthonormal.
    """
    if family is None and is_natural_symmetric(group):  # D_3 is all of S_3
        return _symmetric_rows(group)
    if group.is_abelian:
        return _abelian_rows(group)
    rows = exact_values(group, modular_table(group))
    if group.searched_classes is not None:
        check_table(group, rows)
    if family is not None:
        return _in_family_order(group, rows, family())
    return tuple(map(row_label, range(len(rows)))), rows


def _symmetric_rows(group: ListedGroup) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """By the rule of Murnaghan and Nakayama; Σ_j |C_j| χ_i(z_j) χ_k(z_j) = n! δ_ik is checked in integers."""
    classes = group.conjugacy_classes()
    require_few_classes(group, len(classes))
    table = symmetric_character_values(group.degree, [cls.representative.cycle_type for cls in classes])
    shapes = sorted(table, key=lambda shape: table[shape][0])  # by degree; stable, so that (n) stays first
    rows = fmpz_mat([table[shape] for shape in shapes])
    weighted = fmpz_mat([[x * cls.size for x, cls in zip(table[shape], classes, strict=True)] for shape in shapes])
    count = len(classes)
    expected = fmpz_mat(count, count, [group.order * (i == j) for i in range(count) for j in range(count)])
    if weighted * rows.transpose() != expected:
        raise RepresentationError(f"the characters of {group._short} are not orthonormal")
    known = {x: Cyclotomic([x]) for shape in shapes for x in table[shape]}
    labels = tuple(shape_label(shape) for shape in shapes)
    return labels, tuple(tuple(known[x] for x in table[shape]) for shape in shapes)


def _abelian_rows(group: ListedGroup) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """χ(g_1^{a_1} g_2^{a_2} …) = exp(2πi Σ a_k x_k), as exponents of ζ_e with e the exponent of the group.

    The rows are checked to be |G| different homomorphisms; these are orthonormal.
    """
    require_few_classes(group, group.order)
    structure = structure_of(group)
    turns = characters(structure)  # (characters, generators)
    exponent = lcm(*(x.denominator for row in turns for x in row))
    steps = np.array([[int(x * exponent) for x in row] for row in turns], dtype=np.int64)
    elements = np.array([structure.exponents[g] for g in group.elements], dtype=np.int64)
    powers = steps.reshape(len(turns), -1) @ elements.reshape(group.order, -1).T % exponent  # (characters, elements)
    for generator in structure.generators:
        moved, step = powers[:, group.left_action(generator)], powers[:, group.index(generator)]
        if ((powers + step[:, None] - moved) % exponent).any():
            raise RepresentationError(f"a character of {group._short} is no homomorphism at {generator!r}")
    if len({row.tobytes() for row in powers}) != group.order:
        raise RepresentationError(f"the characters of {group._short} are not all different")
    roots = np.empty(exponent, dtype=object)
    for k in np.flatnonzero(np.bincount(powers.ravel())).tolist():
        roots[k] = E(exponent, k)
    columns = [group.index(cls.representative) for cls in group.conjugacy_classes()]
    labels = tuple(turns_label(group, row, "χ") for row in turns)
    return labels, tuple(map(tuple, roots[powers[:, columns]].tolist()))


def _in_family_order(
    group: ListedGroup, rows: tuple[Row, ...], family: Sequence[GroupMatrices]
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The rows and their labels as the family's own irreps have them, recognised by their traces modulo the prime."""
    table = modular_table(group)
    position = {row.tobytes(): i for i, row in enumerate(table.values)}
    found = [(rho.degree, position.get(modular_traces(rho, table).tobytes()), rho.label) for rho in family]
    found.sort(key=lambda entry: (entry[0], entry[1] != 0))  # stable, the trivial character first
    order = [i for _, i, _ in found if i is not None]
    if sorted(order) != list(range(len(rows))):
        raise RepresentationError(f"the irreps that {group._short} brings along do not have its irreducible characters")
    return tuple(label for _, _, label in found), tuple(rows[i] for i in order)
