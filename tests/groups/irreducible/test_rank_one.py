"""A Sylow subgroup whose normaliser has index |P| + 1: found by its definition, and what its vectors are for."""

import numpy as np
import pytest
from bistate.groups import ExactMatrix, NumberField, Permutation, PermutationGroup, named_group
from bistate.groups.arithmetic.reduction import reduced
from bistate.groups.characters.dixon import modular_table
from bistate.groups.irreducible.averaged_vectors import averaged
from bistate.groups.irreducible.inducing_subgroups import closure
from bistate.groups.irreducible.multiplicity_one import Model, choose
from bistate.groups.irreducible.rank_one import normaliser_of, rank_one


@pytest.mark.parametrize(
    ("name", "p", "size"),
    [
        ("PSL(2,13)", 13, 13),
        ("PGL(2,9)", 3, 9),
        ("SL(2,8)", 2, 8),
        ("SL(2,7)", 7, 7),
        ("PSU(3,3)", 3, 27),
        ("S5", 5, 5),
    ],
)
def test_subgroups_of_index_one_more_are_found(name, p, size):
    group = PermutationGroup(named_group(name).generators)
    found = rank_one(group)
    assert (found.prime, len(found.sylow), group.order // len(found.normaliser)) == (p, size, size + 1)
    inside = {group.elements[h] for h in found.sylow}
    assert all(x * y in inside for x in inside for y in inside)
    for x in range(0, group.order, 7):
        g = group.elements[x]
        assert all(g * h * g.inverse() in inside for h in inside) == bool(found.inside[x])


@pytest.mark.parametrize("name", ["M11", "A7", "SmallGroup(48,15)"])
def test_other_groups_have_none(name):
    assert rank_one(PermutationGroup(named_group(name).generators)) is None


def test_normalisers_are_those_of_the_definition():
    group = named_group("S5")
    for generators in ([7], [3, 50], [118], []):
        members = closure(group, generators) if generators else np.array([0])
        inside = {group.elements[h] for h in members}
        expected = [x for x, g in enumerate(group.elements) if all(g * h * g.inverse() in inside for h in inside)]
        assert normaliser_of(group, members).tolist() == expected


def test_averaged_vectors_have_the_products_of_the_definition():
    group = PermutationGroup(named_group("PSL(2,11)").generators)
    modular, found, seen = modular_table(group), rank_one(group), 0
    assert len(found.complement) == 5
    fields = {i: NumberField.containing(row) for i, row in enumerate(group.character_table().values) if i}
    for i, choice in choose(group, modular, fields, group.character_table().indicators).items():
        model = Model(group, group.character_table().values[i], modular.values[i], modular, choice)
        better = averaged(model)
        if better is None:
            continue
        seen += 1
        rows = np.array(group.elements[3:600:71], dtype=np.uint32)
        total = ExactMatrix.zeros(len(rows), len(rows))
        for s in better.subgroup:
            for t in better.subgroup:
                left, right = ([g * u * better.turn for g in map(Permutation, rows.tolist())] for u in (s, t))
                total = total + model.gram(np.array(left, dtype=np.uint32), np.array(right, dtype=np.uint32))
        assert better.gram(rows, rows) == total
        prime, root = modular.prime, modular.root
        plain = [
            reduced(
                better.gram(rows[:1] * 0 + np.arange(group.degree, dtype=np.uint32), row[None])[0, 0],
                prime,
                root,
                group.exponent,
            )
            for row in rows
        ]
        assert better.modular_alpha(rows)[0].tolist() == plain
    assert seen


@pytest.mark.parametrize(("name", "bits"), [("PSL(2,16)", 4), ("PSL(2,23)", 8), ("PSL(2,25)", 5)])
def test_matrices_have_short_denominators(name, bits):
    """In vectors spun under the generators of the group they have 17, 39 and 52 bits."""
    for rho in PermutationGroup(named_group(name).generators).irreps():
        assert all(matrix.reduced()._denominator.bit_length() <= bits for matrix in rho.images)
