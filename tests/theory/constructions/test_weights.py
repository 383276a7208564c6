"""Exact weights: every construction is proved, planted errors are refuted, nothing is lost on disk."""

import dataclasses
import json
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from bistate.groups import (
    AbelianGroup,
    AlternatingGroup,
    CyclicGroup,
    DihedralGroup,
    ExactMatrix,
    QuaternionGroup,
    RepresentationError,
    SymmetricGroup,
    direct_product,
)
from bistate.theory import Automaton, BilinearWeights, Rung, RungError, WeightsError, realize
from hypothesis import given, settings
from hypothesis import strategies as st

TASKS = {
    "C1": Automaton.modular_addition(1),
    "C2": Automaton.parity(),
    "C5": Automaton.modular_addition(5),
    "C6": Automaton.modular_addition(6),
    "C2xC4": Automaton.word_problem(AbelianGroup([2, 4])),
    "C2^3": Automaton.word_problem(AbelianGroup([2, 2, 2]), letters="generators"),
    "C3xC3 points": Automaton.word_problem(AbelianGroup([3, 3]), track="point"),
    "D4": Automaton.word_problem(DihedralGroup(4)),
    "D5 right": Automaton.word_problem(DihedralGroup(5), side="right"),
    "D6 points": Automaton.word_problem(DihedralGroup(6), track="point"),
    "S3": Automaton.word_problem(SymmetricGroup(3)),
    "S3 right": Automaton.word_problem(SymmetricGroup(3), side="right"),
    "S4 generators": Automaton.word_problem(SymmetricGroup(4), letters="generators"),
    "S4 points": Automaton.word_problem(SymmetricGroup(4), track="point", start=2),
    "map": Automaton.random(6, 3, seed=0),
    "regex": Automaton.from_regex("(ab|b)*a"),
    "arithmetic": Automaton.modular_arithmetic(3),
}


def weights_of(name, rung):
    try:
        return realize(TASKS[name], rung)
    except RungError:
        return None


@pytest.mark.parametrize("rung", ["full", "block", "rotation", "diagonal"])
@pytest.mark.parametrize("name", TASKS)
def test_whatever_is_realized_is_right_on_all_short_words(name, rung):
    """Brute force with nothing of `prove`: multiply out every short word and compare Fractions or balls."""
    A, w = TASKS[name], weights_of(name, rung)
    if w is None:
        assert rung != "full"
        return
    depth = 1
    while depth < 8 and len(A.letters) ** (depth + 1) < 300:
        depth += 1
    for length in range(depth + 1):
        for word in product(A.letters, repeat=length):
            logits = dict(zip(w.states, w.logits(word), strict=True))
            true = logits.pop(A.run(word))
            assert all(true > other for other in logits.values())


@pytest.mark.parametrize(
    ("name", "rungs"),
    [
        ("C1", {"full", "block", "rotation", "diagonal"}),
        ("C2", {"full", "block", "rotation", "diagonal"}),
        ("C5", {"full", "block", "rotation"}),
        ("C2^3", {"full", "block", "rotation", "diagonal"}),
        ("S3", {"full", "block"}),
        ("D6 points", {"full", "block"}),
        ("map", {"full", "block"}),
    ],
)
def test_which_rungs_do_which_task(name, rungs):
    assert {r for r in ("full", "block", "rotation", "diagonal") if weights_of(name, r) is not None} == rungs


