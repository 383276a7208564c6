"""The ladder: rows, certificates both ways, and the weights behind every size."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import product
from math import inf

import numpy as np
import pytest
from bistate.groups import (
    AbelianGroup,
    AlternatingGroup,
    CyclicGroup,
    DihedralGroup,
    ExactMatrix,
    PermutationGroup,
    QuaternionGroup,
    SymmetricGroup,
    direct_product,
    named_group,
)
from bistate.theory import (
    Automaton,
    AutomatonError,
    BilinearWeights,
    CPFactors,
    HouseholderFactors,
    RungError,
    WeightsError,
    as_reflections,
    averaged,
    classify,
    decision_margin,
    direct_sum,
    group_task_of,
    kernel_projection,
    numerical_horizon,
    quaternion_weights,
    realize,
)
from bistate.theory.constructions.irrep_weights import representations
from bistate.theory.constructions.two_transitive import is_two_transitive
from bistate.theory.ladder.two_transitive_rows import two_transitive_rows
from bistate.theory.separation.abelian_tasks import character_turn
from bistate.theory.separation.cp_bounds import letter_span
from bistate.theory.separation.exact_cover import bottleneck_cover, cheapest_cover, reduce_points
from bistate.theory.separation.task_irreps import eigenvalues, real_ranks, task_irreps
from bistate.theory.weights.factors import reflection
from hypothesis import given, settings
from hypothesis import strategies as st

S3, S4, S5 = SymmetricGroup(3), SymmetricGroup(4), SymmetricGroup(5)
A4, A5 = AlternatingGroup(4), AlternatingGroup(5)
Q8 = QuaternionGroup()


def transpositions(group):
    return [g for g in group.elements if g.order == 2 and sum(i != p for i, p in enumerate(g)) == 2]


TASKS = {
    "C1": Automaton.modular_addition(1),
    "C2": Automaton.parity(),
    "C5": Automaton.modular_addition(5),
    "C5 generators": Automaton.word_problem(CyclicGroup(5), letters="generators"),
    "C12": Automaton.modular_addition(12),
    "C2xC2 generators": Automaton.word_problem(AbelianGroup([2, 2]), letters="generators"),
    "C2xC4": Automaton.word_problem(AbelianGroup([2, 4])),
    "C6 points": Automaton.word_problem(AbelianGroup([2, 3]), track="point"),
    "S3": Automaton.word_problem(S3),
    "S3 right": Automaton.word_problem(S3, side="right"),
    "S3 points": Automaton.word_problem(S3, track="point"),
    "D4": Automaton.word_problem(DihedralGroup(4)),
    "Q8": Automaton.word_problem(Q8),
    "Q8 generators": Automaton.word_problem(Q8, letters="generators"),
    "A4": Automaton.word_problem(A4),
    "A4 generators right": Automaton.word_problem(A4, letters="generators", side="right"),
    "S4 points": Automaton.word_problem(S4, track="point"),
    "S4 transpositions": Automaton.word_problem(S4, letters=transpositions(S4)),
    "SL(2,3)": Automaton.word_problem(named_group("SL(2,3)")),
    "C3:C4": Automaton.word_problem(PermutationGroup([[1, 2, 0, 3, 4, 5, 6], [0, 2, 1, 4, 5, 6, 3]])),
    "A5 generators": Automaton.word_problem(A5, letters="generators"),
    "C3 on 2 letters": Automaton([0, 1, 2], ["a", "b"], [[1, 1], [2, 2], [0, 0]], 0),  # letters act alike
}
RUNGS = (
    "positive",
    "diagonal",
    "rotation",
    "block",
    "householder",
    "householder_per_head",
    "monomial",
    "cp",
    "full",
)
SIZES = {
    "positive": lambda w: w.hidden_size,
    "diagonal": lambda w: w.hidden_size,
    "rotation": lambda w: w.hidden_size,
    "block": lambda w: max(w.blocks),
    "householder": lambda w: w.factors.count,
    "householder_per_head": lambda w: w.factors.count,
    "monomial": lambda w: w.hidden_size,
    "cp": lambda w: w.factors.rank,
    "full": lambda w: w.hidden_size,
}


# --- certificates both ways ---


@pytest.mark.parametrize("name", TASKS)
def test_every_upper_bound_is_a_proved_set_of_weights_of_that_size_and_family(name):
    A = TASKS[name]
    ladder = classify(A)
    assert tuple(ladder)[: len(RUNGS)] == RUNGS
    for rung in RUNGS:
        row = ladder[rung]
        if row.size is None:
            with pytest.raises(RungError, match="cannot do this task"):
                realize(A, rung)
            with pytest.raises(RungError, match="there are no weights"):
                _ = row.weights
            continue
        w = row.weights
        assert w.prove(A).proved
        assert SIZES[rung](w) == row.upper.size
        assert row.lower.size <= row.upper.size
        check_family(w, rung)


def check_family(w: BilinearWeights, rung: str) -> None:
    """That transitions are of the family, without the code that built them."""
    for k, matrix in enumerate(w.transitions):
        floats = matrix.to_numpy(float)
        if rung in ("positive", "diagonal"):
            assert (floats == np.diag(np.diag(floats))).all()
            assert rung == "diagonal" or (np.diag(floats) > 0).all()
        if rung == "rotation":
            assert set(w.blocks) <= {1, 2}
            np.testing.assert_allclose(floats @ floats.T, np.eye(len(floats)), atol=1e-12)
        if rung == "monomial":
            assert ((floats != 0).sum(axis=0) == 1).all()
        if rung == "cp":
            assert isinstance(w.factors, CPFactors)
            left, letters, right = (m.to_numpy(float) for m in (w.factors.left, w.factors.letters, w.factors.right))
            np.testing.assert_allclose(left @ np.diag(letters[k]) @ right.T, floats, atol=1e-9)
        if rung.startswith("householder"):
            assert isinstance(w.factors, HouseholderFactors)
            assert len(w.factors.vectors[k]) == (1 if rung == "householder" else len(w.blocks))
            assert w.factors.total >= np.linalg.matrix_rank(floats - np.eye(len(floats)))


@pytest.mark.parametrize("name", TASKS)
def test_lower_bounds_are_confirmed_by_enumeration(name):
    for row in classify(TASKS[name]).values():
        if row.lower.costs and row.size is not None:
            assert row.lower.recheck().proved, row


def test_the_recheck_can_refute():
    row = classify(TASKS["S3"])["full"]
    too_high = dataclasses.replace(row.lower, size=3)
    assert too_high.recheck().refuted
    blocks = dataclasses.replace(classify(TASKS["Q8"])["block"].lower, size=5)
    assert blocks.recheck().refuted
    loads = dataclasses.replace(classify(TASKS["S4 transpositions"])["householder"].lower, size=2)
    assert loads.recheck().refuted
    assert classify(TASKS["S3"])["monomial"].lower.recheck().undecided


# --- published values ---


@pytest.mark.parametrize(
    ("group", "letters", "one_head"), [(S3, "all", 2), (S4, "all", 2), (A5, "all", 2), (S5, "all", 4)]
)
def test_published_householder_counts(group, letters, one_head):
    """DeltaProduct, arXiv:2502.10297."""
    ladder = classify(Automaton.word_problem(group, letters=letters))
    assert ladder["householder"].size == ladder["householder_per_head"].size == one_head


@pytest.mark.parametrize("group", [S3, S4, S5])
def test_transpositions_need_one_reflection(group):
    ladder = classify(Automaton.word_problem(group, letters=transpositions(group)))
    assert ladder["householder"].size == ladder["householder_per_head"].size == 1


@pytest.mark.parametrize(
    ("name", "degree"), [("S3", 2), ("S4", 3), ("A5", 3), ("S5", 4), ("A6", 5), ("Q8", 4), ("C7", 2), ("C2xC2", 2)]
)
def test_published_least_degrees(name, degree):
    """Recruited ranks, arXiv:2609.12259."""
    assert classify(Automaton.word_problem(named_group(name)))["full"].size == degree


def test_one_head_adds_ranks_and_heads_do_not():
    ladder = classify(Automaton.word_problem(AbelianGroup([2, 2])))
    assert (ladder["householder"].size, ladder["householder_per_head"].size) == (2, 1)


@pytest.mark.parametrize(
    ("orders", "rank"), [([2], 1), ([3], 3), ([2, 2], 2), ([2, 4], 4), ([5, 5], 6), ([2, 2, 3], 4), ([8], 3)]
)
def test_cp_rank_of_abelian_groups_is_r_plus_2s(orders, rank):
    """Alder and Strassen: R^b × C^a has rank b + 3a."""
    assert classify(Automaton.word_problem(AbelianGroup(orders)))["cp"].size == rank


@pytest.mark.parametrize(
    "automaton", [TASKS["C5"], TASKS["C2xC4"], TASKS["S3 right"], TASKS["SL(2,3)"], TASKS["S4 points"]]
)
def test_ranks_and_eigenvalues_of_characters_are_those_of_the_matrices(automaton):
    data = task_irreps(group_task_of(automaton))
    for v in data.irreps:
        w = None
        for g in data.group.elements[:8]:
            found = eigenvalues(data, v, g)
            assert sum(found) == v.degree
            assert real_ranks(data, v, [g]) == (v.degree - found[0],)
            if not data.group.is_abelian:
                w = w or representations(data, [v])[0]
                expected = np.sort_complex(np.round(np.linalg.eigvals(w(g).to_numpy(float)), 6))
                angles = np.repeat(np.arange(g.order), found) / g.order
                np.testing.assert_allclose(
                    np.sort_complex(np.round(np.exp(2j * np.pi * angles), 6)), expected, atol=1e-4
                )
            else:
                angle = character_turn(data, v, g)
                assert found[int(angle * g.order)] >= 1


def test_letters_that_are_half_turns_apart_span_a_line():
    """In C_12 the letters 1 and 7 differ by a half turn: their matrices are ±R."""
    group = CyclicGroup(12)
    one = group.generators[0]
    data = task_irreps(group_task_of(Automaton.word_problem(group, letters=[one, one**7])))
    faithful = next(v for v in data.irreps if v.degree == 2 and v.stuck.bit_count() == 1)
    assert letter_span(data, faithful) == 1
    other = task_irreps(group_task_of(Automaton.word_problem(group, letters=[one, one**6])))
    assert letter_span(other, next(v for v in other.irreps if v.degree == 2 and v.stuck.bit_count() == 1)) == 2


@pytest.mark.parametrize(
    ("name", "size"),
    [("S3", 4), ("S4", 9), ("A5", 9), ("D4", 4), ("Q8", 8), ("SL(2,3)", 8), ("SL(2,5)", 8), ("S5", 16)],
)
def test_cp_rank_of_matrix_and_quaternion_algebras(name, size):
    """d² for M_d(R) acting on columns, 8 for quaternions (Howell and Lafon)."""
    assert classify(Automaton.word_problem(named_group(name)))["cp"].size == size


@pytest.mark.parametrize(
    ("name", "letters", "size"),
    [("S3", "generators", 2), ("S4", "generators", 4), ("Q8", "generators", 6), ("C5", "generators", 2)],
)
def test_cp_rank_of_pencils(name, letters, size):
    """Two letters: the size plus the largest multiplicity of an eigenvalue that is not real (JáJá)."""
    assert classify(Automaton.word_problem(named_group(name), letters=letters))["cp"].size == size


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("C2", 1),
        ("C3", 3),
        ("C4", 2),
        ("C5", 5),
        ("C6", 3),
        ("C8", 4),
        ("C2xC2", 2),
        ("S3", 3),
        ("S4", 3),
        ("S5", 5),
        ("A5", 5),
        ("Q8", 4),
        ("D5", 5),
    ],
)
def test_monomial_sizes(name, size):
    """Signs halve cycles of even length: C_4 takes 2 units, and C_6 takes 3. S_4 is the rotation group of the cube."""
    assert classify(Automaton.word_problem(named_group(name)))["monomial"].size == size


def test_orders_of_a_thousand():
    ladder = classify(Automaton.word_problem(CyclicGroup(1000)))
    assert (ladder["rotation"].size, ladder["cp"].size, ladder["householder"].size) == (2, 3, 2)
    ladder = classify(Automaton.word_problem(direct_product(CyclicGroup(8), S5), letters="generators"))
    assert (ladder["full"].size, ladder["block"].size) == (6, 4)


# --- the options of realize ---


def test_too_few_is_refused_with_what_is_needed():
    A = TASKS["Q8"]
    with pytest.raises(RungError, match=r"block_size=3 cannot do this task.*least block size is 4"):
        realize(A, "block", block_size=3)
    with pytest.raises(RungError, match=r"reflections=3 .*needs 4, and at least 4 are necessary"):
        realize(A, "householder", reflections=3)
    with pytest.raises(RungError, match="reflections=3 "):
        realize(A, "householder_per_head", reflections=3)
    with pytest.raises(RungError, match=r"rank=7 is too small.*need 8; at least 8 are necessary"):
        realize(A, "cp", rank=7)
    for rung, option in (("full", "rank"), ("cp", "block_size"), ("block", "reflections")):
        with pytest.raises(RungError, match=f"{option}=3 goes with"):
            realize(A, rung, **{option: 3})
    with pytest.raises(RungError, match="rank=-1 has to be"):
        realize(A, "cp", rank=-1)


def test_a_larger_rank_is_padded():
    w = realize(TASKS["Q8"], "cp", rank=11)
    assert w.factors.rank == 11
    assert w.prove(TASKS["Q8"]).proved


def test_factors_are_dropped_by_a_copy_with_other_transitions(tmp_path):
    w = realize(TASKS["S3"], "householder")
    assert w.factors is not None
    assert w.form is not None
    doubled = dataclasses.replace(w, transitions=tuple(m * 2 for m in w.transitions))
    assert doubled.factors is None
    assert doubled.form is None
    with pytest.raises(WeightsError, match="no invariant form"):
        doubled.orthogonal()


@pytest.mark.parametrize("rung", ["householder", "householder_per_head", "cp", "monomial", "full"])
def test_factors_and_forms_survive_a_file(tmp_path, rung):
    w = realize(TASKS["SL(2,3)"], rung)
    w.save(tmp_path / "w.json")
    assert BilinearWeights.load(tmp_path / "w.json") == w


def test_orthogonal_coordinates_are_orthogonal_and_track():
    A = TASKS["A4"]
    transitions, initial, readout = realize(A, "full").orthogonal()
    np.testing.assert_allclose(
        transitions @ transitions.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (12, 3, 3)), atol=1e-12
    )
    for word in product(range(12), repeat=2):
        h = initial
        for k in word:
            h = transitions[k] @ h
        assert A.states[int((readout @ h).argmax())] == A.run([A.letters[k] for k in word])


# --- reflections ---


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_an_isometry_is_a_product_of_rank_many_reflections(seed, size):
    draw = np.random.default_rng(seed)
    root = ExactMatrix(draw.integers(-3, 4, size=(size, size)).tolist()) + ExactMatrix.identity(size) * 7
    form = root.T @ root
    isometry = ExactMatrix.identity(size)
    for _ in range(int(draw.integers(0, size + 2))):
        vector = draw.integers(-2, 3, size=size)
        if vector.any():
            isometry = isometry @ reflection(ExactMatrix.column(vector.tolist()), form)
    vectors = as_reflections(isometry, form)
    assert vectors.shape[1] == (isometry - ExactMatrix.identity(size)).rank()
    multiplied = ExactMatrix.identity(size)
    for j in range(vectors.shape[1]):
        multiplied = multiplied @ reflection(vectors.submatrix(range(size), [j]), form)
    assert multiplied == isometry


# --- covers ---


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 2**7 - 1)), min_size=1, max_size=8))
def test_covers_are_least_against_all_subsets(options):
    stuck = [mask | 1 for _, mask in options]
    problem = reduce_points(stuck, 7, 0)
    costs = [cost for cost, _ in options]
    loads = np.array([[cost, (mask * 7) % 4, mask % 3] for cost, mask in options], dtype=np.int64)
    covers = []
    for chosen in product([False, True], repeat=len(options)):
        used = [i for i, keep in enumerate(chosen) if keep]
        left = 2**7 - 1
        for i in used:
            left &= stuck[i]
        if left == 1 and used:
            covers.append(used)
    if not covers:
        assert problem is None
        return
    cheapest, bottleneck = cheapest_cover(costs, problem), bottleneck_cover(loads, problem)
    assert cheapest.exact
    assert cheapest.cost == min(sum(costs[i] for i in used) for used in covers)
    assert list(cheapest.chosen) in covers
    assert bottleneck.exact
    assert bottleneck.cost == min(int(loads[used].sum(axis=0).max()) for used in covers)


def test_a_search_cut_short_gives_an_interval():
    stuck = [(2**21 - 1) ^ (0b111 << (1 + 2 * i)) for i in range(10)]
    problem = reduce_points(stuck, 21, 0)
    cut = cheapest_cover([3] * 10, problem, limit=1)
    assert cut.lower <= cheapest_cover([3] * 10, problem).cost <= cut.cost


# --- the averaging lemma ---


@pytest.mark.parametrize("name", ["C5", "S3", "S3 points", "A4", "Q8 generators", "C2xC4"])
@pytest.mark.parametrize("rung", ["full", "monomial", "block"])
def test_averages_track_and_are_representations_of_the_task_group(name, rung):
    A = TASKS[name]
    w = averaged(realize(A, rung), A)
    assert w.prove(A).proved
    assert w.hidden_size >= classify(A)["full"].size
    assert kernel_projection(w, A).is_identity


@settings(max_examples=25)
@given(st.lists(st.sampled_from([1, -1]), min_size=6, max_size=6), st.integers(1, 5))
def test_a_tracker_with_a_superfluous_cover_is_averaged_to_the_task(signs, weight):
    """S_3 ⊕ a sign for each letter: unless the signs are a character, words that fix every state change the unit."""
    A = TASKS["S3"]
    w = realize(A, "full")
    pairs = zip(w.transitions, signs, strict=True)
    transitions = tuple(ExactMatrix.block_diagonal([m, ExactMatrix([[s]])]) for m, s in pairs)
    readout = ExactMatrix.hstack([w.readout, ExactMatrix([[Fraction(k * weight, 10**6)] for k in range(6)])])
    initial = ExactMatrix.vstack([w.initial, ExactMatrix([[1]])])
    larger = BilinearWeights(A.letters, A.states, transitions, initial, readout)
    assert larger.prove(A).proved
    small = averaged(larger, A)
    character = all(
        signs[A.letter_index(x * y)] == signs[A.letter_index(x)] * signs[A.letter_index(y)]
        for x in A.letters
        for y in A.letters
    )
    assert small.hidden_size == (3 if character else 2)
    assert small.prove(A).proved
    assert kernel_projection(small, A).is_identity


def test_the_quaternion_solution_and_why_it_is_no_linear_readout():
    A = Automaton.word_problem(A5, letters="generators")
    found = quaternion_weights(A)
    assert found.prove(A).proved
    assert found.weights.hidden_size == 4
    assert classify(A)["quaternion"].size == 2  # complex units
    assert classify(A)["full"].size == 3
    assert kernel_projection(found.weights, A).is_zero
    for word in product(A.letters, repeat=4):
        assert found.predict(word) == A.run(word)


def test_each_quaternion_letter_is_one_complex_reflection_up_to_a_phase():
    """R⁴ = C² by a + bi + cj + dk = (a + bi) + j(c − di): left multiplication is a matrix U with rank(cU − 1) = 1."""
    found = quaternion_weights(Automaton.word_problem(A4))
    for matrix in found.weights.transitions:
        real = matrix.to_numpy(float)
        one, j = real[:, 0], real[:, 2]
        U = np.array([[q[0] + 1j * q[1], q[2] - 1j * q[3]] for q in (one, j)]).T
        v = np.array([0.3, -0.5, 0.7, 0.2])  # that U is the matrix, on some vector
        image, z = real @ v, np.array([v[0] + 1j * v[1], v[2] - 1j * v[3]])
        np.testing.assert_allclose(U @ z, [image[0] + 1j * image[1], image[2] - 1j * image[3]], atol=1e-12)
        phase = 1 / np.linalg.eigvals(U)[0]
        scalar = np.allclose(U, U[0, 0] * np.eye(2))
        assert np.linalg.matrix_rank(phase * U - np.eye(2), tol=1e-9) == (0 if scalar else 1)


def test_wrong_decoders_are_refuted():
    A = Automaton.word_problem(A4, letters="generators")
    found = quaternion_weights(A)
    swapped = (found.decoder[1], found.decoder[0], *found.decoder[2:])
    assert dataclasses.replace(found, decoder=swapped).prove(A).refuted
    wrong = dataclasses.replace(found, decoder=(*found.decoder[:-1], found.decoder[0]))
    verdict = wrong.prove(A)
    assert verdict.refuted
    words = (verdict.witness, verdict.witness[:-1])  # the last step goes wrong, or starts from a wrong state
    assert any(wrong.predict(word) != A.run(word) for word in words)


def test_the_quaternion_solution_is_for_polyhedral_groups_only():
    for A in (TASKS["S3"], TASKS["S4 points"], Automaton.random(5, 2)):
        with pytest.raises(RungError, match="quaternion solution"):
            quaternion_weights(A)
        assert "quaternion" not in classify(A)


# --- letters that merge states ---


@pytest.mark.parametrize(
    "automaton",
    [
        Automaton.random(8, 3, seed=1),
        Automaton.modular_arithmetic(3),
        Automaton.from_regex("(a|b)*abb"),
        Automaton.reset(5),
        Automaton.counter(3, reset=True, down=True),
        Automaton.reset(2).product(Automaton.modular_addition(3), letters="separate"),
    ],
    ids=["map", "arithmetic", "regex", "reset", "counter", "product"],
)
def test_merging_letters_have_intervals_with_proved_upper_ends(automaton):
    ladder = classify(automaton)
    for rung in ("block", "monomial", "cp", "full"):
        row = ladder[rung]
        assert row.weights.prove(automaton).proved
        assert SIZES[rung](row.weights) == row.upper.size
        assert row.lower.size <= row.upper.size < inf
        assert (row.label == "exact") == isinstance(row.size, int)


def test_subgroups_bound_from_below():
    """Modular arithmetic holds the affine group of order m(m−1) in a maximal subgroup: for m = 5 real degree 4."""
    ladder = classify(Automaton.modular_arithmetic(5))
    assert ladder["full"].lower.size == 4
    assert "uniform margin" in ladder["full"].scope


def test_resets_take_two_units():
    ladder = classify(Automaton.reset(7))
    assert ladder["full"].size == 2
    assert ladder["full"].label == "exact"


def test_one_rank_one_term_raises_a_flag():
    """A[a] = u zᵀ with u = e_2, z = e_1 + e_2 and h_0 = e_1: the start lies outside the span of the factors."""
    flag = Automaton([0, 1], ["a"], [[1], [1]], 0)
    row = classify(flag)["cp"]
    assert row.lower.size == 1
    raised = BilinearWeights(
        ("a",),
        (0, 1),
        (ExactMatrix([[0, 0], [1, 1]]),),
        ExactMatrix([[1], [0]]),
        ExactMatrix.identity(2),
        factors=CPFactors(ExactMatrix([[0], [1]]), ExactMatrix([[1]]), ExactMatrix([[1], [1]])),
    )
    assert raised.factors is not None
    assert raised.prove(flag).proved
    assert classify(Automaton.reset(2, keep=False))["cp"].lower.size == 2


def test_flags_are_diagonal_and_flags_with_a_cycle_are_rotations():
    flag = Automaton([0, 1], ["set", "wait"], [[1, 0], [1, 1]], 0)
    both = flag.product(Automaton.modular_addition(3), letters="separate")
    assert classify(flag)["diagonal"].size == 2
    assert realize(flag, "diagonal").prove(flag).proved
    assert classify(both)["diagonal"].size is None
    w = realize(both, "rotation")
    assert w.prove(both).proved
    assert sorted(w.blocks) == [1, 1, 2]


def test_what_commutes_and_has_no_cycles_is_left_open_for_positive_diagonals():
    ahead = Automaton.from_maps({"last": [2, 2, 2], "next": [1, 1, 2]})  # a level, but no letter adds one each time
    row = classify(ahead)["positive"]
    assert row.size == (2, inf)
    assert row.label == "conjectured"
    assert classify(Automaton.from_regex("(aa)*"))["positive"].size is None


def test_products_of_weights_track_products():
    first, second = Automaton.counter(2), Automaton.reset(3)
    for letters in ("separate", "shared"):
        second = Automaton.reset(3) if letters == "separate" else Automaton([0, 1], ["up"], [[1], [0]], 0)
        both = first.product(second, letters=letters)
        assert direct_sum(realize(first), realize(second), both).prove(both).proved
    with pytest.raises(AutomatonError, match="different letters"):
        first.product(Automaton.reset(3))
    with pytest.raises(AutomatonError, match="letters 'mixed'"):
        first.product(second, letters="mixed")


# --- many states ---


@pytest.mark.parametrize(
    "automaton",
    [
        Automaton.random(14, 2, "permutation"),
        Automaton.word_problem(SymmetricGroup(13), letters="generators", track="point"),
        Automaton.word_problem(SymmetricGroup(10), letters="generators", track="point"),
    ],
)
def test_two_transitive_letters_need_no_list_of_elements(automaton):
    ladder = classify(automaton)
    size = len(automaton.states)
    assert ladder["full"].size == ladder["block"].size == size - 1
    for rung in ("full", "householder", "cp", "monomial"):
        assert ladder[rung].weights.prove(automaton).proved
        assert SIZES[rung](ladder[rung].weights) == ladder[rung].upper.size


@pytest.mark.parametrize("group", [PermutationGroup([[*range(1, 13), 0], [0, 2, 4, 6, 8, 10, 12, 1, 3, 5, 7, 9, 11]])])
def test_two_transitive_rows_agree_with_the_characters(group):
    """The affine group of order 13 · 12 acts two-transitively on 13 points."""
    task = Automaton.word_problem(group, letters="generators", track="point")
    assert not is_two_transitive(task)  # its group is known and small
    A = Automaton(task.states, task.letters, task.table, task.start)
    assert is_two_transitive(A)
    short = {row.rung: row.size for row in two_transitive_rows(A)}
    data = task_irreps(group_task_of(A))
    from bistate.theory.ladder.group_rows import group_rows

    long = {row.rung: row.size for row in group_rows(A, data)}
    for rung in ("positive", "diagonal", "rotation", "block", "householder", "householder_per_head", "full"):
        assert short[rung] == long[rung], rung


def test_a_hundred_states_are_answered_with_intervals():
    ladder = classify(Automaton.random(100, 3))
    assert ladder["full"].size == (3, 100)
    assert ladder["positive"].size is None


# --- margins ---


@pytest.mark.parametrize(
    ("modulus", "squared"), [(2, 1), (3, Fraction(3, 4)), (4, Fraction(1, 2)), (6, Fraction(1, 4))]
)
def test_margins_of_cyclic_groups(modulus, squared):
    """Half the distance of neighbours on the circle: sin²(π/m)."""
    assert decision_margin(realize(Automaton.modular_addition(modulus), "full")).squared == squared


def test_the_margin_is_the_least_over_all_states_by_floats():
    w = realize(Automaton.word_problem(A4), "full")
    transitions, initial, _ = w.orthogonal()
    h = np.array([m @ initial for m in transitions])
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    distance = np.linalg.norm(h[:, None] - h[None], axis=2)
    assert decision_margin(w).value == pytest.approx(distance[distance > 1e-9].min() / 2)


def test_start_vectors_of_known_codes():
    """Best orbits: a regular hexagon for S_3 (d = 1); for Q_8 the 16-cell (d = √2)."""
    assert decision_margin(realize(TASKS["S3"], "full")).value == pytest.approx(0.5)
    assert decision_margin(realize(TASKS["Q8"], "full")).squared == Fraction(1, 2)


def test_numerical_horizons():
    S = TASKS["S3"]
    w = realize(S, "full")
    horizons = [numerical_horizon(w, dtype) for dtype in ("bfloat16", "float16", "float32", "float64")]
    assert horizons == sorted(horizons)
    assert 1 <= horizons[0] < horizons[3] < inf
    assert numerical_horizon(realize(S, "monomial"), "bfloat16") == inf
    with pytest.raises(WeightsError, match="dtype 'int8'"):
        numerical_horizon(w, "int8")


def test_the_numerical_horizon_is_kept_in_single_precision():
    """Random words as long as the bound says, in float32, all right."""
    A = Automaton.modular_addition(50)
    w = realize(A, "rotation")
    length = int(numerical_horizon(w, "float32"))
    assert length > 10_000
    transitions, initial, readout = (x.astype(np.float32) for x in w.to_numpy())
    words = np.random.default_rng(0).integers(50, size=(20, 3000))
    h = np.broadcast_to(initial, (20, 2)).copy()
    for column in words.T:
        h = np.einsum("bij,bj->bi", transitions[column], h)
    assert (np.argmax(h @ readout.T, axis=1) == words.sum(axis=1) % 50).all()


# --- bad input ---


def test_bad_input_is_named():
    with pytest.raises(AutomatonError, match="'A5' is no automaton"):
        classify("A5")
    with pytest.raises(AutomatonError, match="no word leads from"):
        Automaton([0, 1], ["a"], [[0], [1]], 0)
    with pytest.raises(AutomatonError, match="at least one letter"):
        Automaton([0], [], [[]], 0)
    with pytest.raises(AutomatonError, match="'c' is not a state"):
        Automaton(["a", "b"], ["x"], [[0], [1]], "c")
    with pytest.raises(RungError, match="rung 'triangular' is not on this ladder"):
        classify(TASKS["C2"])["triangular"]


def test_letters_that_act_alike_count_once():
    doubled, single = classify(TASKS["C3 on 2 letters"]), classify(Automaton([0, 1, 2], ["a"], [[1], [2], [0]], 0))
    assert {r: doubled[r].size for r in doubled} == {r: single[r].size for r in single}


def test_ladders_print_and_compare():
    ladder = classify(TASKS["S3"])
    assert "householder" in ladder
    assert len(ladder) == 12
    assert str(ladder).count("\n") == 14
    assert "full 2" in repr(ladder)
    assert str(ladder["full"]).startswith("full: 2 hidden units, exact")
