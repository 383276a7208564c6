"""Relators as equations of words, evaluated directly and on short columns: against products along the relators."""

import random

import pytest
from bistate.groups import E, ExactMatrix, PermutationGroup, named_group
from bistate.groups.permutations.presentation import evaluate
from bistate.groups.representations import relations
from bistate.groups.representations.relations import failing_relator, relation_of


@pytest.mark.parametrize(
    ("relator", "left", "right", "power"),
    [
        ((), (), (), 1),
        (((2, 7),), ((2, 7),), (), 1),
        (((0, 1), (1, 2)) * 3, ((0, 1), (1, 2)), (), 3),
        (((0, 1), (1, 2), (0, 1)), ((0, 1), (1, 2), (0, 1)), (), 1),
        (((0, 1), (1, 2), (0, -1), (1, -3)), ((0, 1), (1, 2)), ((1, 3), (0, 1)), 1),
        (((0, -1), (1, 2)), (), ((1, -2), (0, 1)), 1),
    ],
)
def test_relators_are_equations(relator, left, right, power):
    found = relation_of(relator)
    assert (found.left, found.right, found.power) == (left, right, power)
    p, q, r = named_group("S5").elements[17], named_group("S5").elements[58], named_group("S5").elements[101]
    one = p**0
    value = evaluate(found.left, (p, q, r), one) ** found.power * evaluate(found.right, (p, q, r), one).inverse()
    assert value == evaluate(relator, (p, q, r), one)


def changed(rho, seed):
    """In another basis, whose denominators are long."""
    draw = random.Random(seed)
    size = rho.degree
    entries = [[draw.randint(-9, 9) + (E(3) if draw.random() < 0.1 else 0) for _ in range(size)] for _ in range(size)]
    change = ExactMatrix(entries)
    images = [change.solve(matrix @ change) for matrix in rho.images]
    return images, change.H @ rho.form @ change


@pytest.mark.parametrize(("name", "row"), [("S5", 5), ("A5", 2), ("SL(2,3)", 4), ("C7:C3[2]", 3)])
def test_short_columns_find_what_products_do(name, row, monkeypatch):
    group = PermutationGroup(named_group(name).generators)
    rho = group.irreps()[row]
    images, form = changed(rho, 1)
    relators = group.presentation.relators
    assert failing_relator(images, form, relators) is None
    monkeypatch.setattr(relations, "LONG", 0)
    assert failing_relator(images, form, relators) is None
    for k in range(len(images)):
        wrong = [matrix * -1 if i == k else matrix for i, matrix in enumerate(images)]
        monkeypatch.setattr(relations, "LONG", 0)
        on_columns = failing_relator(wrong, form, relators)
        monkeypatch.setattr(relations, "LONG", 10**9)
        assert failing_relator(wrong, form, relators) == on_columns
        expected = [
            relator
            for relator in relators
            if not evaluate(relator, wrong, ExactMatrix.identity(rho.degree)).is_identity
        ]
        assert on_columns == (expected[0] if expected else None)


@pytest.mark.parametrize(("name", "row"), [("A5", 1), ("SL(2,3)", 4), ("C7:C3[2]", 3), ("SL(2,5)", 5)])
def test_primes_find_what_products_do(name, row, monkeypatch):
    group = PermutationGroup(named_group(name).generators)
    images, relators = list(group.irreps()[row].images), group.presentation.relators
    size = images[0].shape[0]
    change = ExactMatrix([[E(5) ** (j - i) if i <= j <= i + 1 else 0 for j in range(size)] for i in range(size)])
    images = [change.solve(matrix @ change) for matrix in images]
    form = ExactMatrix.identity(size)
    wrong = [[matrix * (-1 if i == k else 1) for i, matrix in enumerate(images)] for k in range(len(images))]
    wrong += [[matrix * (E(3) if i == k else 1) for i, matrix in enumerate(images)] for k in range(len(images))]
    found = []
    for case in (images, *wrong):
        monkeypatch.setattr(relations, "LARGE", 0)
        found.append(failing_relator(case, form, relators))
        monkeypatch.setattr(relations, "LARGE", 10**9)
        assert failing_relator(case, form, relators) == found[-1]
    assert found[0] is None
    assert any(found[1:])


def test_bounds_hold_under_every_embedding_and_decide_how_many_primes_are_used():
    """A relation that fails by a multiple of the first primes is found by the next one."""
    primes = relations.split_primes(5)
    product = next(primes).p * next(primes).p
    one = ExactMatrix.identity(2)
    near = one + ExactMatrix([[0, E(5)], [0, 0]]) * product
    relator = ((0, 1),)
    assert relations._failing_modulo_primes([near], [relation_of(relator)]) == 0
    assert relations._failing_modulo_primes([near, one * E(5)], [relation_of(((1, 5),))]) is None
    (bound,) = relations._bounds([near._integers(5, 1)], [1], [relation_of(relator * 2 + ((0, -1),))])
    for k in range(1, 5):
        difference = [[value.galois(k) for value in row] for row in (near @ near - near).tolist()]
        assert all(abs(complex(value)) <= bound for row in difference for value in row)


def test_any_invertible_matrix_does_in_place_of_the_form(monkeypatch):
    monkeypatch.setattr(relations, "LONG", 0)
    group = PermutationGroup(named_group("A5").generators)
    rho = group.irreps()[1]
    images, _ = changed(rho, 2)
    assert failing_relator(images, ExactMatrix([[1, 2, 0], [0, 1, 0], [5, 0, 1]]), group.presentation.relators) is None
