"""Automata that are no groups: Green's relations, maximal subgroups, star-free languages, composition factors."""

from functools import reduce
from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from bistate.groups import (
    AlternatingGroup,
    CyclicGroup,
    DihedralGroup,
    ExactMatrix,
    Permutation,
    QuaternionGroup,
    SymmetricGroup,
    direct_product,
)
from bistate.groups.errors import TooLargeError
from bistate.theory import Automaton, AutomatonError
from bistate.theory.automata.green import green_classes, is_star_free, maximal_subgroups
from bistate.theory.automata.meataxe import (
    _Answer,
    _by_endomorphisms,
    _meataxe,
    _quaternion,
    _spin,
    _split,
    composition_factors,
)
from bistate.theory.automata.transition_monoid import explore, transition_monoid
from flint import fmpz_mat, fmpz_poly

FLIP_FLOP = Automaton(["0", "1"], ["keep", "set", "reset"], [[0, 1, 0], [1, 1, 0]], "0")


def full_transformations(n):
    """All maps of n points: a cycle, a transposition and a map that merges two points."""
    table = [[(q + 1) % n, {0: 1, 1: 0}.get(q, q), 0 if q == 1 else q] for q in range(n)]
    return Automaton(range(n), "cst", table, 0)


def small_random_automata(largest):
    """Random automata, maps and permutations, of monoids with up to `largest` elements."""
    kinds = ("map", "map", "map", "permutation")
    drawn = [Automaton.random(3 + k % 5, 1 + k % 3, kind=kinds[k % 4], seed=k) for k in range(60)]
    found = [A for A in (FLIP_FLOP, full_transformations(3), *drawn) if explore(A, largest)[1]]
    assert len(found) > 30
    return found


def run(A, word, state):
    return reduce(lambda q, x: int(A.table[q, x]), word, state)


def map_of(A, word):
    return tuple(run(A, word, q) for q in range(len(A.states)))


def then(first, second):
    return tuple(second[q] for q in first)


# --- the monoid ---


def test_cayley_graphs_are_those_of_the_maps():
    for A in small_random_automata(200):
        M = transition_monoid(A)
        letters = [map_of(A, [x]) for x in range(len(A.letters))]
        for m, element in enumerate(M.elements):
            assert map_of(A, M.word(m)) == element
            assert M.word(m) == M.words[m]
            assert [M.elements[k] for k in M.right[m]] == [then(element, x) for x in letters]
            assert [M.elements[k] for k in M.left[m]] == [then(x, element) for x in letters]
    with pytest.raises(AutomatonError, match="no map 3"):
        FLIP_FLOP.transition_monoid().word(3)


def test_a_search_that_stops_has_the_first_maps():
    A = full_transformations(4)
    M = transition_monoid(A)
    for limit in (1, 2, 100, 255):
        part, complete = explore(A, limit)
        assert not complete
        assert part.words == M.words[:limit]
        known = part.right >= 0
        assert (part.right[known] == M.right[:limit][known]).all()
        assert part.right.max() < limit
        assert part != M
        with pytest.raises(AutomatonError, match=f"more than {limit} elements"):
            transition_monoid(A, limit)
    assert explore(A, 256) == (M, True)
    assert hash(transition_monoid(A)) == hash(M)
    with pytest.raises(ValueError, match="read-only"):
        M.right[0, 0] = 1


def test_many_maps_are_found_fast_and_beyond_bytes():
    big = Automaton.random(10, 2, kind="permutation", seed=0)
    part, complete = explore(big, 100_000)
    assert (part.order, complete) == (100_000, False)
    assert len(set(map(bytes, part.maps))) == 100_000
    cycle = Automaton(range(300), "x", [[(q + 1) % 300] for q in range(300)], 0)  # positions above 255
    assert transition_monoid(cycle).elements[299] == tuple((q + 299) % 300 for q in range(300))


# --- Green's relations ---


