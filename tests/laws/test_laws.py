"""Laws of groups, representations and exact weights, on drawn objects of every family."""

from itertools import pairwise

import numpy as np
import pytest
from bistate.groups import BistateError, ExactMatrix, GroupError, Permutation, PermutationGroup, RepresentationError
from bistate.theory import Automaton, realize
from bistate.verify import strategies as bst
from hypothesis import find, given, settings
from hypothesis import strategies as st

few = settings(max_examples=40, deadline=None)
group_and_pair = bst.groups(max_order=48).flatmap(lambda G: st.tuples(st.just(G), bst.elements(G), bst.elements(G)))


# --- groups ---


@given(st.integers(1, 6).flatmap(lambda n: st.tuples(*[bst.permutations(n)] * 3)))
def test_permutations_compose_as_functions(triple):
    p, q, r = triple
    assert [(p * q)(i) for i in range(p.degree)] == [p(q(i)) for i in range(p.degree)]
    assert (p * q) * r == p * (q * r)
    assert (p * p.inverse()).is_identity
    assert p**-2 == p.inverse() * p.inverse()
    assert (p**p.order).is_identity
    assert all(not (p**k).is_identity for k in range(1, p.order))
    assert (p * q).sign == p.sign * q.sign
    assert Permutation.from_cycles(p.cycles, p.degree) == p
    assert eval(repr(p)) == p


def test_sympy_composes_the_other_way_round():
    p, q = Permutation([1, 2, 0]), Permutation([1, 0, 2])
    assert p * q != q * p
    assert Permutation.from_sympy(p.to_sympy() * q.to_sympy()) == q * p


@few
@given(group_and_pair)
def test_the_multiplication_table_is_the_group(drawn):
    G, g, h = drawn
    table, n = G.multiplication_table(), G.order
    assert G.elements[table[G.index(g), G.index(h)]] == g * h
    assert (np.sort(table, axis=0) == np.arange(n)[:, None]).all()
    assert (table[0] == np.arange(n)).all()
    assert (table[np.arange(n), G.inverses] == 0).all()
    assert g * h in G
    assert n % g.order == 0


@few
@given(bst.groups(max_order=60))
def test_elements_are_listed_once_in_order(G):
    assert G.elements[0].is_identity
    assert all(a < b for a, b in pairwise(G.elements))
    assert len(G.elements) == G.order
    assert [G.index(g) for g in G.elements] == list(range(G.order))


