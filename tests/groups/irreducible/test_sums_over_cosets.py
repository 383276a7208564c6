"""Sums over a subgroup by cosets, words that share their ends, the search for relators: against their definitions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from bistate.groups import named_group
from bistate.groups.characters.dixon import modular_table
from bistate.groups.characters.modular_traces import modular_traces, multiplicities, short_representatives
from bistate.groups.fields.number_field import NumberField
from bistate.groups.irreducible.coset_phases import cosets_of
from bistate.groups.irreducible.inducing_subgroups import LinearCharacter, closure, linear_characters
from bistate.groups.irreducible.multiplicity_one import Choice, Model
from bistate.groups.permutations.coset_relators import _Search, defining_relators
from bistate.groups.permutations.presentation import evaluate


def subgroups(group):
    """A cyclic one, one on two generators, and the trivial one, with all of their linear characters."""
    for chosen in ([group.order // 2], [3, group.order - 1], [0]):
        yield from linear_characters(group, closure(group, chosen))


@pytest.mark.parametrize("name", ["S4", "SL(2,3)", "C7:C3", "A5"])
def test_cosets_and_phases_follow_the_elements(name):
    group = named_group(name)
    for linear in subgroups(group):
        cosets = cosets_of(group, linear)
        values = dict(zip(linear.members.tolist(), linear.exponents.tolist(), strict=True))
        assert len(cosets.leaders) * len(linear.members) == group.order
        for g, (owner, phase) in enumerate(zip(cosets.owner.tolist(), cosets.phases.tolist(), strict=True)):
            leader = group.elements[int(cosets.leaders[owner])]
            assert values[group.index(leader.inverse() * group.elements[g])] == phase


@pytest.mark.parametrize("name", ["S4", "SL(2,3)", "C7:C3"])
def test_histograms_are_counts_over_the_subgroup(name):
    group = named_group(name)
    modular, table = modular_table(group), group.character_table()
    for linear in subgroups(group):
        model = Model(group, table.values[-1], modular.values[-1], modular, Choice(NumberField.cyclotomic(12), linear))
        found = model.histograms(group.images).reshape(group.order, len(table.classes), linear.order)
        for g in range(0, group.order, 5):
            counts = Counter(
                (group.class_of(group.elements[g] * group.elements[h]), k)
                for h, k in zip(linear.members.tolist(), linear.exponents.tolist(), strict=True)
            )
            assert {(c, k): int(n) for (c, k), n in np.ndenumerate(found[g]) if n} == counts


def test_a_character_that_is_none_is_noticed():
    """Exponents that are missing for a member of the subgroup."""
    group = named_group("S4")
    members = closure(group, [group.order // 2])
    broken = LinearCharacter(members[:-1], 2, np.zeros(len(members) - 1, dtype=np.int64))
    with pytest.raises(AssertionError, match="differs from its leader by an element of the subgroup"):
        cosets_of(group, broken)


@pytest.mark.parametrize("name", ["S4", "SL(2,3)", "PSL(2,7)", "C2xC4"])
def test_traces_by_shared_words_are_those_of_the_matrices(name):
    group = named_group(name)
    modular = modular_table(group)
    for rho in group.irreps():
        traces = modular_traces(rho, modular).tobytes()
        assert [row.tobytes() == traces for row in modular.values].count(True) == 1
        assert list(multiplicities(rho, modular).values()) == [1]
    assert [group.class_of(g) for g in short_representatives(group)] == list(range(len(modular.degrees)))


@pytest.mark.parametrize("name", ["S5", "SL(2,3)", "C2wrS4", "M11", "C7:C3"])
def test_relators_hold_and_leave_no_edge_unknown(name):
    group = named_group(name)
    relators = defining_relators(group)
    assert all(evaluate(word, group.generators, group.identity).is_identity for word in relators)
    search = _Search(group)
    search.add(list(relators))
    assert search.known.all()
    fewer = _Search(group)
    fewer.add(list(relators[:-1]))
    assert not fewer.known.all()