@pytest.mark.parametrize(("n", "order", "idempotents"), [(3, 27, 10), (4, 256, 41)])
def test_full_transformation_monoids(n, order, idempotents):
    M = full_transformations(n).transition_monoid()
    G = green_classes(M)
    assert M.order == order == n**n
    assert len(G.idempotents) == idempotents == sum(comb(n, k) * k ** (n - k) for k in range(1, n + 1))
    assert not G.is_aperiodic
    assert [cls.rank for cls in G.d_classes] == list(range(n, 0, -1))
    for cls in G.d_classes:
        k = cls.rank
        partitions = sum((-1) ** i * comb(k, i) * (k - i) ** n for i in range(k)) // factorial(k)
        assert (cls.r_classes, cls.l_classes, cls.group_order) == (partitions, comb(n, k), factorial(k))
        assert cls.size == cls.r_classes * cls.l_classes * cls.group_order
        assert cls.regular
    for k, H in zip(range(n, 0, -1), maximal_subgroups(M), strict=True):
        assert H.group == SymmetricGroup(k)


def test_green_classes_by_definition():
    for A in small_random_automata(200):
        M = transition_monoid(A)
        G, every = green_classes(M), M.elements
        right = [frozenset(then(m, n) for n in every) for m in every]
        left = [frozenset(then(n, m) for n in every) for m in every]
        r, el = (np.array([[a == b for b in sets] for a in sets]) for sets in (right, left))  # (order, order)
        for numbers, same in ((G.r_class, r), (G.l_class, el), (G.h_class, r & el), (G.d_class, r @ el)):
            assert ((numbers[:, None] == numbers[None, :]) == same).all()
            firsts = list(dict.fromkeys(numbers.tolist()))
            assert firsts == list(range(len(firsts)))
        assert G.idempotents.tolist() == [k for k, m in enumerate(every) if then(m, m) == m]
        assert G.is_aperiodic == all(then(m, power) == power for m in every for power in [reduce(then, [m] * 420)])
        for number, cls in enumerate(G.d_classes):
            members = [k for k in range(M.order) if G.d_class[k] == number]
            assert cls.size == len(members) == cls.r_classes * cls.l_classes * cls.group_order
            assert {len(set(every[k])) for k in members} == {cls.rank}
            assert cls.idempotent == next((k for k in G.idempotents if k in members), None)
            assert cls.regular == (cls.idempotent is not None)
            assert len({G.r_class[k] for k in members}) == cls.r_classes
            assert len({G.l_class[k] for k in members}) == cls.l_classes


def test_maximal_subgroups_act_as_their_words_do():
    for A in [*small_random_automata(200), full_transformations(5)]:
        M = transition_monoid(A)
        found = maximal_subgroups(A)
        classes = green_classes(M)
        assert len(found) == sum(cls.regular for cls in classes.d_classes)
        assert found == maximal_subgroups(M)
        for H, cls in zip(found, (cls for cls in classes.d_classes if cls.regular), strict=True):
            e = map_of(A, H.idempotent)
            assert then(e, e) == e
            assert set(e) == set(H.states)
            assert len(H.words) == len(H.group.generators)
            action = {w: Permutation([H.states.index(run(A, w, q)) for q in H.states]) for w in H.words}
            assert tuple(action.values()) == H.group.generators
            for u, v in product(H.words, repeat=2):
                both = Permutation([H.states.index(run(A, (*u, *v), q)) for q in H.states])
                assert both == action[v] * action[u]
            if M.order <= 200:  # the units of eMe, by definition
                local = {then(then(e, m), e) for m in M.elements}
                units = {g for g in local if any(then(g, h) == e for h in local)}
                acting = {Permutation([H.states.index(g[q]) for q in H.states]) for g in units}
                assert acting == set(H.group.elements)
                assert len(units) == H.group.order == cls.group_order


def test_maximal_subgroups_of_counters_and_resets():
    [only] = maximal_subgroups(Automaton.modular_addition(6))
    assert (only.group.order, only.states, only.idempotent) == (6, tuple(range(6)), ())
    assert [(H.group.order, H.group.degree) for H in maximal_subgroups(FLIP_FLOP)] == [(1, 2), (1, 1)]
    with pytest.raises(AutomatonError, match="more than 5 elements"):
        maximal_subgroups(Automaton.modular_addition(6), limit=5)


def test_a_d_class_without_an_idempotent():
    fall = Automaton(range(3), "x", [[1], [2], [2]], 0)  # x² is zero, x is not
    classes = green_classes(fall.transition_monoid()).d_classes
    assert [(cls.regular, cls.idempotent) for cls in classes] == [(True, 0), (False, None), (True, 2)]
    assert len(maximal_subgroups(fall)) == 2


# --- star-free languages ---