@pytest.mark.parametrize(
    ("group", "blocks"),
    [
        (CyclicGroup(2), (1,)),
        (CyclicGroup(12), (2,)),
        (AbelianGroup([2, 3]), (2,)),
        (AbelianGroup([2, 4]), (2, 1)),
        (AbelianGroup([2, 2, 3]), (2, 1)),
        (AbelianGroup([4, 4, 2]), (2, 2, 1)),
        (AbelianGroup([3, 3, 2, 2]), (2, 2)),
        (DihedralGroup(7), (2,)),
        (DihedralGroup(6), (2,)),
        (SymmetricGroup(3), (2,)),
        (SymmetricGroup(4), (3,)),
        (SymmetricGroup(5), (4,)),
    ],
)
def test_least_blocks(group, blocks):
    """Theorem B's examples: C_m 2, D_n 2, S_3 2, S_4 3, S_5 4; abelian groups by invariant factors."""
    w = realize(Automaton.word_problem(group, letters="generators"), "block")
    assert w.blocks == blocks
    assert w.prove(Automaton.word_problem(group, letters="generators")).certificate.directions == group.order


def test_the_total_degree_is_least_and_not_the_number_of_irreps():
    """D_4 × C_2 has no faithful irrep: 2 + 1 separates, and so does 2 + 2, whatever comes first."""
    A = Automaton.word_problem(direct_product(DihedralGroup(4), CyclicGroup(2)))
    assert realize(A, "full").hidden_size == 3
    assert realize(A, "block").blocks == (2, 1)


@pytest.mark.parametrize(
    ("orders", "blocks"),
    [([2], (1,)), ([2, 3], (2,)), ([2, 4], (2, 1)), ([6, 10], (2, 1)), ([2, 2, 9], (2, 1)), ([4, 8], (2, 2))],
)
def test_rotation_uses_one_block_per_invariant_factor(orders, blocks):
    """A line for a factor 2, a plane for any other."""
    w = realize(Automaton.word_problem(AbelianGroup(orders), letters="generators"), "rotation")
    assert w.blocks == blocks


def test_rotations_are_rotations_and_real():
    w = realize(TASKS["C5"], "rotation")
    for matrix in w.transitions:
        assert matrix @ matrix.T == ExactMatrix.identity(2)
        assert matrix.is_real


@pytest.mark.parametrize(
    ("name", "rung", "message"),
    [
        ("S3", "rotation", "do not: from state"),
        ("S3", "diagonal", "commute"),
        ("C5", "diagonal", "letter 1 applied twice takes state 0 to 2"),
        ("map", "rotation", "do not: from state"),
        ("map", "householder", "merges the states"),
        ("C2", "positive", "letter 1 goes round a cycle through 0 and 1"),
        ("C2", "triangular", "'triangular' is not known"),
    ],
)
def test_a_rung_that_cannot_do_it_names_the_obstruction(name, rung, message):
    with pytest.raises(RungError, match=message):
        realize(TASKS[name], rung)


def test_block_size_is_respected():
    A = TASKS["S4 generators"]
    with pytest.raises(RungError, match="least block size is 3"):
        realize(A, "block", block_size=2)
    assert realize(A, "block", block_size=3).blocks == (3,)
    with pytest.raises(RungError, match="goes with rung 'block'"):
        realize(A, "full", block_size=3)


# --- prove ---


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_planted_errors_are_refuted_by_a_word_that_is_really_wrong(data):
    name = data.draw(st.sampled_from(["C5", "C2xC4", "D4", "S3", "S4 points", "map"]))
    rung = data.draw(st.sampled_from([r for r in ("full", "block", "rotation") if weights_of(name, r) is not None]))
    A, w = TASKS[name], weights_of(name, rung)
    letter = data.draw(st.integers(0, len(w.letters) - 1))
    i, j = (data.draw(st.integers(0, w.hidden_size - 1)) for _ in range(2))
    rows = w.transitions[letter].tolist()
    rows[i][j] = rows[i][j] + data.draw(st.sampled_from([Fraction(1), Fraction(-1), Fraction(1, 2)]))
    transitions = (*w.transitions[:letter], ExactMatrix(rows), *w.transitions[letter + 1 :])
    wrong = dataclasses.replace(w, transitions=transitions, blocks=(), rung="full")
    verdict = wrong.prove(A, limit=200)
    if verdict.refuted:
        logits = dict(zip(wrong.states, wrong.logits(verdict.witness), strict=True))
        true = logits.pop(A.run(verdict.witness))
        assert any(other >= true for other in logits.values())
        shorter = [w for n in range(min(len(verdict.witness), 3)) for w in product(A.letters, repeat=n)]
        assert all(wrong.predict(word) == A.run(word) for word in shorter)
    elif verdict.proved:  # an entry the orbit never uses, or one that changes no argmax: check it by force
        words = np.random.default_rng(0).integers(len(A.letters), size=(200, 12))
        truth = A.run_batch(words)
        assert (np.array([wrong._predict_slowly(word) for word in words.tolist()]) == truth).all()


