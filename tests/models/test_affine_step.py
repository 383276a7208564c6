"""Reading a step: what is affine is read exactly, what is not is refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, ModelError
from torch import Tensor, nn

Step = Callable[[Tensor, Tensor], Tensor]
ROWS = [[1.0], [-1.0]]
WORDS = [torch.tensor([word]) for length in range(1, 5) for word in itertools.product(range(2), repeat=length)]


def flip(h: Tensor, x: Tensor) -> Tensor:
    return torch.where(x[:, None] == 1, -h, h)


def read(step: Step, readout: object = ROWS, start: object = (1.0,), letters: int = 2, **more: object) -> LinearRNN:
    return LinearRNN.from_step(step, letters, start, readout, **more)  # type: ignore[arg-type]


# what is affine ------------------------------------------------------------------------------------------------------


def test_matrices_and_offsets_are_read_exactly() -> None:
    """Numbers of few digits; the letters of a batch may differ, so the step sees each of them."""
    A, b = (
        torch.tensor([[[1.0, 0.5], [0.0, -2.0]], [[0.25, 3.0], [1.0, 0.0]]]).double(),
        torch.tensor([[1.0, 0], [0, 2]]),
    )

    def step(h: Tensor, x: Tensor) -> Tensor:
        return (A[x] @ h[:, :, None])[:, :, 0] + b[x]

    net = read(step, [[1.0, 0.0], [0.0, 1.0]], [1.0, -1.0], bias=[0.5, 0.0])
    assert torch.equal(net.A, A)
    assert torch.equal(net.add, b.double())
    assert net.bias.tolist() == [0.5, 0.0]
    assert "read off a step in double precision (affine to" in net.changes[0]
    h = torch.tensor([[1.0, -1.0]]).double()
    for x in (0, 1, 1, 0):
        h = step(h, torch.tensor([x]))
    assert torch.equal(net(torch.tensor([[0, 1, 1, 0]])), h + torch.tensor([0.5, 0.0]))


def test_without_offsets_there_are_none() -> None:
    net = read(flip)
    assert net.add is None
    assert net.A.flatten().tolist() == [1.0, -1.0]


def test_states_that_are_matrices() -> None:
    """The delta rule, H ← H (1 − k kᵀ) + v kᵀ."""
    keys = torch.nn.functional.normalize(torch.tensor([[1.0, 2.0], [2.0, -1.0]]).double(), dim=1)
    values = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]).double()

    def step(H: Tensor, x: Tensor) -> Tensor:
        k, v = keys[x], values[x]
        return H - (H @ k[:, :, None] - v[:, :, None]) @ k[:, None, :]

    def scores(H: Tensor, x: Tensor) -> Tensor:
        return (H @ keys[x][:, :, None])[:, :, 0]

    net = read(step, scores, torch.zeros(3, 2, dtype=torch.float64))
    assert (net.hidden, net.states) == (6, 3)
    assert net.readout.ndim == 3
    for word in WORDS:
        H = torch.zeros(1, 3, 2, dtype=torch.float64)
        for x in word[0]:
            H = step(H, x[None])
        torch.testing.assert_close(net(word), scores(H, word[:, -1]), rtol=0, atol=1e-14)
    flat = read(step, np.eye(6)[:2], torch.zeros(3, 2, dtype=torch.float64))
    assert torch.equal(flat.readout, torch.eye(6, dtype=torch.float64)[:2])


@pytest.mark.parametrize("kind", ["complex array", "real array", "twice the columns", "function", "by last letter"])
def test_complex_states(kind: str) -> None:
    a, b = torch.tensor([1j, 0.5 - 1j]), torch.tensor([[1.0, 0], [0, -2j]])
    C = torch.tensor([[1.0 + 2j, -1j], [0.5, 3.0]], dtype=torch.complex128)
    start = torch.tensor([1.0 + 1j, -1.0])

    def step(h: Tensor, x: Tensor) -> Tensor:
        return torch.stack([a[x] * h[:, 1], h[:, 0]], dim=1) + b[x]

    def scores(h: Tensor, x: Tensor) -> Tensor:
        factor = (1 + x)[:, None] if kind == "by last letter" else 1
        return (h @ C.T).real * factor

    readout = {
        "complex array": C,
        "real array": C.real,
        "twice the columns": torch.stack([C.real, -C.imag], dim=2).flatten(1),
    }.get(kind, scores)
    net = read(step, readout, start)
    assert net.hidden == 4
    assert net.changes[0] == "complex units became pairs of real ones"
    for word in WORDS:
        h = start[None].to(torch.complex128)
        for x in word[0]:
            h = step(h, x[None])
        expected = (h @ C.real.to(h.dtype).T).real if kind == "real array" else scores(h, word[:, -1])
        torch.testing.assert_close(net(word), expected, rtol=0, atol=1e-13)


def test_a_readout_that_is_a_function() -> None:
    one = read(flip, lambda h, x: torch.cat([h, 1 - h], dim=1))
    assert one.readout.tolist() == [[1.0], [-1.0]]
    assert one.bias.tolist() == [0.0, 1.0]
    each = read(flip, lambda h, x: torch.cat([h * (1 + x[:, None]), -h], dim=1))
    assert each.readout.tolist() == [[[1.0], [-1.0]], [[2.0], [-1.0]]]
    assert each.bias is None
    shifted = read(flip, lambda h, x: torch.cat([h + x[:, None], -h], dim=1))
    assert shifted.bias.tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_a_step_may_write_into_its_states_or_give_them_back() -> None:
    def writing(h: Tensor, x: Tensor) -> Tensor:
        return h.mul_(1 - 2 * x[:, None])

    assert torch.equal(read(writing).A, read(flip).A)
    assert read(lambda h, x: h).A.flatten().tolist() == [1.0, 1.0]


@pytest.mark.parametrize("start", [1.0, [1.0], torch.ones(1), np.ones((1, 1)), torch.ones(1, dtype=torch.bfloat16)])
def test_one_number_in_any_shape(start: object) -> None:
    def step(h: Tensor, x: Tensor) -> Tensor:
        return h * (1 - 2 * x).reshape(-1, *[1] * (h.ndim - 1))

    assert torch.equal(read(step, start=start).A, read(flip).A)


@pytest.mark.parametrize("offset", [1e6, 1e20, -1e200])
def test_matrices_beside_a_large_offset(offset: float) -> None:
    """At h = 1 the matrix would be lost in the rounding of the offset; a bend far out is found."""
    net = read(lambda h, x: 0.375 * flip(h, x) + offset)
    torch.testing.assert_close(net.A.flatten(), torch.tensor([0.375, -0.375]).double(), rtol=1e-15, atol=0)
    assert net.add.flatten().tolist() == [offset, offset]
    with pytest.raises(ModelError, match="is not affine"):
        read(lambda h, x: h.abs() + offset)


def test_normalised_states() -> None:
    net = read(lambda h, x: 3 * flip(h, x), normalize=True)
    assert net.hidden_states(torch.tensor([[0, 1, 1]])).flatten().tolist() == [1.0, -1.0, 1.0]


# what is not ---------------------------------------------------------------------------------------------------------


class Counting:
    """A step with a state of its own: a cache."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, h: Tensor, x: Tensor) -> Tensor:
        self.calls += 1
        return h * self.calls


