"""The families with factors: what their matrices are, that fast paths agree with the definition, exact weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bistate.groups import named_group
from bistate.models import BilinearRNN, ModelError, advice, evaluate, load_model, reference_forward, save_model
from bistate.theory import Automaton, realize

FAMILIES = {
    "cp": {"rank": 5},
    "householder": {"reflections": 3, "heads": 2},
    "monomial": {},
    "convex": {"dictionary": 4},
}


def make(family: str, **options) -> BilinearRNN:
    return BilinearRNN(3, 6, 4, family, seed=1, dtype=torch.float64, **{**FAMILIES[family], **options})


def words(batch: int, time: int) -> torch.Tensor:
    return torch.randint(3, (batch, time), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("additive", [True, False])
def test_the_fast_path_is_the_definition(family, normalize, additive):
    model = make(family, normalize=normalize, additive=additive)
    if additive:
        with torch.no_grad():
            model.shift.normal_(generator=torch.Generator().manual_seed(3))
    x = words(5, 7)
    with torch.no_grad():
        torch.testing.assert_close(model(x, every=True), reference_forward(model, x, every=True), atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("family", ["cp", "householder", "convex"])
def test_gradients_are_those_of_the_definition(family):
    fast, slow = make(family), make(family)
    x = words(4, 5)
    for model, forward in ((fast, fast), (slow, lambda x: reference_forward(slow, x))):
        forward(x).square().sum().backward()
        assert all(p.grad is not None for p in model.parameters())
    for (name, p), q in zip(fast.named_parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, msg=name)


def test_cp_matrices_have_the_rank():
    matrices = make("cp", rank=2).transitions().detach()
    assert torch.linalg.matrix_rank(matrices).tolist() == [2, 2, 2]
    joined = matrices.flatten(1)
    assert torch.linalg.matrix_rank(joined) == 2  # the flattening by letters is bounded by the rank too


def test_householder_factors_are_reflections_between_the_identity_and_minus_one():
    model = make("householder", reflections=1, heads=1)
    for matrix in model.transitions().detach():
        torch.testing.assert_close(matrix, matrix.T)
        values = torch.linalg.eigvalsh(matrix)
        assert -1 < values[0] < 1
        torch.testing.assert_close(values[1:], torch.ones(5, dtype=torch.float64))
    two = make("householder", reflections=2, heads=2).transitions().detach()
    assert (two[:, :3, 3:] == 0).all()
    moved = torch.linalg.matrix_rank(two - torch.eye(6, dtype=torch.float64))
    assert moved.max() == 4  # two in each head


def test_monomial_columns_have_one_entry_and_scores_have_gradients():
    model = make("monomial")
    matrices = model.transitions().detach()
    assert ((matrices.abs() > 1e-9).sum(1) == 1).all()
    model(words(4, 5)).square().sum().backward()
    assert model.family.weight.grad.abs().sum() > 0


def test_convex_mixtures_lie_between_their_matrices():
    model = make("convex")
    weights = torch.softmax(model.family.scores, -1)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, dtype=torch.float64))
    words_ = torch.nn.functional.normalize(model.family.weight, dim=1)
    torch.testing.assert_close(model.transitions()[1], sum(w * m for w, m in zip(weights[1], words_, strict=True)))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_brings_back_the_model(family, tmp_path):
    model = make(family)
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert again.config == model.config
    torch.testing.assert_close(again(words(3, 4)), model(words(3, 4)))


# --- exact weights ---


@pytest.mark.parametrize(
    ("name", "rung", "family"),
    [
        ("S3", "cp", "cp"),
        ("Q8", "cp", "cp"),
        ("C5", "cp", "cp"),
        ("S4", "householder", "householder"),
        ("A5", "householder", "householder"),
        ("C2xS3", "householder_per_head", "householder"),
        ("S4", "monomial", "monomial"),
        ("C4", "monomial", "monomial"),
        ("S3", "monomial", "convex"),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_exact_weights_become_models(name, rung, family, dtype):
    A = Automaton.word_problem(named_group(name))
    w = realize(A, rung)
    model = BilinearRNN.from_weights(w, family, dtype=dtype)
    assert model.transition == family
    assert evaluate(model, A, length=300, size=50) == 1.0
    x = torch.randint(len(A.letters), (3, 4), generator=torch.Generator().manual_seed(1))
    logits = model.double()(x)
    for row, word in zip(logits, x.tolist(), strict=True):
        h = w.hidden_state([A.letters[k] for k in word])
        exact = (w.readout @ h).to_numpy(float)[:, 0]
        ratio = row.detach().numpy() / np.linalg.norm(row.detach().numpy())
        np.testing.assert_allclose(ratio, exact / np.linalg.norm(exact), atol=1e-5)


def test_cp_is_the_natural_family_of_cp_weights():
    w = realize(Automaton.modular_addition(5), "cp")
    assert BilinearRNN.from_weights(w).transition == "cp"
    assert BilinearRNN.from_weights(realize(Automaton.modular_addition(5), "householder")).transition == "full"


@pytest.mark.parametrize(
    ("rung", "family", "message"),
    [
        ("full", "cp", "no CP factors"),
        ("full", "householder", "no Householder factors"),
        ("full", "monomial", "one entry in each column"),
        ("full", "convex", "columns have norm 1"),
    ],
)
def test_what_does_not_fit_a_family_is_refused(rung, family, message):
    w = realize(Automaton.word_problem(named_group("S3")), rung)
    with pytest.raises(ModelError, match=message):
        BilinearRNN.from_weights(w, family)


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("cp", {"rank": 0}, "rank=0"),
        ("householder", {"reflections": 0}, "reflections=0"),
        ("householder", {"heads": 4}, "heads=4, hidden=6"),
        ("convex", {"dictionary": 0}, "dictionary=0"),
    ],
)
def test_bad_options_are_named(family, options, message):
    with pytest.raises(ModelError, match=message):
        make(family, **options)


# --- what the ladder says before training ---


@pytest.mark.parametrize(
    ("family", "options", "task", "said"),
    [
        ("diagonal", {}, Automaton.modular_addition(3), ["'diagonal' cannot represent this task"]),
        ("positive", {}, Automaton.parity(), ["can only be positive", "'positive' cannot represent this task"]),
        ("full", {"additive": True}, Automaton.parity(), ["additive path breaks scale invariance"]),
        ("block", {"block": 2}, Automaton.word_problem(named_group("A4")), ["2 units per block are fewer"]),
        ("householder", {"reflections": 1}, Automaton.modular_addition(5), ["1 reflections per letter are"]),
        ("cp", {"rank": 2}, Automaton.modular_addition(5), ["2 rank-one terms are fewer than exact weights need, 3"]),
        ("full", {}, Automaton.word_problem(named_group("A4")), []),
        ("convex", {}, Automaton.parity(), []),
    ],
)
def test_advice_names_what_cannot_work(family, options, task, said):
    model = BilinearRNN(len(task.letters), 12, len(task.states), family, **options)
    found = advice(model, task)
    assert len(found) == len(said)
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence
