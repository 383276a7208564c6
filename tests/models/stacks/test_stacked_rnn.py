"""`StackedRNN`: exact stacks in floats, gradients through decisions, and training from noise."""

import itertools

import pytest
import torch
from bistate.groups import SymmetricGroup, named_group
from bistate.models import InputError, ModelError, StackedRNN, StateTracking, TrainConfig, evaluate, train
from bistate.models.training.train_run import _groups
from bistate.theory import Automaton, realize

S3 = Automaton.word_problem(SymmetricGroup(3), letters="generators")
TASKS = {
    "S3": S3,
    "A4": Automaton.word_problem(named_group("A4"), letters="generators"),
    "S4 on points": Automaton.word_problem(SymmetricGroup(4), letters="generators", track="point"),
    "labels": S3.with_outputs([0, 1, 0, 0, 2, 1]),
    "Q8": Automaton.word_problem(named_group("Q8"), letters="generators"),
}


@pytest.mark.parametrize(("name", "layers"), [*((name, "rotation") for name in TASKS), ("A4", "block")])
def test_exact_weights_say_what_the_automaton_says(name, layers):
    A = TASKS[name]
    stack = realize(A, "stack", layers=layers)
    model = StackedRNN.from_weights(stack).eval()
    for length in range(5):
        words = list(itertools.product(range(len(A.letters)), repeat=length))
        x = torch.tensor(words, dtype=torch.int64).reshape(len(words), length)
        expected = [stack.states.index(stack.predict([A.letters[k] for k in word])) for word in words]
        assert model(x).argmax(-1).tolist() == expected
        assert model.agreement(stack, x) == (1.0,) * model.depth
    assert evaluate(model, A, length=400) == 1.0
    x = torch.randint(len(A.letters), (3, 9), generator=torch.Generator().manual_seed(1))
    if layers == "rotation":
        turned = StackedRNN.from_weights(stack, "rotation")
        assert {layer.transition for layer in turned.layers} == {"rotation"}
        assert torch.allclose(turned(x), model(x), atol=1e-12)
    every = model(x, every=True)
    assert every.shape == (3, 9, len(A.labels))
    for t in range(9):
        assert torch.allclose(every[:, t], model(x[:, : t + 1]), atol=1e-12)


def test_scores_are_the_largest_sum_over_tuples():
    A = TASKS["S4 on points"]
    model = StackedRNN.from_weights(realize(A, "stack"))
    x = torch.tensor([[0, 1, 1, 0, 1]])
    with torch.no_grad():
        scores, parts = model(x)[0], [s[0, -1] for s in model.layer_scores(x)]
    for q in range(4):
        sums = [
            sum(float(part[c]) for part, c in zip(parts, tuple_, strict=True))
            for k, tuple_ in enumerate(itertools.product(*map(range, model.decisions)))
            if model.decoder[k] == q
        ]
        assert len(sums) == 6
        assert float(scores[q]) == pytest.approx(max(sums), abs=1e-12)


def test_straight_through_computes_the_hard_function_and_has_a_gradient():
    model = StackedRNN(2, 6, (2, 3), (6, 6), transition="full", seed=3, dtype=torch.float64)
    x = torch.randint(2, (20, 12), generator=torch.Generator().manual_seed(0))
    through = model(x, every=True)
    with torch.no_grad():
        assert torch.allclose(through, model(x, every=True), atol=1e-12)
    model.layer_scores(x)[1].square().sum().backward()  # the upper layer alone
    assert model.layers[0].start.grad.abs().max() > 1e-6
    model.zero_grad()
    model.eval()
    model.layer_scores(x)[1].square().sum().backward()
    assert model.layers[0].start.grad is None or model.layers[0].start.grad.abs().max() == 0


def test_soft_decisions_become_the_hard_ones():
    x = torch.randint(2, (20, 12), generator=torch.Generator().manual_seed(0))
    found = []
    for sharpness in (1.0, 1e6):
        model = StackedRNN(2, 6, (2, 3), (6, 6), seed=3, dtype=torch.float64, passing="soft", sharpness=sharpness)
        soft = model(x)
        with torch.no_grad():
            found.append(float((soft - model(x)).abs().max()))
    assert found[0] > 1e-2
    assert found[1] < 1e-9


