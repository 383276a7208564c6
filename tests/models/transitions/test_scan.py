"""The scan over time is the loop, to rounding, at any length, and learns as it does."""

from __future__ import annotations

import pytest
import torch
from bistate.groups import named_group
from bistate.models import BilinearRNN, ModelError, evaluate
from bistate.models.recurrence.compiled_blocks import INSTALLED
from bistate.models.transitions.scan import PIECE, SCANNED
from bistate.theory import Automaton, realize


def make(family: str, dtype: torch.dtype = torch.float64, **options) -> BilinearRNN:
    """A model whose loop is not compiled, as then `parallel` scans."""
    model = BilinearRNN(3, 6, 4, family, block=2, seed=1, dtype=dtype, **options)
    slow = next((way for way in ("loop", "dense") if way in model.family.ways), None)
    if slow is not None:
        model.family.choose(slow)
    return model


@pytest.mark.skipif(not INSTALLED, reason="needs numba")
@pytest.mark.parametrize("family", SCANNED)
def test_a_compiled_loop_takes_the_place_of_a_slower_scan(family):
    model, x, asked = BilinearRNN(3, 6, 4, family, block=2, seed=1), words(3, 9), []
    original = model.family.states
    model.family.states = lambda *given: asked.append(given) or original(*given)
    out = model(x, every=True, parallel=True)
    assert len(asked) == 1
    torch.testing.assert_close(out, model(x, every=True), atol=1e-5, rtol=1e-5)


def words(batch: int, time: int, letters: int = 3) -> torch.Tensor:
    return torch.randint(letters, (batch, time), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("time", [1, 2, 7, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("family", SCANNED)
def test_the_scan_is_the_loop(family, time):
    model, x = make(family), words(3, time)
    with torch.no_grad():
        torch.testing.assert_close(model(x, every=True, parallel=True), model(x, every=True), atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("family", SCANNED)
def test_without_normalising_scales_are_kept(family):
    model, x = make(family, normalize=False), words(3, 40)
    with torch.no_grad():
        torch.testing.assert_close(model(x, every=True, parallel=True), model(x, every=True), atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("family", [f for f in SCANNED if f != "monomial"])
def test_gradients_are_those_of_the_loop(family):
    loop, scan, x = make(family), make(family), words(4, 9)
    loop(x).square().sum().backward()
    scan(x, parallel=True).square().sum().backward()
    for (name, p), q in zip(loop.named_parameters(), scan.parameters(), strict=True):
        torch.testing.assert_close(q.grad, p.grad, msg=name)


def test_zeros_on_the_diagonal_stay_zero():
    model = make("diagonal")
    with torch.no_grad():
        model.family.weight[0, :3] = 0.0
    x = words(5, 30)
    out = model.run(model.initial(5), x, parallel=True)
    torch.testing.assert_close(out, model.run(model.initial(5), x))
    assert (out[-1, :, :3] == 0).all()


@pytest.mark.parametrize(
    ("name", "rung", "family"),
    [
        ("C50", "rotation", "rotation"),
        ("C2xC2", "diagonal", "diagonal"),
        ("S4", "monomial", "monomial"),
        ("S3", "full", "full"),
        ("S4", "block", "block"),
    ],
)
def test_single_precision_is_right_at_length_100_000(name, rung, family):
    A = Automaton.word_problem(named_group(name))
    model = BilinearRNN.from_weights(realize(A, rung), family, dtype=torch.float32)
    assert evaluate(model, A, length=100_000, size=4, parallel=True) == 1.0


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (make("cp"), "no parallel scan for CPTransition; families with one: full, block"),
        (make("rotation", additive=True), "no parallel scan with additive terms"),
        (BilinearRNN(2, 65, 2), "FullTransition of hidden size above 64"),
    ],
)
def test_what_has_no_scan_says_so(model, message):
    with pytest.raises(ModelError, match=message):
        model(words(2, 3, 2), parallel=True)
