"""Stacks: what they compute, letter by letter; the proof, with planted errors; files."""

import dataclasses
import itertools
import json
import random
from fractions import Fraction

import numpy as np
import pytest
from bistate.groups import CyclicGroup, SymmetricGroup, named_group
from bistate.groups.arithmetic.exact_matrix import ExactMatrix
from bistate.theory import Automaton, BilinearWeights, RungError, StackedWeights, WeightsError, realize

TASKS = {
    "S3": Automaton.word_problem(SymmetricGroup(3)),
    "A4 by generators": Automaton.word_problem(named_group("A4"), letters="generators"),
    "A4 from the right": Automaton.word_problem(named_group("A4"), letters="generators", side="right"),
    "S4 on points": Automaton.word_problem(SymmetricGroup(4), letters="generators", track="point"),
    "S3 on 6 letters, from a table": Automaton.from_maps({"a": [1, 2, 0], "b": [1, 0, 2], "c": [0, 1, 2]}),
    "C12": Automaton.modular_addition(12),
    "C1": Automaton.word_problem(CyclicGroup(1)),
    "labels": Automaton.word_problem(SymmetricGroup(3)).with_outputs([0, 1, 1, 0, 0, 1]),
    "a subgroup": Automaton.word_problem(SymmetricGroup(4), letters=[(1, 2, 0, 3), (1, 0, 3, 2)]),
}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("layers", ["rotation", "block"])
def test_stacks_say_what_the_automaton_says(name, layers):
    A, draw = TASKS[name], random.Random(0)
    stack = realize(A, "stack", layers=layers)
    assert stack.prove(A).proved
    for length in (0, 1, 2, 30):
        word = draw.choices(A.letters, k=length)
        assert stack.predict(word) == (A.run(word) if A.outputs is None else A.output(word))


def signs_and_turns(word):
    """(sign, turn) of a product in S_3 by hand: r turns the triangle, s flips it, and after a flip r turns it back.

    Layer 1 counts the flips; layer 2 reads each r as +1 or −1 third of a turn, by the count before it.
    """
    flips, turn = 0, 0
    for x in word:
        if x == "s":
            flips ^= 1
        else:
            turn = (turn + (-1 if flips else 1)) % 3
    return flips, turn


def dihedral_by_hand():
    """A stack for S_3 = D_3 with the letters r and s, from its definition alone."""
    one, half = ExactMatrix.identity(1), ExactMatrix([[-1]])
    turn = {k: ExactMatrix([[0, -1], [1, -1]]) for k in (1,)} | {-1: ExactMatrix([[-1, 1], [-1, 0]])}  # ± a third
    stay = ExactMatrix.identity(2)
    first = BilinearWeights(("r", "s"), (0, 1), (one, half), one, ExactMatrix([[1], [-1]]), rung="diagonal")
    second = BilinearWeights(
        (("r", 0), ("r", 1), ("s", 0), ("s", 1)),
        (0, 1, 2),
        (turn[1], turn[-1], stay, stay),
        ExactMatrix.column([1, 0]),
        ExactMatrix([[2, -1], [-1, 2], [-1, -1]]),
        form=ExactMatrix([[2, -1], [-1, 2]]),
    )
    states = tuple((f, t) for f in range(2) for t in range(3))
    return StackedWeights(("r", "s"), states, (first, second), states)


def dihedral_task():
    states = [(f, t) for f in range(2) for t in range(3)]
    table = [[states.index((f, (t + (-1 if f else 1)) % 3)), states.index((1 - f, t))] for f, t in states]
    return Automaton(states, "rs", table, (0, 0))


def test_a_stack_by_hand_reads_the_decision_before_the_letter():
    stack = dihedral_by_hand()
    assert stack.prove(dihedral_task()).proved
    assert (stack.depth, stack.hidden_sizes, stack.hidden_size, stack.decisions) == (2, (1, 2), 3, (2, 3))
    for length in range(6):
        for word in itertools.product("rs", repeat=length):
            assert stack.run(word) == stack.predict(word) == signs_and_turns(word)
    assert stack.run("sr") == (1, 2)  # the flip is seen by the letter after it
    assert stack.run("rs") == (1, 1)  # and not by its own
    words = np.array(list(itertools.product(range(2), repeat=4)))
    expected = [stack.states.index(signs_and_turns(["rs"[k] for k in word])) for word in words.tolist()]
    assert stack.predict_batch(words).tolist() == expected
    assert [tuple(q) for q in stack.decide_batch(words).tolist()] == [stack.states[q] for q in expected]


def shortest_wrong(stack, A):
    words = (word for length in itertools.count() for word in itertools.product(A.letters, repeat=length))
    return next(word for word in words if stack.predict(word) != A.run(word))


def test_a_wrong_decoder_is_refuted_by_a_shortest_word():
    A, stack = dihedral_task(), dihedral_by_hand()
    decoder = list(stack.decoder)
    decoder[4], decoder[5] = decoder[5], decoder[4]
    wrong = dataclasses.replace(stack, decoder=decoder)
    verdict = wrong.prove(A)
    assert verdict.refuted
    assert wrong.predict(verdict.witness) != A.run(verdict.witness)
    assert len(verdict.witness) == len(shortest_wrong(wrong, A)) == 2