def moved(stack, noise, seed=0):
    model = StackedRNN.from_weights(stack, dtype=torch.float32)
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(noise * torch.randn(p.shape, generator=draw))
    return model


def test_a_moved_stack_is_trained_back():
    stack = realize(S3, "stack")
    model = moved(stack, 0.3)
    assert evaluate(model, S3, length=200) < 0.6
    task = StateTracking(S3, lengths=(2, 10), every=True)
    config = TrainConfig(steps=250, lr=0.01, weight_decay=0.3, label_smoothing=0.1, decay_transitions=False)
    train(model, task, config, progress=False)
    assert evaluate(model, S3, length=200) > 0.99
    x = torch.randint(2, (200, 100), generator=torch.Generator().manual_seed(1))
    assert min(model.agreement(stack, x)) > 0.99


@pytest.mark.slow
def test_s3_and_a4_are_learned_from_a_random_start():
    """Right at five times the lengths of training; how long beyond that depends on the seed (benchmarks/stacks.py)."""
    for name in ("S3", "A4"):
        A = TASKS[name]
        stack = realize(A, "stack")
        decoder = [stack.states.index(q) for q in stack.decoder]
        model = StackedRNN(2, len(A.states), stack.decisions, (16, 16), decoder)
        config = TrainConfig(steps=2000, lr=0.01, weight_decay=0.3, label_smoothing=0.1, decay_transitions=False)
        train(model, StateTracking(A, lengths=(2, 10), every=True), config, progress=False)
        assert evaluate(model, A, length=50) > 0.99


def test_agreement_blames_the_layer_that_is_wrong():
    stack = realize(S3, "stack")
    model = StackedRNN.from_weights(stack)
    with torch.no_grad():
        for p in model.layers[1].family.parameters():
            p.add_(0.5)
    x = torch.randint(2, (100, 20), generator=torch.Generator().manual_seed(1))
    below, above = model.agreement(stack, x)
    assert below == 1.0
    assert above < 0.9
    with pytest.raises(ModelError, match=r"decisions \(2, 3\), the stack 2 and \(3, 4\)"):
        model.agreement(realize(TASKS["A4"], "stack"), x)


def test_decay_leaves_the_transitions_of_a_stack_alone():
    model = StackedRNN(2, 6, (2, 3), (4, 4))
    others, kept = _groups(model, TrainConfig(decay_transitions=False))
    assert kept["weight_decay"] == 0.0
    assert {id(p) for p in kept["params"]} == {id(p) for layer in model.layers for p in layer.family.parameters()}
    assert len(others["params"]) + len(kept["params"]) == len(list(model.parameters()))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ModelError, match="one length"):
        StackedRNN(2, 6, (2, 3), (4,))
    with pytest.raises(ModelError, match="one length"):
        StackedRNN(2, 1, (), ())
    with pytest.raises(ModelError, match="decisions has to be a positive integer, got 0"):
        StackedRNN(2, 6, (2, 0), (4, 4))
    with pytest.raises(ModelError, match="passing='hard' is not known"):
        StackedRNN(2, 6, (2, 3), (4, 4), passing="hard")
    with pytest.raises(ModelError, match="sharpness=0"):
        StackedRNN(2, 6, (2, 3), (4, 4), sharpness=0)
    with pytest.raises(ModelError, match="none, which takes as many states as tuples"):
        StackedRNN(2, 5, (2, 3), (4, 4))
    with pytest.raises(ModelError, match=r"got \[0, 1, 2, 3, 4, 4\]"):
        StackedRNN(2, 6, (2, 3), (4, 4), decoder=[0, 1, 2, 3, 4, 4])
    with pytest.raises(InputError, match="letter 2 is outside"):
        StackedRNN(2, 6, (2, 3), (4, 4))(torch.tensor([[0, 2]]))
