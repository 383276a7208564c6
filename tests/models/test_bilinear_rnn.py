"""BilinearRNN: every fast path against the reference, in value and gradient; input checks; the paper's counts."""

import itertools
import math

import pytest
import torch
from bistate.groups.errors import BistateError
from bistate.models import TRANSITIONS, BilinearRNN, InputError, ModelError, reference_forward
from bistate.models.recurrence.by_letter import choose_batching
from hypothesis import given, settings
from hypothesis import strategies as st

TOLERANCE = {torch.float32: 2e-5, torch.float64: 1e-12}
FAMILIES = [(name, "auto") for name in TRANSITIONS if name != "full"] + [
    ("full", how) for how in ("dense", "grouped", "gathered")
]


def make(family: str, batching: str = "auto", **options: object) -> BilinearRNN:
    model = BilinearRNN(3, 6, 4, family, block=3, batching=batching, seed=1, **options)  # type: ignore[arg-type]
    if model.shift is not None:
        torch.nn.init.normal_(model.shift, generator=torch.Generator().manual_seed(2))
    return model


def words(batch: int, time: int, letters: int = 3, seed: int = 0) -> torch.Tensor:
    return torch.randint(letters, (batch, time), generator=torch.Generator().manual_seed(seed))


def value_and_gradient(model: BilinearRNN, logits: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
    model.zero_grad()
    weights = torch.randn(logits.shape, generator=torch.Generator().manual_seed(3)).to(logits.dtype)
    (logits * weights).sum().backward()
    return logits.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("normalize", "additive", "every"), list(itertools.product([False, True], repeat=3)))
@pytest.mark.parametrize(("family", "batching"), FAMILIES)
def test_fast_path_equals_the_reference(
    family: str, batching: str, normalize: bool, additive: bool, every: bool, dtype: torch.dtype
) -> None:
    model = make(family, batching, normalize=normalize, additive=additive, dtype=dtype)
    x = words(5, 7)
    fast, fast_gradient = value_and_gradient(model, model(x, every))
    slow, slow_gradient = value_and_gradient(model, reference_forward(model, x, every))
    assert fast.dtype == dtype
    learned = sum(1 for _ in model.family.parameters())
    assert len(fast_gradient) == len(slow_gradient) == 2 + learned + additive
    scale = 1 + slow.abs().max().item()
    torch.testing.assert_close(fast, slow, atol=TOLERANCE[dtype] * scale, rtol=0)
    for mine, reference in zip(fast_gradient, slow_gradient, strict=True):
        scale = 1 + reference.abs().max().item()
        torch.testing.assert_close(mine, reference, atol=20 * TOLERANCE[dtype] * scale, rtol=0)


@given(letters=st.integers(1, 4), batch=st.integers(1, 5), time=st.integers(1, 5), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_all_ways_of_multiplying_agree(letters: int, batch: int, time: int, seed: int) -> None:
    x = words(batch, time, letters, seed)
    ways = ("dense", "grouped", "gathered")
    models = [BilinearRNN(letters, 5, 3, batching=how, dtype=torch.float64) for how in ways]
    (one, g_one), *others = (value_and_gradient(m, m(x, every=True)) for m in models)
    for two, g_two in others:
        torch.testing.assert_close(one, two, atol=1e-12, rtol=0)
        for a, b in zip(g_one, g_two, strict=True):
            torch.testing.assert_close(a, b, atol=1e-11, rtol=0)


@pytest.mark.parametrize("batching", ["dense", "grouped", "gathered"])
@pytest.mark.parametrize("normalize", [False, True])
def test_recurrence_passes_gradcheck(batching: str, normalize: bool) -> None:
    model = BilinearRNN(2, 3, 2, batching=batching, normalize=normalize, additive=True, dtype=torch.float64)
    x = words(2, 3, letters=2)
    assert torch.autograd.gradcheck(lambda *_: model(x, every=True), tuple(model.parameters()))


def test_recurrence_passes_gradients_to_the_start_states() -> None:
    model = make("full", dtype=torch.float64)
    h = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda h: model.run(h, words(2, 3)), (h,))


