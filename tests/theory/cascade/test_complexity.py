"""Bounds of the Krohn–Rhodes complexity, against values that are known and the definition of β by brute force."""

from itertools import product

from bistate.theory import Automaton
from bistate.theory.cascade import complexity
from bistate.theory.cascade.complexity import generated, idempotent_bound


def then(s, t):
    return tuple(t[q] for q in s)


def closure(maps):
    found = set(maps)
    while more := {then(s, t) for s in found for t in found} - found:
        found |= more
    return found


def beta(S):
    """β by its definition: every idempotent, its group from powers, every b."""
    best = 0
    for e in [s for s in S if then(s, s) == s]:
        local = {then(then(e, s), e) for s in S}
        group = {g for g in local if any(then(g, h) == e and then(h, g) == e for h in local)}
        if len(group) > 1:
            best = max(best, 1)
            for b in local - group:
                T = closure({then(then(g, b), h) for g in group for h in group})
                best = max(best, 1 + beta(closure({t for t in T if then(t, t) == t})))
    return best


def test_all_maps_have_one_less_than_their_points():
    for n in (2, 3, 4):
        assert idempotent_bound(frozenset(product(range(n), repeat=n)), 9) == n - 1


def test_the_bound_is_that_of_its_definition():
    seen = set()
    for seed in range(40):
        A = Automaton.random(3 + seed % 2, 2, seed=seed)
        maps = generated([tuple(range(len(A.states))), *map(tuple, A.table.T.tolist())], 60)
        if maps is not None:
            value = beta(set(maps))
            assert idempotent_bound(maps, 9) == value
            assert idempotent_bound(maps, 1) == min(1, value)
            low, high = A.cascade().complexity
            assert low == value or high <= 1
            assert value <= high
            seen.add(value)
    assert seen == {0, 1, 2}


def test_a_large_monoid_has_the_bound_of_its_groups(monkeypatch):
    A = Automaton.from_maps({"c": [1, 2, 0], "s": [1, 0, 2], "t": [0, 0, 2]})
    assert A.cascade().complexity == (2, 2)
    monkeypatch.setattr(complexity, "MONOID_LIMIT", 20)  # it has 27 maps
    assert A.cascade().complexity == (1, 2)


def test_a_large_monoid_has_the_bound_of_words_that_return_to_an_image(monkeypatch):
    A = Automaton.random(6, 2, seed=25)
    maps = [tuple(range(6)), *map(tuple, A.table.T.tolist())]
    assert generated(maps, complexity.MONOID_LIMIT) is None
    assert A.cascade().complexity == (3, 3)
    monkeypatch.setattr(complexity, "TUPLE_LIMIT", 10)
    assert A.cascade().complexity == (1, 3)


def test_words_that_return_are_those_of_the_monoid():
    seen = 0
    for seed in range(20):
        A = Automaton.random(5, 2, seed=seed)
        maps = list(map(tuple, A.table.T.tolist()))
        monoid = generated([tuple(range(5)), *maps])
        for layer in A.cascade():
            for image in layer.classes:
                inside = tuple(sorted(image.images[0]))
                back = {
                    tuple(inside.index(m[q]) for q in inside) for m in monoid if {m[q] for q in inside} <= set(inside)
                }
                assert complexity._returning(inside, maps) == back or len(back) > complexity.MONOID_LIMIT
                seen += len(back) > 2
    assert seen > 20


def test_reset_by_a_group_and_group_by_a_reset():
    """C_2 with a reset is one group layer between resets, whatever the order: complexity 1."""
    swap = Automaton.from_maps({"swap": [1, 0], "reset": [0, 0]})
    assert swap.cascade().complexity == (1, 1)
    assert Automaton.modular_arithmetic(5).cascade().complexity == (1, 1)