def test_a_wrong_transition_of_an_upper_layer_is_refuted():
    A, stack = dihedral_task(), dihedral_by_hand()
    upper = stack.layers[1]
    changed = dataclasses.replace(
        upper, transitions=(upper.transitions[0], *upper.transitions[:1], *upper.transitions[2:])
    )
    wrong = dataclasses.replace(stack, layers=(stack.layers[0], changed))
    verdict = wrong.prove(A)
    assert verdict.refuted
    assert wrong.predict(verdict.witness) != A.run(verdict.witness)
    assert len(verdict.witness) == len(shortest_wrong(wrong, A)) == 2


def test_a_tie_of_any_layer_is_refuted():
    """Also where the first of the tied states happens to be right: floats would not say so."""
    A, stack = dihedral_task(), dihedral_by_hand()
    tied = dataclasses.replace(stack.layers[0], readout=ExactMatrix([[1], [1]]))
    verdict = dataclasses.replace(stack, layers=(tied, stack.layers[1])).prove(A)
    assert verdict.refuted
    assert verdict.witness == ()
    assert "layer 1" in verdict.reason


def test_layers_that_never_come_back_are_undecided():
    A, stack = dihedral_task(), dihedral_by_hand()
    upper = stack.layers[1]
    drifting = ExactMatrix([[1, 0], [0, 1]]) + ExactMatrix([[0, 0], [Fraction(1, 10**6), 0]])
    changed = dataclasses.replace(upper, transitions=(*upper.transitions[:2], drifting, drifting))
    slow = dataclasses.replace(stack, layers=(stack.layers[0], changed))
    verdict = slow.prove(A, limit=40)
    assert verdict.undecided, verdict
    words = np.array([[0, 1, 1, 0]])
    assert slow.predict_batch(words).tolist() == stack.predict_batch(words).tolist()  # multiplied out
    assert "more hidden directions" in verdict.reason


@pytest.mark.parametrize("name", ["S3", "A4 from the right", "labels", "C1"])
def test_files_keep_everything(name, tmp_path):
    stack = realize(TASKS[name], "stack")
    stack.save(tmp_path / "stack.json")
    back = StackedWeights.load(tmp_path / "stack.json")
    assert back == stack
    assert back.prove(TASKS[name]).proved


def damaged(tmp_path, change):
    path = tmp_path / "stack.json"
    dihedral_by_hand().save(path)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(version=2), "version 2"),
        (lambda d: d.update(format="weights"), "is not a"),
        (lambda d: d["decoder"].pop(), "decoder"),
        (lambda d: d["decoder"].__setitem__(0, 6), "label 6"),
        (lambda d: d["reads"][1].pop(), "3 letters"),
        (lambda d: d["reads"][1].__setitem__(0, 9), "layer 2"),
        (lambda d: d["reads"].pop(), "says what 1"),
        (lambda d: d["layers"].pop(), "1 layers"),
        (lambda d: d.update(layers=[], reads=[]), "at least one layer"),
        (lambda d: d["layers"][0].update(initial=[["a"]]), "'a'"),
        (lambda d: d.pop("note"), "'note' is missing"),
    ],
)
def test_damaged_files_are_refused(change, said, tmp_path):
    with pytest.raises(WeightsError, match=said):
        StackedWeights.load(damaged(tmp_path, change))


def test_malformed_stacks_are_refused():
    stack = dihedral_by_hand()
    with pytest.raises(WeightsError, match=r"layer 2 has 2 letters; needed are the 4 tuples \(x, q_1\)"):
        dataclasses.replace(stack, layers=(stack.layers[0], stack.layers[0]))
    with pytest.raises(WeightsError, match="decoder has 5 labels; needed are 6"):
        dataclasses.replace(stack, decoder=stack.decoder[:5])
    with pytest.raises(WeightsError, match="at least one layer"):
        dataclasses.replace(stack, layers=())
    with pytest.raises(WeightsError, match="'t' at position 1"):
        stack.predict("rt")
    with pytest.raises(WeightsError, match="the automaton 6"):
        stack.prove(TASKS["S3"])


def test_options_are_refused_where_they_do_not_go():
    A = TASKS["S3"]
    with pytest.raises(RungError, match="layers='monomial' are not known"):
        realize(A, "stack", layers="monomial")
    with pytest.raises(RungError, match="layers='rotation' goes with rung 'stack', not 'block'"):
        realize(A, "block", layers="rotation")
    with pytest.raises(RungError, match="block_size=2 goes with layers='block', not 'rotation'"):
        realize(A, "stack", block_size=2)
    with pytest.raises(RungError, match="rank=2 goes with rung 'cp', not 'stack'"):
        realize(A, "stack", rank=2)
    with pytest.raises(RungError, match="letter 0 takes"):
        realize(Automaton.reset(3), "stack")