@pytest.mark.parametrize(("family", "batching"), FAMILIES)
def test_a_zero_state_stays_zero_without_nan(family: str, batching: str) -> None:
    model = make(family, batching)
    torch.nn.init.zeros_(model.start)
    logits, gradient = value_and_gradient(model, model(words(2, 3)))
    assert (logits == 0).all()
    assert all(torch.isfinite(g).all() for g in gradient)


@pytest.mark.parametrize(("family", "batching"), FAMILIES)
def test_new_letters_act_on_the_left(family: str, batching: str) -> None:
    """h_T = A[x_2] A[x_1] h_0 with the dense matrices, on letters that do not commute where they can."""
    model = make(family, batching, normalize=False, dtype=torch.float64)
    a = model.transitions()
    assert a.shape == (3, 6, 6)
    expected = model.readout @ a[2] @ a[0] @ model.start
    torch.testing.assert_close(model(torch.tensor([[0, 2]]))[0], expected, atol=1e-12, rtol=0)


def test_families_have_the_shape_they_promise() -> None:
    diagonal, positive, rotation, block = (make(n).transitions() for n in ("diagonal", "positive", "rotation", "block"))
    off = ~torch.eye(6, dtype=torch.bool)
    assert (diagonal[:, off] == 0).all()
    assert (diagonal < 0).any()
    assert (positive[:, off] == 0).all()
    assert (torch.diagonal(positive, dim1=1, dim2=2) > 0).all()
    torch.testing.assert_close(rotation @ rotation.mT, torch.eye(6).expand(3, 6, 6))
    torch.testing.assert_close(torch.linalg.det(rotation[:, 2:4, 2:4]), torch.ones(3))
    assert (rotation[:, 0, 2:] == 0).all()
    assert (block[:, :3, 3:] == 0).all()
    assert (block[:, :3, :3] != 0).all()


@pytest.mark.parametrize(
    ("family", "count"),
    [
        ("full", 12**2 * 5),
        ("block", 3**2 * 5 * 4),
        ("rotation", 5 * 6),
        ("diagonal", 12 * 5),
        ("positive", 12 * 5),
        ("cp", 7 * (2 * 12 + 5)),
        ("householder", 5 * 3 * (12 + 4)),
        ("monomial", 12**2 * 5 + 12 * 5),
        ("convex", 2 * 12**2 + 2 * 5),
    ],
)
def test_parameter_count_is_the_papers(family: str, count: int) -> None:
    model = BilinearRNN(5, 12, 2, family, block=3, rank=7, reflections=3, heads=4, dictionary=2)
    assert model.parameter_count == count


def test_normalised_states_have_norm_one_and_the_same_predictions() -> None:
    model = make("full", dtype=torch.float64)
    x = words(4, 6)
    norms = model.run(model.initial(4), x).norm(dim=-1)
    torch.testing.assert_close(norms, torch.ones_like(norms))
    with_norm = model(x, every=True)
    with model.normalized(False):
        without = model(x, every=True)
    assert model.normalize
    ratio = without / with_norm  # one positive number per word and position
    torch.testing.assert_close(ratio, ratio[..., :1].expand_as(ratio))
    assert (ratio > 0).all()


def test_additive_terms_break_scale_invariance() -> None:
    model = make("full", additive=True, dtype=torch.float64)
    x = words(4, 6)
    with_norm = model(x)
    with model.normalized(False):
        ratio = model(x) / with_norm
    assert not torch.allclose(ratio, ratio[:, :1].expand_as(ratio), rtol=1e-3)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("family", TRANSITIONS)