norm, drop = nn.LayerNorm(3).double(), nn.Dropout(0.5)
cell = nn.GRUCell(1, 3).double()
NONLINEAR: dict[str, Step] = {
    "LayerNorm": lambda h, x: norm(h),
    "tanh": lambda h, x: torch.tanh(h),
    "a faint tanh": lambda h, x: h + 1e-6 * torch.tanh(h),
    "relu": lambda h, x: torch.relu(h),
    "GRU": lambda h, x: cell(x[:, None].double(), h),
    "its norm": lambda h, x: h / h.norm(dim=1, keepdim=True).clamp_min(1e-6),
    "clamped far out": lambda h, x: h.clamp(-50, 50),
    "rounded near zero": lambda h, x: torch.where(h.abs() < 1e-2, torch.zeros_like(h), h),
    "of the second letter alone": lambda h, x: torch.where(x[:, None] == 1, h * h, h),
    "a product of units": lambda h, x: torch.stack([h[:, 0] * h[:, 1], h[:, 1], h[:, 2]], dim=1),
    "single precision inside": lambda h, x: (h.float() / 3).double(),
    "a mean over the batch": lambda h, x: h - h.mean(dim=0, keepdim=True),
}


@pytest.mark.parametrize("name", NONLINEAR)
def test_steps_that_are_not_affine(name: str) -> None:
    with pytest.raises(ModelError, match=r"step\(h, x\) is not affine in h: for letter [01] and the state"):
        read(NONLINEAR[name], np.ones((2, 3)), np.ones(3))