@pytest.mark.parametrize("pattern", ["(ab)*", "a*b", "(a|b)*abb", "(a(ab)*b)*", "(ab|ba)*"])
def test_star_free_languages(pattern):
    verdict = is_star_free(Automaton.from_regex(pattern))
    assert verdict.proved
    assert "Schützenberger" in verdict.reason
    assert verdict.witness is None


@pytest.mark.parametrize("pattern", ["(aa)*", "((aa)*b)*", "(a|b)(aaa)*", "((a|b)(a|b))*"])
def test_languages_that_count(pattern):
    A = Automaton.from_regex(pattern)
    verdict = is_star_free(A)
    assert verdict.refuted
    word = A.encode(verdict.witness)
    power = reduce(then, [map_of(A, word)] * len(A.states))  # every state on a cycle
    assert then(power, map_of(A, word)) != power


def test_witnesses_and_proofs_agree_with_the_powers_of_all_maps():
    seen = set()
    for A in small_random_automata(200):
        accepting = Automaton(A.states, A.letters, A.table, A.start, accepting=[A.states[-1]])
        for B, small in ((A, A), (accepting, accepting.minimize())):
            verdict = is_star_free(B)
            every = transition_monoid(small).elements
            powers = [(m, reduce(then, [m] * len(m))) for m in every]
            aperiodic = all(then(p, m) == p for m, p in powers)
            assert (verdict.proved, verdict.refuted) == (aperiodic, not aperiodic)
            assert green_classes(transition_monoid(small)).is_aperiodic == aperiodic
            seen.add(aperiodic)
            if verdict.refuted:
                m = map_of(small, small.encode(verdict.witness))
                power = reduce(then, [m] * len(m))
                assert then(power, m) != power
    assert seen == {True, False}


def test_a_language_is_star_free_though_its_automaton_counts():
    # two states that no word tells apart
    A = Automaton([0, 1], "a", [[1], [0]], 0, accepting=[0, 1])
    assert is_star_free(A).proved
    assert is_star_free(Automaton(A.states, A.letters, A.table, 0)).refuted


def test_monoids_beyond_the_limit_are_refuted_by_short_words_or_left_undecided():
    assert is_star_free(full_transformations(8), limit=50).witness == ("c",)
    n = 9  # steps up and down: aperiodic, and binomial(17, 8) maps
    steps = [[q + (q == i) for i in range(n - 1)] + [q - (q == i) for i in range(1, n)] for q in range(n)]
    verdict = is_star_free(Automaton(range(n), range(2 * n - 2), steps, 0), limit=1000)
    assert verdict.undecided
    assert "more than 1000 elements" in verdict.reason
    assert is_star_free(Automaton(range(n), range(2 * n - 2), steps, 0), limit=comb(17, 8)).proved


# --- composition factors ---


def shape(A):
    return [(f.dimension, f.multiplicity) for f in composition_factors(A)]


def characteristic_polynomial(matrices, element):
    total = matrices[0] * 0
    for coefficient, word in element:
        total = total + reduce(lambda left, x: matrices[x] @ left, word, matrices[0] ** 0) * coefficient
    return fmpz_poly([int(c.to_fraction()) for c in total.charpoly()])


def check_factors(A):
    """The factors have, together, the characteristic polynomials of the module: so the sum of dimensions is n."""
    factors = composition_factors(A)
    assert sum(f.dimension * f.multiplicity for f in factors) == len(A.states)
    draw = np.random.default_rng(1)
    module = [ExactMatrix.permutation(column) for column in A.table.T.tolist()]
    for _ in range(3):
        words = [draw.integers(len(A.letters), size=4).tolist() for _ in range(3)]
        element = [(int(draw.integers(1, 5)), word) for word in words]
        parts = fmpz_poly([1])
        for f in factors:
            assert {matrix.shape for matrix in f.matrices} == {(f.dimension, f.dimension)}
            parts *= characteristic_polynomial(f.matrices, element) ** f.multiplicity
        assert parts == characteristic_polynomial(module, element)
    trivial = [f for f in factors if f.trivial]
    assert len(trivial) == 1  # the sum of coordinates never changes
    assert all(matrix.is_identity for matrix in trivial[0].matrices)
    return factors


def test_groups_on_points():
    assert shape(Automaton.modular_addition(3)) == [(1, 1), (2, 1)]
    assert shape(Automaton.word_problem(SymmetricGroup(3), "generators", track="point")) == [(1, 1), (2, 1)]
    assert shape(Automaton.modular_addition(12)) == [(1, 1), (1, 1), (2, 1), (2, 1), (2, 1), (4, 1)]