def test_empty_word_reads_the_start_state(family: str, normalize: bool) -> None:
    model = make(family, normalize=normalize)
    start = model.start / model.start.norm() if normalize else model.start
    logits = model(torch.empty(2, 0, dtype=torch.long))
    torch.testing.assert_close(logits, (model.readout @ start).expand(2, 4))
    assert model(torch.empty(2, 0, dtype=torch.long), every=True).shape == (2, 0, 4)
    assert model(torch.empty(0, 3, dtype=torch.long)).shape == (0, 4)


def test_seed_decides_the_start_values_and_nothing_else_does() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two, other = BilinearRNN(2, 4, 3, seed=7), BilinearRNN(2, 4, 3, seed=7), BilinearRNN(2, 4, 3, seed=8)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.transitions(), two.transitions())
    assert not torch.equal(one.transitions(), other.transitions())
    drawn = BilinearRNN(2, 4, 3, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    assert torch.equal(drawn.start.float(), one.start)


def test_gain_scales_the_start_and_is_small_only_with_normalising() -> None:
    one = BilinearRNN(2, 100, 3, gain=1.0, dtype=torch.float64).transitions()
    assert one.std().item() == pytest.approx(0.1, rel=0.02)
    torch.testing.assert_close(BilinearRNN(2, 100, 3, dtype=torch.float64).transitions(), 0.3 * one)
    assert torch.equal(BilinearRNN(2, 100, 3, normalize=False, dtype=torch.float64).transitions(), one)


def test_batching_rule_follows_its_operation_count() -> None:
    assert choose_batching(letters=5, hidden=32, batch=64) == "dense"
    assert choose_batching(letters=50, hidden=256, batch=64) == "grouped"
    assert choose_batching(letters=1, hidden=512, batch=64) == "dense"


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.tensor([[0, 7]]), "letter 7 is outside the alphabet of 3"),
        (torch.tensor([[-2, 1]]), "letter -2 is outside"),
        (torch.tensor([[0.5]]), "float32"),
        (torch.tensor([[True]]), "bool"),
        (torch.tensor([0, 1]), r"shape \(2,\)"),
        ([[0, 1]], "list"),
    ],
)
def test_bad_letters_are_named(x: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make("full")(x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"transition": "mamba"}, "unknown transition 'mamba'; accepted: full, block, rotation, diagonal, positive"),
        ({"transition": "block", "block": 4}, "block=4, hidden=6"),
        ({"transition": "block", "block": 0}, "block=0"),
        ({"transition": "rotation", "hidden": 5}, "hidden=5"),
        ({"hidden": 0}, "hidden has to be a positive integer, got 0"),
        ({"letters": 2.5}, "letters has to be a positive integer, got 2.5"),
        ({"batching": "fast"}, "unknown batching 'fast'"),
        ({"gain": 0.0}, "gain has to be a positive number, got 0.0"),
    ],
)
def test_bad_arguments_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        BilinearRNN(**({"letters": 2, "hidden": 6, "states": 3} | options))  # type: ignore[arg-type]


def test_not_finite_weights_are_named() -> None:
    model = make("full")
    model.check_finite()
    with torch.no_grad():
        model.readout[1, 2] = math.nan
    with pytest.raises(BistateError, match=r"readout\[1, 2\] is nan"):
        model.check_finite()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("family", "batching"), FAMILIES)
def test_cuda_equals_cpu(family: str, batching: str) -> None:
    cpu, gpu = make(family, batching, dtype=torch.float64), make(family, batching, dtype=torch.float64, device="cuda")
    x = words(5, 7)
    here, here_gradient = value_and_gradient(cpu, cpu(x, every=True))
    there, there_gradient = value_and_gradient(gpu, gpu(x.cuda(), every=True).cpu())
    torch.testing.assert_close(there, here, atol=1e-10, rtol=0)
    for a, b in zip(there_gradient, here_gradient, strict=True):
        torch.testing.assert_close(a.cpu(), b, atol=1e-9, rtol=0)
