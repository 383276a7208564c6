"""Irreducible representations of any group small enough to list, over the complex, real and rational numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import gcd, lcm

from ..arithmetic.exact_matrix import ExactMatrix
from ..characters.character_table import CharacterTable
from ..characters.dixon import ModularTable, modular_table
from ..characters.galois_action import galois_action
from ..characters.labels import row_label
from ..characters.modular_traces import multiplicities
from ..errors import RepresentationError, TooLargeError
from ..fields.number_field import NumberField, galois
from ..representations.homomorphism import check_form, check_homomorphism
from ..representations.representation import Representation, RepresentedGroup
from ..watch import tell
from .averaged_vectors import averaged
from .descent import Form, Intertwiner, descend_to, make_real, radicands, through_quadratic_fields
from .monomial_irreps import monomial_irreps
from .multiplicity_one import Choice, Model, choose, intertwiner, matrices
from .realification import realify
from .restriction_of_scalars import restrict_scalars

ORDER_LIMIT = 10**5  # of groups without a formula: sums over subgroups and presentations are what costs


def general_irreps(
    group: RepresentedGroup, base_field: str, walked: Mapping[int, Representation] | None = None
) -> list[Representation]:
    """All irreps over the complex numbers, the reals or the rationals; `walked` is what `monomial_irreps` has found.

    Complex: Dixon's method for one character of each Galois orbit, over as small a field as descent reaches, real where
    the type is real; its conjugates by applying the automorphism. Real: those of real type as they are, the others as
    matrices of twice the size. Rational: one irrep per Galois orbit, by restriction of scalars.

    Raises:
        TooLargeError: above order 10⁵, before any work.
        RepresentationError: for a character for which no suitable subgroup was found, or whose real or rational form
            was not found; the message names it.
    """
    if base_field == "complex":
        return _complex_irreps(group, monomial_irreps(group) if walked is None else walked)
    complex_irreps = list(group.irreps("complex"))
    return _real_irreps(group, complex_irreps) if base_field == "real" else _rational_irreps(group, complex_irreps)


def general_irrep(group: RepresentedGroup, walked: Mapping[int, Representation], row: int) -> Representation:
    """The complex irrep of one row of the table: one of those that the walk found, or by Dixon's method.

    Raises:
        TooLargeError: above order 10⁵, before any work.
        RepresentationError: if no suitable subgroup was found.
    """
    if row in walked:
        return walked[row]
    _require_small(group)
    return _by_dixon(group, walked, row)[row]


def _require_small(group: RepresentedGroup) -> None:
    if group.order > ORDER_LIMIT:
        raise TooLargeError(f"{group} has order {group.order}; its irreps are constructed up to order {ORDER_LIMIT}")


def _complex_irreps(group: RepresentedGroup, walked: Mapping[int, Representation]) -> list[Representation]:
    _require_small(group)
    found = dict(walked)
    if len(found) < len(group.conjugacy_classes()):
        found |= _by_dixon(group, found)
    return [found[j] for j in range(len(found))]


def _by_dixon(group: RepresentedGroup, known: Collection[int], wanted: int | None = None) -> dict[int, Representation]:
    """The irreps of the rows that are not known yet, or of one of them, from those of one row of each Galois orbit."""
    table, modular = group.character_table(), modular_table(group)
    action = galois_action(group, modular.values)
    orbits = {i: conjugates for i, conjugates in action.orbits().items() if i not in known}
    if wanted is not None:
        orbits = {i: {wanted: conjugates[wanted]} for i, conjugates in orbits.items() if wanted in conjugates}
    fields = {i: action.character_field(i) for i in orbits}
    tell(f"subgroups for {len(orbits)} irreps")
    choices = choose(group, modular, {i: fields[i] for i in orbits if modular.degrees[i] > 1}, table.indicators)
    found = {}
    for i, conjugates in orbits.items():
        tell(f"irrep of degree {modular.degrees[i]}")
        built = _construct(group, table, modular, i, fields[i], choices.get(i))
        check_homomorphism(built)
        check_form(built)
        _require_character(built, modular, i)
        # An automorphism of the field carries relations to relations, so the conjugates are proved with it.
        for j, k in conjugates.items():
            k = _lifted(k, action.exponent, lcm(*(matrix.conductor for matrix in (*built.images, built.form))))
            images = tuple(galois(matrix, k) for matrix in built.images)
            conjugate = replace(built, images=images, form=galois(built.form, k), label=row_label(j))
            found[j] = conjugate.with_character(table.values[j])
    return found


def _lifted(k: int, modulus: int, conductor: int) -> int:
    """A number that is k modulo `modulus` and prime to `conductor`."""
    return next(j for j in range(k, k + modulus * conductor + 1, modulus) if gcd(j, conductor) == 1)


def _construct(
    group: RepresentedGroup,
    table: CharacterTable,
    modular: ModularTable,
    i: int,
    character_field: NumberField,
    choice: Choice | None,
) -> Representation:
    """The representation of row i, over as small a field as is found."""
    generators, row = group.presentation.generators, table.values[i]
    if modular.degrees[i] == 1:
        values = [row[group.class_indices[group.index(g)]] for g in generators]
        images = tuple(ExactMatrix([[value]]) for value in values)
        return Representation(group, images, ExactMatrix.identity(1), norm=1, schur_index=1)
    if choice is None:
        raise RepresentationError(
            f"no subgroup of {group} was found with a linear constituent of multiplicity one in the irreducible "
            f"character of degree {row[0]}; no other construction is available yet"
        )
    model = Model(group, row, modular.values[i], modular, choice)
    real = table.indicators[i] == 1 and choice.field == character_field and choice.field.is_real
    better = averaged(model) if real else None  # nothing has to be descended from, which needs (H, λ)
    spun = matrices(model if better is None else better, generators)
    modulus = lcm(choice.field.conductor, choice.linear.order)
    form = Form(spun.images, spun.form, choice.field, modulus, ExactMatrix.identity(model.degree))
    found, index = over_small_field(
        group.order, form, character_field, table.indicators[i], lambda k: intertwiner(model, spun, k)
    )
    return Representation(group, found.images, found.form, norm=1, schur_index=index)


def over_small_field(
    order: int, form: Form, character_field: NumberField, indicator: int, twist: Intertwiner
) -> tuple[Form, int | None]:
    """An irrep over as small a field as is found, real where its type is real; its Schur index where that is proved.

    Args:
        order: that of the group.
        form: matrices over some field.
        character_field: the field of the character.
        indicator: of Frobenius and Schur.
        twist: intertwiners of the matrices with their conjugates.
    """
    least = 2 if indicator == -1 else 1
    if form.field.degree > least * character_field.degree:
        form = descend_to(form, character_field, least, twist)
    least = lcm(least, form.index)
    if form.field.degree > 2 * character_field.degree and least == 2:
        signs = (-1,) if indicator == -1 else (-1, 1)
        form = through_quadratic_fields(form, character_field, radicands(order, signs), twist)
    if indicator == 1 and not form.field.is_real:
        form = make_real(form, twist) or form
    if indicator == 1 and not form.field.is_real:
        form = through_quadratic_fields(form, character_field, radicands(order, (1,)), twist)
    reached = form.field.degree // character_field.degree
    return form, reached if reached == least else None


def _require_character(rho: Representation, modular: ModularTable, i: int) -> None:
    found = multiplicities(rho, modular)
    if found != {i: 1}:
        raise RepresentationError(f"the matrices made for row {i} of the table of {rho.group} belong to {found}")


def _real_irreps(group: RepresentedGroup, complex_irreps: list[Representation]) -> list[Representation]:
    """One real irrep for each of real type, each conjugate pair, and each of quaternionic type."""
    conjugate = galois_action(group, modular_table(group).values).images[max(group.exponent - 1, 1)]
    indicators = group.character_table().indicators
    found = []
    for i, rho in enumerate(complex_irreps):
        if indicators[i] == 1:
            found.append(_real_form(rho).with_character(rho.character().values))
        elif conjugate[i] >= i:
            real = _with_checked_form(realify(rho, 2 if indicators[i] == 0 else 4))
            found.append(real.with_character([value + value.conjugate() for value in rho.character().values]))
    return found


def _with_checked_form(rho: Representation) -> Representation:
    """A representation that a homomorphism of rings made from a verified one: what is left to check is the form."""
    check_form(rho)
    return rho


def _real_form(rho: Representation) -> Representation:
    if not all(matrix.is_real for matrix in (*rho.images, rho.form)):
        raise RepresentationError(
            f"{rho!r} is of real type, but its matrices over {rho.field} are not real, and no real form was found"
        )
    return replace(rho, base_field="real")


def _rational_irreps(group: RepresentedGroup, complex_irreps: list[Representation]) -> list[Representation]:
    """m(χ) Σ_σ χ^σ for every Galois orbit, from matrices over a field of degree m(χ) over Q(χ)."""
    orbits = galois_action(group, modular_table(group).values).orbits()
    found = []
    for i, conjugates in orbits.items():
        rho, index = complex_irreps[i], complex_irreps[i].schur_index
        if index is None or rho.field.degree != index * len(conjugates):
            raise RepresentationError(
                f"the rational form of {rho!r} was not found: its matrices are over {rho.field}, its character over a "
                f"field of degree {len(conjugates)}, and its Schur index is {'not decided' if index is None else index}"
            )
        names = "+".join(complex_irreps[j].label for j in sorted(conjugates))
        label = names if index == 1 else f"{index}·({names})" if len(conjugates) > 1 else f"{index}·{names}"
        rational = _with_checked_form(restrict_scalars(rho, label, norm=index * index * len(conjugates)))
        columns = zip(*(complex_irreps[j].character().values for j in conjugates), strict=True)
        found.append(rational.with_character([sum(column[1:], start=column[0]) * index for column in columns]))
    return found