GROUPS = [
    SymmetricGroup(4), DihedralGroup(15), AlternatingGroup(5), direct_product(SymmetricGroup(3), SymmetricGroup(3)),
    QuaternionGroup(8), QuaternionGroup(12), direct_product(QuaternionGroup(8), CyclicGroup(3)),
]  # fmt: skip


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"order {group.order}, degree {group.degree}")
def test_regular_modules_have_the_rational_irreps_of_the_group(group):
    """Each occurs as often as its degree over its endomorphism algebra says: Σ multiplicity · dimension = order."""
    factors = check_factors(Automaton.word_problem(group, "generators"))
    assert [f.irreducible for f in factors] == [True] * len(factors)
    assert [f.dimension for f in factors] == sorted(rho.degree for rho in group.irreps("rational"))
    # Multiplicity × dim End = dimension, dim End from ⟨χ, χ⟩.
    for f in factors:
        matrices = dict(zip(group.generators, f.matrices, strict=True))
        images = {group.identity: f.matrices[0] ** 0}
        queue = [group.identity]
        for g in queue:
            for s, matrix in matrices.items():
                if s * g not in images:
                    images[s * g] = matrix @ images[g]
                    queue.append(s * g)
        norm = sum((images[g].trace() * images[g.inverse()].trace()).to_fraction() for g in group.elements)
        assert f.multiplicity * norm == f.dimension * group.order


def test_quaternions_are_one_factor_with_a_skew_field_of_endomorphisms():
    factors = composition_factors(Automaton.word_problem(QuaternionGroup(8), "generators"))
    assert [(f.dimension, f.multiplicity, f.irreducible) for f in factors] == [(1, 1, True)] * 4 + [(4, 1, True)]


def test_a_skew_field_over_a_larger_centre_is_left_undecided():
    factors = check_factors(Automaton.word_problem(QuaternionGroup(16), "generators"))
    assert [(f.dimension, f.multiplicity, f.irreducible) for f in factors[-2:]] == [(2, 2, True), (8, 1, None)]


def quaternion_module(a, b):
    """Multiplication from the left by i and j, i² = a, j² = b, in the basis 1, i, j, ij."""
    i = fmpz_mat([[0, a, 0, 0], [1, 0, 0, 0], [0, 0, 0, a], [0, 0, 1, 0]])
    j = fmpz_mat([[0, 0, b, 0], [0, 0, 0, -b], [1, 0, 0, 0], [0, -1, 0, 0]])
    one = i**0
    assert (i * i, j * j, i * j) == (one * a, one * b, j * i * -1)
    return [i, j]


@pytest.mark.parametrize(("a", "b"), [(-1, -1), (-1, 3), (2, 3), (-2, -5)])
def test_skew_fields_of_dimension_four(a, b):
    answer = _meataxe(quaternion_module(a, b), np.random.default_rng(0))
    assert (answer.submodule, answer.irreducible) == (None, True)


@pytest.mark.parametrize(("a", "b"), [(-1, 2), (-1, 5), (17, -1), (1, 1), (-7, 11), (21, -5), (13, -3)])
def test_split_quaternions_are_matrices(a, b):
    """Where a x² + b y² = z² has a solution; the module is then the sum of two isomorphic ones of dimension 2."""
    module = quaternion_module(a, b)
    answer = _meataxe(module, np.random.default_rng(0))
    assert answer.submodule.nrows() == 2
    for part in _split(module, answer.submodule):
        i, j = part
        assert [i.nrows(), i.ncols()] == [2, 2]
        assert i * i == (i**0) * a
        assert j * j == (j**0) * b
        assert _meataxe(part, np.random.default_rng(0)).irreducible


def scrambled(i, j):
    """A basis of the algebra of i and j in which no element is pure."""
    one = i**0
    return [one + i + j, i * 2 - j + i * j, one * 3 + j, i * j - one * 2 + i]


@pytest.mark.parametrize(("a", "b"), [(-1, -1), (-1, 3), (2, 3), (-2, -5), (2, -3)])
def test_quaternion_algebras_without_zero_divisors(a, b):
    assert _quaternion(scrambled(*quaternion_module(a, b))) == (True, None)


