"""from_weights: the model of every family gives the exact logits, rounded once; what does not fit is refused."""

import itertools

import numpy as np
import pytest
import torch
from bistate.groups.arithmetic.exact_matrix import ExactMatrix
from bistate.models import BilinearRNN, ModelError, reference_forward
from bistate.theory.weights.weights import BilinearWeights

TURN = [[0, -1], [1, 0]]
HALF = [[-1, 0], [0, -1]]
ONE, MINUS = [[1]], [[-1]]


def diag(*blocks: list[list[int]]) -> ExactMatrix:
    size = sum(len(b) for b in blocks)
    out = [[0] * size for _ in range(size)]
    start = 0
    for block in blocks:
        for i, j in itertools.product(range(len(block)), repeat=2):
            out[start + i][start + j] = block[i][j]
        start += len(block)
    return ExactMatrix(out)


def weights(rung: str, *letters: list[list[list[int]]]) -> BilinearWeights:
    """Weights with the given blocks per letter, and a readout and start that use every coordinate."""
    matrices = tuple(diag(*blocks) for blocks in letters)
    size = matrices[0].shape[0]
    return BilinearWeights(
        letters=tuple(range(len(letters))),
        states=("a", "b", "c"),
        transitions=matrices,
        initial=ExactMatrix([[i + 1] for i in range(size)]),
        readout=ExactMatrix([[(3 * q + 5 * i) % 7 - 2 for i in range(size)] for q in range(3)]),
        blocks=tuple(len(b) for b in letters[0]),
        rung=rung,
    )


CASES = [
    (weights("full", [[[1, 2, 0], [0, 1, 1], [1, 0, 0]]], [[[0, 1, 1], [2, 0, 1], [1, 1, 0]]]), None, "full", 3),
    (weights("diagonal", [ONE, MINUS], [MINUS, [[2]]]), None, "diagonal", 2),
    (weights("positive", [ONE, [[3]]], [[[2]], ONE]), None, "positive", 2),
    (weights("rotation", [TURN, HALF], [HALF, TURN]), None, "rotation", 4),
    (weights("rotation", [TURN, MINUS, ONE], [HALF, ONE, MINUS]), None, "full", 4),
    (weights("rotation", [TURN, MINUS, ONE], [HALF, ONE, MINUS]), "rotation", "rotation", 6),
    (weights("block", [[[1, 2], [0, 1]], TURN], [TURN, HALF]), None, "block", 4),
    (weights("block", [[[1, 2], [0, 1]], MINUS], [TURN, ONE]), None, "full", 3),
    (weights("block", [[[1, 2], [0, 1]], MINUS], [TURN, ONE]), "block", "block", 4),
    (weights("block", [[[1, 2], [0, 1]], TURN], [TURN, HALF]), "full", "full", 4),
    (weights("monomial", [[[0, 1], [1, 0]]], [[[1, 0], [0, -1]]]), None, "monomial", 2),
]


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(("exact", "asked", "family", "hidden"), CASES)
def test_logits_are_the_exact_ones(
    exact: BilinearWeights, asked: str | None, family: str, hidden: int, every: bool
) -> None:
    model = BilinearRNN.from_weights(exact, asked, normalize=False)
    assert (model.transition, model.hidden) == (family, hidden)
    assert model.start.dtype == torch.float64
    x = torch.tensor(list(itertools.product(range(2), repeat=5)))
    prefixes = [[word[:n] for n in range(1, 6)] if every else [word] for word in x.tolist()]
    expected = [[_logits(exact, w) for w in some] for some in prefixes]
    wanted = torch.tensor(expected, dtype=torch.float64)
    wanted = wanted if every else wanted[:, 0]
    torch.testing.assert_close(model(x, every), wanted, atol=1e-12 * (1 + wanted.abs().max().item()), rtol=0)
    torch.testing.assert_close(reference_forward(model, x, every), wanted, atol=1e-10, rtol=1e-13)


def _logits(exact: BilinearWeights, word: list[int]) -> list[float]:
    """`C A[w] h_0` in exact arithmetic."""
    h = exact.initial
    for letter in word:
        h = exact.transitions[letter] @ h
    return [float(v) for v in (exact.readout @ h).to_numpy(np.float64)[:, 0]]


@pytest.mark.parametrize(("exact", "asked"), [(c[0], c[1]) for c in CASES if c[2] == "full"])
def test_full_models_keep_the_matrices(exact: BilinearWeights, asked: str | None) -> None:
    model = BilinearRNN.from_weights(exact, asked)
    np.testing.assert_array_equal(
        model.transitions().detach().numpy(), np.stack([m.to_numpy(np.float64) for m in exact.transitions])
    )
    assert model.normalize
    x = torch.tensor(list(itertools.product(range(2), repeat=4)))
    predicted = [exact.states[i] for i in model(x).argmax(-1)]
    assert predicted == [exact.predict(word) for word in x.tolist()]


def test_float32_rounds_once() -> None:
    model = BilinearRNN.from_weights(CASES[3][0], dtype=torch.float32)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    torch.testing.assert_close(model.transitions()[0, :2, :2], torch.tensor(TURN, dtype=torch.float32))


@pytest.mark.parametrize(
    ("exact", "asked", "message"),
    [
        (CASES[0][0], "diagonal", "letter 0 has an entry of size 2 outside its blocks of size 1"),
        (CASES[6][0], "rotation", r"block 0 of letter 0 is .* not a rotation"),
        (CASES[1][0], "positive", "letter 0 has -1 at 1"),
        (CASES[0][0], "rotation", "rotation blocks have size 2, the weights have blocks of sizes"),
        (CASES[0][0], "mamba", "unknown transition 'mamba'"),
    ],
)
def test_weights_of_another_family_are_refused(exact: BilinearWeights, asked: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        BilinearRNN.from_weights(exact, asked)


def test_loaded_models_train_on() -> None:
    model = BilinearRNN.from_weights(CASES[3][0])
    model(torch.tensor([[0, 1]])).sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