@pytest.mark.parametrize("step", [lambda h, x: drop(h), Counting(), lambda h, x: h + torch.randn_like(h)])
def test_steps_that_remember_or_roll_dice(step: Step) -> None:
    torch.manual_seed(0)
    drop.train()
    with pytest.raises(ModelError, match=r"another result when it is asked again|is not affine"):
        read(step, np.ones((2, 3)), np.ones(3))
    drop.eval()
    assert read(lambda h, x: drop(h), np.ones((2, 3)), np.ones(3)).hidden == 3


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda h, x: h[:1, :2], r"has to give a tensor of shape \(1, 3\)"),
        (lambda h, x: h.sum(dim=0), r"has to give a tensor of shape \(1, 3\) .*, got \(3,\)"),
        (lambda h, x: h[:1], r"has to give a tensor of shape \(3, 3\) .*, got \(1, 3\)"),
        (lambda h, x: None, "got NoneType"),
        (lambda h, x: (h, h), "got tuple"),
        (lambda h, x: h.numpy(), "got ndarray"),
        (lambda h, x: h * 1j, "pass a complex start"),
        (lambda h, x: h.long(), "has to give floats, got torch.int64"),
        (lambda h, x: h.float(), "is not affine in h"),
        (lambda h, x: h * float("nan"), "numbers that are not finite"),
        (lambda h, x: h / 0, "numbers that are not finite"),
        (lambda h, x: nn.Linear(3, 3)(h), r"module.double\(\)"),
        (lambda h, x: {}[0], r"step\(h, x\) fails on states of shape \(1, 3\)"),
        (lambda h, x: h.nothing, r"step\(h, x\) fails"),
        (lambda h, x: 1 // 0, r"step\(h, x\) fails"),
        (lambda h: h, r"step\(h, x\) fails"),
    ],
)
def test_results_of_another_kind(step: Step, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read(step, np.ones((2, 3)), np.ones(3))


@pytest.mark.parametrize(
    ("readout", "said"),
    [
        (lambda h, x: torch.tanh(h), r"readout\(h, x\) is not affine"),
        (lambda h, x: h[0], r"shape \(batch, states\), got \(1,\)"),
        (lambda h, x: None, "got NoneType"),
        (lambda h, x: h * 1j, "gives complex numbers"),
        (lambda h, x: nn.Linear(1, 2)(h), r"readout\(h, x\) fails .*module.double\(\)"),
        (lambda h, x: h + torch.rand(1), r"another result|not affine"),
        ([1.0, -1.0], r"readout has the shape \(2,\)"),
        ([[1.0, 1.0]], r"readout has the shape \(1, 2\)"),
        ([[float("nan")]], r"readout\[0, 0\] is nan"),
        ([[1.0 + 1j], [2.0]], "readout is complex and the states are real"),
    ],
)
def test_readouts_of_another_kind(readout: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read(flip, readout)


def test_no_part_of_a_complex_readout_is_left_out() -> None:
    """Of complex states the real part is read; a complex readout of pairs would lose its imaginary part."""
    start = np.array([1.0 + 0j])
    net = read(flip, np.array([[2.0 + 1j], [1.0]]), start, bias=np.array([1.0 + 5j, 0.0]))
    assert net.readout.tolist() == [[2.0, -1.0], [1.0, 0.0]]
    assert net.bias.tolist() == [1.0, 0.0]
    with pytest.raises(ModelError, match=r"readout has the shape \(2, 4\)"):
        read(flip, np.array([[2.0 + 1j, 1.0], [1.0, 1j]]), start)
    with pytest.raises(ModelError, match="bias is complex and the states are real"):
        read(flip, ROWS, bias=np.array([1j, 0.0]))
    with pytest.raises(ModelError, match="scores are compared, so give real ones"):
        read(flip, lambda h, x: h * 1j, start)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"letters": 0}, "letters has to be a positive integer"),
        ({"letters": True}, "letters has to be a positive integer"),
        ({"letters": 2.0}, "letters has to be a positive integer"),
        ({"window": 0}, "window has to be a positive integer, the letters that a step reads, got 0"),
        ({"window": True}, "window has to be a positive integer, the letters that a step reads, got True"),
        ({"normalize": 1}, "normalize has to be True or False"),
        ({"start": np.zeros(0)}, "holds no number"),
        ({"start": [np.inf]}, r"start\[0\] is inf"),
        ({"bias": [1.0]}, r"bias has the shape \(1,\)"),
        ({"bias": np.zeros((1, 1, 2))}, r"bias has the shape \(1, 1, 2\)"),
        ({"readout": lambda h, x: h, "bias": [1.0]}, "bias goes with a readout that is an array"),
    ],
)
def test_other_arguments(options: dict, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        read(flip, **options)