def test_planted_errors_in_every_entry_of_the_s3_rotation_are_never_proved():
    A = TASKS["S3"]
    w = realize(A, "block")
    for letter, i, j in product(range(6), range(2), range(2)):
        rows = w.transitions[letter].tolist()
        rows[i][j] = rows[i][j] + 1
        transitions = (*w.transitions[:letter], ExactMatrix(rows), *w.transitions[letter + 1 :])
        wrong = dataclasses.replace(w, transitions=transitions)
        verdict = wrong.prove(A)
        assert verdict.refuted, verdict.reason
        logits = dict(zip(wrong.states, wrong.logits(verdict.witness), strict=True))
        true = logits.pop(A.run(verdict.witness))
        assert max(logits.values()) >= true  # wrong, or a tie


def test_scales_do_not_matter_and_negative_ones_do():
    A = TASKS["S3"]
    w = realize(A, "block")
    scaled = dataclasses.replace(w, transitions=tuple(m * Fraction(k + 2, 3) for k, m in enumerate(w.transitions)))
    assert scaled.prove(A).proved
    negated = dataclasses.replace(w, transitions=tuple(m * -1 for m in w.transitions))
    assert negated.prove(A).refuted


def test_a_tie_is_refuted():
    A = Automaton.parity()
    one = ExactMatrix.identity(1)
    tied = BilinearWeights((0, 1), (0, 1), (one, one), one, ExactMatrix([[1], [1]]))
    verdict = tied.prove(A)
    assert verdict.refuted
    assert verdict.witness == ()
    assert "not unique" in verdict.reason


def test_infinitely_many_directions_are_undecided_until_a_wrong_word_is_found():
    half = ExactMatrix([[1, 1], [0, 1]])  # a shear: directions (n, 1)
    always = BilinearWeights((0,), (0,), (half,), ExactMatrix.column([0, 1]), ExactMatrix([[0, 1]]))
    verdict = always.prove(
        Automaton(["only"], [0], [[0]], "only") if False else Automaton([0], [0], [[0]], 0), limit=50
    )
    assert verdict.undecided
    assert "50" in verdict.reason
    with pytest.raises(TypeError, match="undecided"):
        bool(verdict)
    swapping = Automaton([0, 1], [0, 1], [[0, 1], [1, 0]], 0)
    late = BilinearWeights(
        (0, 1), (0, 1), (half, ExactMatrix.identity(2)), ExactMatrix.column([0, 1]), ExactMatrix([[0, 10], [1, 0]])
    )
    assert late.prove(swapping).witness == (1,)


def test_the_margin_is_exact():
    certificate = realize(TASKS["C6"], "rotation").prove(TASKS["C6"]).certificate
    assert certificate.directions == certificate.pairs == 6
    assert certificate.margin == Fraction(1, 2)  # 1 − cos(2π/6)


def test_predictions_in_batches_are_exact_and_agree_with_the_slow_ones():
    for name in ("C5", "S4 points", "map"):
        A, w = TASKS[name], realize(TASKS[name], "full")
        words = np.random.default_rng(1).integers(len(A.letters), size=(50, 30))
        assert (w.predict_batch(words) == A.run_batch(words)).all()
        assert [w._predict_slowly(word) for word in words[:5].tolist()] == A.run_batch(words[:5]).tolist()