@pytest.mark.parametrize(("a", "b"), [(-1, 2), (17, -1), (-7, 11), (21, -5), (2, 7)])
def test_quaternion_algebras_with_zero_divisors(a, b):
    skew, divisor = _quaternion(scrambled(*quaternion_module(a, b)))
    assert not skew
    assert divisor.rank() == 2


def test_a_prime_that_hides_vectors_is_replaced():
    turn = [fmpz_mat([[0, 0, 1], [1, 0, 0], [0, 1, 0]])]
    assert _spin(turn, [11, 0, 0], prime=11)[0].rank() == 3  # the vector is zero modulo 11
    assert _spin(turn, [12, 1, 1], prime=11)[0].rank() == 3  # modulo 11 it is fixed
    assert _spin(turn, [1, 1, 1], prime=11)[0].tolist() == [[1, 1, 1]]


def test_a_zero_divisor_splits_a_module(monkeypatch):
    monkeypatch.setattr("bistate.theory.automata.meataxe._PAIRS", 0)  # none is found by trying
    module = quaternion_module(-7, 11)
    whole = _Answer(None, True, [(0, [0])], fmpz_poly([0, 1]), [1, 0, 0, 0])  # 0 kills everything
    rows = _by_endomorphisms(module, whole).submodule
    assert rows.nrows() == 2
    for matrix in module:
        moved = rows * matrix.transpose()
        assert fmpz_mat(rows.tolist() + moved.tolist()).rank() == 2


def test_a_skew_field_of_endomorphisms_is_no_proof_alone():
    """Triangular matrices: only scalars commute with them, a vector generates, a functional too, and e_1 is fixed."""
    module = [fmpz_mat([[1, 0], [0, 0]]), fmpz_mat([[0, 1], [0, 0]])]
    whole = _Answer(None, True, [(0, [0])], fmpz_poly([0, 1]), [0, 1])  # 0 kills everything
    assert _by_endomorphisms(module, whole).irreducible is None
    assert _meataxe(module, np.random.default_rng(0)).submodule is not None


def test_resets_and_full_transformations():
    factors = check_factors(FLIP_FLOP)
    assert [(f.dimension, f.multiplicity, f.trivial) for f in factors] == [(1, 1, True), (1, 1, False)]
    assert [matrix[0, 0] for matrix in factors[1].matrices] == [1, 0, 0]  # "set" and "reset" forget
    for n in (3, 4, 5):
        assert shape(full_transformations(n)) == [(1, 1), (n - 1, 1)]
    resets = Automaton(range(4), range(4), [list(range(4))] * 4, 0)
    factors = check_factors(resets)
    assert [(f.multiplicity, f.trivial) for f in factors] == [(1, True), (3, False)]
    assert all(matrix.is_zero for matrix in factors[1].matrices)


def test_triangular_modules_have_factors_of_dimension_one():
    n = 6  # no step leads down
    steps = [[q + (q == i) for i in range(n - 1)] for q in range(n)]
    factors = check_factors(Automaton(range(n), range(n - 1), steps, 0))
    assert [(f.dimension, f.multiplicity) for f in factors] == [(1, 1)] * n
    rows = {tuple(matrix[0, 0].to_fraction() for matrix in f.matrices) for f in factors}
    assert rows == {tuple(int(i != q) for i in range(n - 1)) for q in range(n)}


@pytest.mark.parametrize("seed", range(12))
def test_random_maps(seed):
    factors = check_factors(Automaton.random(3 + seed, 2 + seed % 2, seed=seed))
    assert all(f.irreducible for f in factors)
    # Distinct factors are not isomorphic: some short word has different traces.
    words = [w for length in range(1, 5) for w in product(range(len(factors[0].matrices)), repeat=length)]
    traces = [
        tuple(reduce(lambda p, x: f.matrices[x] @ p, w[1:], f.matrices[w[0]]).trace() for w in words) for f in factors
    ]
    assert len(set(traces)) == len(factors)


def test_thirty_states():
    A = Automaton.random(30, 2, seed=3)
    factors = check_factors(A)
    assert [(f.dimension, f.multiplicity, f.irreducible) for f in factors] == [
        (1, 1, True),
        (1, 1, True),
        (28, 1, True),
    ]
    with pytest.raises(TooLargeError, match=r"30 states, and composition factors are for 29: raise limit"):
        composition_factors(A, limit=29)