@few
@given(bst.groups(max_order=60))
def test_conjugacy_classes_against_brute_force(G):
    classes = G.conjugacy_classes()
    assert sum(c.size for c in classes) == G.order
    assert classes[0].representative.is_identity
    for g in G.elements[:: max(1, G.order // 7)]:
        orbit = {h * g * h.inverse() for h in G.elements}
        owner = classes[G.class_indices[G.index(g)]]
        assert owner.representative == min(orbit)
        assert owner.size == len(orbit)
        assert owner.order == g.order


@few
@given(group_and_pair)
def test_words_evaluate_to_their_element(drawn):
    G, g, _ = drawn
    value = G.identity
    for k, exponent in G.word(g):
        value = value * G.presentation.generators[k] ** exponent
    assert value == g
    assert G.presentation.holds_in_group()


@few
@given(bst.groups(max_order=60))
def test_values_parse_back_and_compare_as_sets(G):
    import bistate.groups as names

    again = PermutationGroup(G.generators, degree=G.degree)
    assert again == G
    assert hash(again) == hash(G)
    assert eval(repr(G), {name: getattr(names, name) for name in names.__all__}) == G


@pytest.mark.parametrize(
    ("images", "message"),
    [([0, 0, 1], r"\[0, 0, 1\]"), ([1, 2], r"\[1, 2\]"), ([0.5, 1], "0.5"), ("ab", "ab"), (3, "3")],
)
def test_a_non_permutation_is_refused(images, message):
    with pytest.raises(GroupError, match=message):
        Permutation(images)
    with pytest.raises(GroupError, match=message):
        PermutationGroup([images])


# --- representations ---


@few
@given(st.data())
def test_representations_are_homomorphisms(data):
    G = data.draw(bst.groups(max_order=30))
    rho = data.draw(bst.representations(G))
    g, h = data.draw(bst.elements(G)), data.draw(bst.elements(G))
    assert rho(g * h) == rho(g) @ rho(h)
    assert rho(g).H @ rho.form @ rho(g) == rho.form
    assert rho(G.identity).is_identity
    assert rho.character()(g) == rho(g).trace() == rho(h * g * h.inverse()).trace()


@few
@given(bst.groups(max_order=48))
def test_characters_are_orthogonal_and_squares_add_up(G):
    characters = [rho.character() for rho in G.irreps()]
    rows = ExactMatrix([chi.values for chi in characters])
    sizes = ExactMatrix.diagonal([c.size for c in G.conjugacy_classes()])
    assert rows @ sizes @ rows.H == ExactMatrix.identity(len(characters)) * G.order
    assert characters[-1].inner(characters[0]) == int(len(characters) == 1)
    assert sum(rho.degree**2 for rho in G.irreps()) == G.order
    assert len(characters) == len(G.conjugacy_classes())


@few
@given(bst.groups(max_order=30))
def test_real_irreps_are_real_irreducible_and_complete(G):
    irreps = G.irreps("real")
    for rho in irreps:
        assert rho.verify()
        assert all(matrix.is_real for matrix in (*rho.images, rho.form))
    assert sum(rho.degree**2 // rho.norm for rho in irreps) == G.order
    assert irreps[0].degree == 1
    assert all(matrix.is_identity for matrix in irreps[0].images)


@settings(max_examples=20, deadline=None)
@given(bst.groups(max_order=30, families=("cyclic", "abelian", "dihedral", "symmetric")))
def test_rational_irreps_are_rational_and_sum_galois_orbits(G):
    characters = [rho.character() for rho in G.irreps()]
    for rho in G.irreps("rational"):
        assert rho.verify()
        assert all(matrix.is_rational for matrix in (*rho.images, rho.form))
        multiplicities = [rho.character().inner(chi) for chi in characters]
        assert set(multiplicities) <= {0, 1}
        assert sum(int(m.to_fraction()) for m in multiplicities) == rho.norm


@few
@given(st.data())
def test_planted_errors_do_not_verify(data):
    """A changed entry of a generator's matrix breaks a relator, the form or the character, or is no error at all."""
    import dataclasses

    G = data.draw(bst.groups(max_order=24).filter(lambda G: G.order > 2))
    rho = data.draw(st.sampled_from(G.irreps()))
    k = data.draw(st.integers(0, len(rho.images) - 1))
    i, j = (data.draw(st.integers(0, rho.degree - 1)) for _ in range(2))
    rows = rho.images[k].tolist()
    rows[i][j] = rows[i][j] + data.draw(st.sampled_from([1, 2, -3]))
    wrong = dataclasses.replace(rho, images=(*rho.images[:k], ExactMatrix(rows), *rho.images[k + 1 :]))
    try:
        wrong.verify()
    except RepresentationError:
        return
    # A 1 × 1 matrix may have become another character: then all products have to be right.
    g, h = data.draw(bst.elements(G)), data.draw(bst.elements(G))
    assert wrong(g * h) == wrong(g) @ wrong(h)
    assert rho.degree == 1


# --- exact weights ---


@few
@given(bst.automata(max_states=6, max_letters=3))
def test_full_weights_are_proved_for_every_automaton(A):
    assert realize(A, "full").prove(A).proved


@few
@given(
    bst.automata(max_states=5, max_letters=2, labels=3).flatmap(
        lambda A: st.tuples(st.just(A), bst.words(A), bst.words(A))
    )
)
def test_weights_of_labels_are_proved_and_words_to_one_state_of_the_minimal_machine_have_one_future(drawn):
    A, first, second = drawn
    w, small = realize(A, "full"), A.minimize()
    assert w.prove(A).proved
    assert w.predict(first) == A.output(first) == small.output(first)
    if small.run(first) == small.run(second):
        assert all(A.output((*first, *rest)) == A.output((*second, *rest)) for rest in [(), *((x,) for x in A.letters)])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_block_weights_are_proved_and_predict_for_every_family(data):
    G = data.draw(bst.groups(max_order=24))
    side = data.draw(st.sampled_from(["left", "right"]))
    A = Automaton.word_problem(G, side=side)
    w = realize(A, "block")
    assert w.prove(A).proved
    word = data.draw(bst.words(A))
    assert w.predict(word) == A.run(word)


@few
@given(
    bst.automata(max_states=5, max_letters=2, kind="permutation").flatmap(lambda A: st.tuples(st.just(A), bst.words(A)))
)
def test_permutation_automata_have_block_weights(drawn):
    A, word = drawn
    w = realize(A, "block")
    assert w.prove(A).proved
    assert w.predict(word) == A.run(word)


# --- the strategies themselves ---


def test_strategies_shrink_to_small_objects():
    assert find(bst.groups(), lambda G: not G.is_abelian).order == 6
    assert len(find(bst.automata(), lambda A: not A.is_permutation).states) == 2
    assert sorted(find(bst.automata(labels=2), lambda A: len(A.labels) == 2).outputs) == [0, 1]
    A = Automaton.modular_addition(5)
    assert find(bst.words(A), lambda w: 3 in w) == (3,)
    assert find(bst.words(A), lambda w: len(w) > 1) == (0, 0)
    assert find(bst.permutations(4), lambda p: not p.is_identity).order == 2
    assert find(bst.cyclotomics(), lambda x: not x.is_real).conductor in (3, 4)
    assert find(bst.exact_matrices(2, 2), lambda m: m.rank() == 2).rank() == 2


@pytest.mark.parametrize("family", bst.FAMILIES)
def test_every_family_can_be_drawn_within_its_order(family):
    found = find(bst.groups(max_order=24, families=(family,)), lambda G: True)
    assert found.order <= 24


def test_strategies_name_bad_arguments():
    with pytest.raises(BistateError, match="'cyclyc'"):
        bst.groups(families=("cyclyc",))
    with pytest.raises(BistateError, match="max_order=3"):
        bst.groups(max_order=3, families=("quaternion",))
    with pytest.raises(BistateError, match="'maps'"):
        find(bst.automata(kind="maps"), lambda A: True)
    with pytest.raises(BistateError, match="labels=0"):
        find(bst.automata(labels=0), lambda A: True)