def test_the_empty_word_is_the_start_state():
    for name in TASKS:
        assert realize(TASKS[name]).predict([]) == TASKS[name].start


# --- form and files ---


@pytest.mark.parametrize("name", TASKS)
def test_json_round_trip_is_lossless(name, tmp_path):
    w = realize(TASKS[name], "full" if weights_of(name, "block") is None else "block")
    w.save(tmp_path / "w.json")
    assert BilinearWeights.load(tmp_path / "w.json") == w
    assert [p.name for p in tmp_path.iterdir()] == ["w.json"]


def test_broken_files_are_refused(tmp_path):
    path = tmp_path / "w.json"
    realize(TASKS["S3"], "block").save(path)
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    with pytest.raises(WeightsError, match="not complete JSON"):
        BilinearWeights.load(path)
    data = json.loads(text)
    del data["readout"]
    path.write_text(json.dumps(data))
    with pytest.raises(WeightsError, match="readout"):
        BilinearWeights.load(path)
    path.write_text(json.dumps({**json.loads(text), "initial": [["one"], ["0"]]}))
    with pytest.raises(WeightsError, match="one"):
        BilinearWeights.load(path)
    with pytest.raises(WeightsError, match="nowhere"):
        BilinearWeights.load(tmp_path / "nowhere.json")


def test_a_label_that_cannot_be_saved_leaves_no_file(tmp_path):
    one = ExactMatrix.identity(1)
    odd = BilinearWeights((frozenset(),), ("q",), (one,), one, one)
    with pytest.raises(WeightsError, match="frozenset"):
        odd.save(tmp_path / "w.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial": ExactMatrix.column([1, 0, 0])}, "shape"),
        ({"readout": ExactMatrix.identity(2)}, "readout"),
        ({"letters": ("a", "a", "b", "c", "d", "e")}, "all different"),
        ({"blocks": (1, 1)}, "outside the blocks"),
        ({"blocks": (3,)}, "add up"),
        ({"rung": "fool"}, "fool"),
    ],
)
def test_malformed_weights_are_refused(change, message):
    w = realize(TASKS["S3"], "block")
    with pytest.raises((WeightsError, RungError), match=message):
        dataclasses.replace(w, **change)


def test_complex_weights_are_refused():
    from bistate.groups import E

    one = ExactMatrix.identity(1)
    with pytest.raises(WeightsError, match="not real"):
        BilinearWeights(("a",), ("q",), (ExactMatrix([[E(3)]]),), one, one)


def test_alphabets_have_to_agree():
    with pytest.raises(WeightsError, match="letters"):
        realize(TASKS["C5"]).prove(TASKS["C6"])
    with pytest.raises(WeightsError, match="letter 9 at position 1"):
        realize(TASKS["C5"]).predict([0, 9])


def test_prove_matches_labels_not_positions():
    A = TASKS["C5"]
    w = realize(A, "rotation")
    order = [3, 1, 4, 0, 2]
    shuffled = dataclasses.replace(
        w,
        letters=tuple(w.letters[k] for k in order),
        transitions=tuple(w.transitions[k] for k in order),
        states=tuple(w.states[k] for k in order),
        readout=w.readout.submatrix(order, range(2)),
    )
    assert shuffled.prove(A).proved


def test_rung_names_are_plain_text():
    assert realize(TASKS["S3"], Rung.BLOCK).rung == "block"


def test_groups_without_irreps_say_so():
    for group in (AlternatingGroup(5), QuaternionGroup()):
        A = Automaton.word_problem(group, letters="generators")
        assert realize(A, "full").prove(A).proved
        try:
            weights = realize(A, "block")
        except RepresentationError as error:
            assert str(group) in str(error)  # noqa: PT017
        else:
            assert weights.prove(A).proved


def test_the_start_has_the_name_it_has_everywhere():
    weights = realize(Automaton.parity(), "diagonal")
    assert weights.start == weights.initial
    assert weights.start.shape == (weights.hidden_size, 1)
