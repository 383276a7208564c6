"""Irreducible representations of any group small enough to list, over the complex and the real numbers."""

from __future__ import annotations

from math import gcd, lcm

from .cyclotomic import Cyclotomic
from .dixon import ModularTable, modular_table
from .errors import RepresentationError
from .exact_matrix import ExactMatrix
from .multiplicity_one import Choice, Model, choose, matrices
from .permutation_group import PermutationGroup
from .realification import realify
from .representation import Representation


def general_irreps(group: PermutationGroup, base_field: str) -> list[Representation]:
    """All irreps over the complex numbers, or over the reals.

    Complex: Dixon's method for one character of each Galois orbit, its conjugates by applying the automorphism. Real: a
    complex irrep of real type whose matrices are real as it is; pairs of complex or quaternionic type as matrices of
    twice the size.

    Raises:
        RepresentationError: for a character for which no suitable subgroup was found; the message names its degree.
    """
    complex_irreps = _complex_irreps(group) if base_field == "complex" else list(group.irreps("complex"))
    if base_field == "complex":
        return complex_irreps
    if base_field == "real":
        return _real_irreps(complex_irreps)
    raise RepresentationError(f"rational irreps of {group} are not available yet; choose field 'complex' or 'real'")


def _complex_irreps(group: PermutationGroup) -> list[Representation]:
    table, modular = group.character_table(), modular_table(group)
    rows = table.values
    orbits = _galois_orbits(rows, group.exponent)
    choices = choose(group, table, modular, [i for i in orbits if table.degrees[i] > 1])
    found: dict[int, Representation] = {}
    for i, conjugates in orbits.items():
        images, form = _construct(group, rows[i], modular, i, choices)
        for j, k in conjugates.items():
            label = "trivial" if j == 0 else f"χ{j + 1}"
            moved = tuple(_galois(matrix, k) for matrix in images)
            found[j] = Representation(group, moved, _galois(form, k), "complex", label, 1)
    return [found[j] for j in range(len(rows))]


def _construct(
    group: PermutationGroup,
    row: tuple[Cyclotomic, ...],
    modular: ModularTable,
    i: int,
    choices: dict[int, Choice],
) -> tuple[tuple[ExactMatrix, ...], ExactMatrix]:
    generators = group.presentation.generators
    if row[0] == 1:
        position = {g: int(group.class_indices[group.index(g)]) for g in generators}
        return tuple(ExactMatrix([[row[position[g]]]]) for g in generators), ExactMatrix.identity(1)
    if i not in choices:
        raise RepresentationError(
            f"no subgroup of {group} was found with a linear constituent of multiplicity one in the irreducible "
            f"character of degree {row[0]}; no other construction is available yet"
        )
    return matrices(Model(group, row, modular.values[i], modular, choices[i]), generators)


def _galois_orbits(rows: tuple[tuple[Cyclotomic, ...], ...], exponent: int) -> dict[int, dict[int, int]]:
    """For the first character i of each Galois orbit: {j: k} with χ_j the image of χ_i under ζ_e ↦ ζ_e^k."""
    position = {row: i for i, row in enumerate(rows)}
    orbits: dict[int, dict[int, int]] = {}
    seen: set[int] = set()
    units = [k for k in range(1, exponent + 1) if gcd(k, exponent) == 1]
    for i, row in enumerate(rows):
        if i in seen:
            continue
        orbits[i] = {}
        conductor = lcm(*(value.conductor for value in row))
        for k in units if conductor > 1 else [1]:
            image = position[tuple(_galois_number(value, k) for value in row)]
            orbits[i].setdefault(image, k)
        seen |= set(orbits[i])
    return orbits


def _galois_number(value: Cyclotomic, k: int) -> Cyclotomic:
    return value if value.is_rational else value.galois(k % value.conductor)


def _galois(matrix: ExactMatrix, k: int) -> ExactMatrix:
    return matrix if matrix.conductor == 1 else matrix.galois(k % matrix.conductor)


def _real_irreps(complex_irreps: list[Representation]) -> list[Representation]:
    """One real irrep for each of real type, each conjugate pair, and each of quaternionic type."""
    found, characters = [], [rho.character().values for rho in complex_irreps]
    for i, rho in enumerate(complex_irreps):
        conjugate = characters.index(tuple(value.conjugate() for value in characters[i]))
        if rho.indicator == 1:
            found.append(_real_form(rho))
        elif conjugate >= i:
            found.append(realify(rho, 2 if rho.indicator == 0 else 4))
    return found


def _real_form(rho: Representation) -> Representation:
    if not all(matrix.is_real for matrix in (*rho.images, rho.form)):
        raise RepresentationError(
            f"{rho} is of real type, but its matrices over {rho.field} are not real, and no real form was found"
        )
    return Representation(rho.group, rho.images, rho.form, "real", rho.label, 1)
