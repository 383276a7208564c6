"""LinearRNN against the definition, in fractions and in complex numpy, and what it refuses."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.models import CheckpointError, InputError, LinearRNN, ModelError, load_linear, load_network, save_model

WORDS = [torch.tensor([word]) for length in range(1, 5) for word in itertools.product(range(3), repeat=length)]


def dyadic(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers with few digits: products of a few of them are exact in double precision."""
    return random.integers(-8, 9, shape) / 4


def drawn(seed: int, by_letter: bool = False, affine: bool = True, is_complex: bool = False) -> dict[str, np.ndarray]:
    """Arrays for 3 letters, 2 hidden units and 4 scores."""
    random = np.random.default_rng(seed)
    lettered = (3,) if by_letter else ()
    shapes = {"A": (3, 2, 2), "start": (2,), "readout": (*lettered, 4, 2), "add": (3, 2), "bias": (*lettered, 4)}
    if not affine:
        del shapes["add"], shapes["bias"]
    found = {name: dyadic(random, *shape) for name, shape in shapes.items()}
    if is_complex:
        found = {name: values + 1j * dyadic(random, *values.shape) for name, values in found.items()}
    return found


def defined(arrays: dict[str, np.ndarray], word: list[int], normalize: bool = False) -> np.ndarray:
    """`h ← A[x] h + b[x]`, real part of `C h + d`, as numpy computes it."""
    h = arrays["start"] / (np.linalg.norm(arrays["start"]) if normalize else 1)
    for x in word:
        h = arrays["A"][x] @ h + (arrays["add"][x] if "add" in arrays else 0)
        h = h / np.linalg.norm(h) if normalize else h
    C, d = arrays["readout"], arrays.get("bias", np.zeros(1))
    C, d = C[word[-1]] if C.ndim == 3 else C, d[word[-1]] if d.ndim == 2 else d
    return (C @ h + d).real


# the definition ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize("affine", [False, True])
def test_scores_are_those_of_the_definition_in_fractions(by_letter: bool, affine: bool) -> None:
    arrays = drawn(1, by_letter, affine)
    net = LinearRNN.from_arrays(**arrays)
    exact = {name: np.vectorize(Fraction, otypes=[object])(values) for name, values in arrays.items()}
    for word in WORDS:
        letters = word[0].tolist()
        h = exact["start"]
        for x in letters:
            h = exact["A"][x].dot(h) + (exact["add"][x] if affine else 0)
        C = exact["readout"][letters[-1]] if by_letter else exact["readout"]
        d = (exact["bias"][letters[-1]] if by_letter else exact["bias"]) if affine else 0
        assert [Fraction(v) for v in net(word)[0].tolist()] == list(C.dot(h) + d)
    assert net.additive == affine


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize("real", ["none", "A", "start", "readout"])
def test_complex_units_and_readouts(by_letter: bool, real: str) -> None:
    """Any of the arrays may be real, as long as the states are complex."""
    arrays = drawn(2, by_letter, is_complex=True)
    if real != "none":
        arrays[real] = arrays[real].real
    net = LinearRNN.from_arrays(**arrays)
    assert net.hidden == 4
    assert net.changes == ("complex units became pairs of real ones",)
    for word in WORDS:
        assert np.array_equal(net(word)[0].numpy(), defined(arrays, word[0].tolist()))


def test_a_real_readout_of_twice_the_columns_reads_real_and_imaginary_parts_in_turn() -> None:
    arrays = drawn(3, is_complex=True)
    wide = dyadic(np.random.default_rng(0), 4, 4)
    net = LinearRNN.from_arrays(**arrays | {"readout": wide, "bias": arrays["bias"].real})
    for word in WORDS[:20]:
        h = arrays["start"]
        for x in word[0].tolist():
            h = arrays["A"][x] @ h + arrays["add"][x]
        units = np.array([h[0].real, h[0].imag, h[1].real, h[1].imag])
        assert np.array_equal(net(word)[0].numpy(), wide @ units + arrays["bias"].real)


@pytest.mark.parametrize("is_complex", [False, True])
def test_states_that_are_divided_by_their_norm(is_complex: bool) -> None:
    """The norm of a complex state is that of its pairs."""
    arrays = drawn(4, affine=False, is_complex=is_complex)
    net = LinearRNN.from_arrays(**arrays, normalize=True)
    for word in WORDS:
        expected = defined(arrays, word[0].tolist(), normalize=True)
        np.testing.assert_allclose(net(word)[0].numpy(), expected, atol=1e-12)
    assert torch.allclose(net.hidden_states(WORDS[-1]).norm(dim=-1), torch.ones(1, dtype=torch.float64))


@pytest.mark.parametrize("by_letter", [False, True])
def test_every_position_is_the_last_one_of_a_shorter_word(by_letter: bool) -> None:
    net = LinearRNN.from_arrays(**drawn(5, by_letter))
    words = torch.randint(3, (6, 7), generator=torch.Generator().manual_seed(0))
    every = net(words, every=True)
    assert every.shape == (6, 7, 4)
    for t in range(1, 8):
        assert torch.equal(every[:, t - 1], net(words[:, :t]))
        assert torch.equal(net.hidden_states(words)[:, t - 1], net.hidden_states(words[:, :t])[:, -1])


def test_the_empty_word() -> None:
    arrays = drawn(6)
    empty = torch.zeros(2, 0, dtype=torch.long)
    expected = arrays["readout"] @ arrays["start"] + arrays["bias"]
    assert np.array_equal(LinearRNN.from_arrays(**arrays)(empty)[1].numpy(), expected)
    net = LinearRNN.from_arrays(**drawn(6, by_letter=True))
    assert net(empty, every=True).shape == (2, 0, 4)
    with pytest.raises(InputError, match="the empty word has no scores"):
        net(empty)


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize("affine", [False, True])
def test_weights_are_the_same_network_with_a_constant_unit(by_letter: bool, affine: bool) -> None:
    net = LinearRNN.from_arrays(**drawn(7, by_letter, affine))
    found = net.linear()
    assert found.hidden == 2 + affine
    assert found.by_last_letter == by_letter
    assert found.changes == (("affine terms became a constant unit",) if affine else ())
    for word in WORDS:
        h = found.start
        for x in word[0].tolist():
            h = found.A[x] @ h
        C = found.readout[word[0, -1]] if by_letter else found.readout
        assert np.array_equal(C @ h, net(word)[0].numpy())


def test_a_bias_for_each_last_letter_beside_one_readout() -> None:
    arrays = drawn(8) | {"bias": dyadic(np.random.default_rng(1), 3, 4)}
    net = LinearRNN.from_arrays(**arrays)
    found = net.linear()
    assert found.by_last_letter
    for word in WORDS[:12]:
        assert np.array_equal(net(word)[0].numpy(), defined(arrays, word[0].tolist()))
        h = found.start
        for x in word[0].tolist():
            h = found.A[x] @ h
        assert np.array_equal(found.readout[word[0, -1]] @ h, net(word)[0].numpy())


def test_affine_terms_and_normalised_states_have_no_weights() -> None:
    for gone, what in (("bias", r"affine terms b\[x\]"), ("add", "a bias")):
        arrays = {name: values for name, values in drawn(9).items() if name != gone}
        with pytest.raises(ModelError, match=f"the network has {what} and divides states by their norm"):
            LinearRNN.from_arrays(**arrays, normalize=True).linear()


# numbers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_tensors_of_any_precision_are_kept_exactly(dtype: str) -> None:
    third = torch.tensor([[[1 / 3]], [[-2 / 3]]], dtype=torch.float64).to(getattr(torch, dtype))
    net = LinearRNN.from_arrays(third, torch.ones(1, dtype=third.dtype), torch.ones(2, 1, dtype=third.dtype))
    kept = third.to(torch.complex128).real
    assert torch.equal(net.A[:, :1, :1], kept)
    assert net.start.dtype == torch.float64
    assert (kept == 1 / 3).any() == (dtype in ("float64", "complex128"))


@pytest.mark.parametrize(
    "dtype", ["int8", "int64", "uint8", "float16", "float32", "float64", "complex64", ">f8", "<f4"]
)
def test_arrays_of_any_precision_are_kept_exactly(dtype: str) -> None:
    values = np.array([[[3.2]], [[7.9]]]).astype(dtype)
    net = LinearRNN.from_arrays(values, np.ones(1, dtype=dtype), [[1.0], [2.0]])
    assert net.A[:, 0, 0].tolist() == [float(v) for v in values.real.ravel()]
    if values.dtype.isnative:
        tensors = (torch.from_numpy(values), torch.ones(1), [[1.0], [2.0]])
        assert torch.equal(LinearRNN.from_arrays(*tensors).A[:, 0, 0], net.A[:, 0, 0])
    values[:] = 0  # the network has its own numbers
    assert net.A[:, 0, 0].min() > 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.ones((2, 1, 1), dtype=np.longdouble), "A is of .*, more than double precision"),
        (np.ones((2, 1, 1), dtype=np.clongdouble), "A is of .*, more than double precision"),
        (np.full((2, 1, 1), 2**53 + 1), "A has whole numbers above"),
        (np.full((2, 1, 1), 2**64 - 1, dtype=np.uint64), "A has whole numbers above"),
        (np.full((2, 1, 1), -(2**63)), "A has whole numbers above"),
        ([[["1.0"]], [["2.0"]]], "A has to hold numbers"),
        ([[[None]], [[1.0]]], "A has to hold numbers"),
        (np.ones((2, 1, 1), dtype=bool), "A has to hold numbers"),
        (torch.full((2, 1, 1), 2**53 + 1), "A has whole numbers above"),
        (torch.ones(2, 1, 1, dtype=torch.bool), "A has to hold numbers"),
        (torch.ones(2, 1, 1).to(torch.float8_e4m3fn), "A has to hold numbers"),
        (torch.ones(2, 1, 1).to_sparse(), "give A.to_dense"),
        ([[[1.0]], [[1.0, 2.0]]], "A is no array"),
        ([[[1.0]], [[float("nan")]]], r"A\[1, 0, 0\] is nan"),
        ([[[1.0]], [[complex(0, float("inf"))]]], r"A\[1, 0, 0\] is .*inf"),
        (torch.tensor([[[1.0]], [[-float("inf")]]]), r"A\[1, 0, 0\] is -inf"),
    ],
)
def test_numbers_that_are_refused(values: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        LinearRNN.from_arrays(values, [1.0], [[1.0], [2.0]])


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("A", (3, 2)),
        ("A", (3, 2, 3)),
        ("A", (3, 1, 2)),
        ("A", (0, 2, 2)),
        ("start", (1, 2)),
        ("start", (3,)),
        ("start", ()),
        ("readout", (2,)),
        ("readout", (4, 3)),
        ("readout", (0, 2)),
        ("readout", (2, 4, 2)),
        ("readout", (1, 3, 4, 2)),
        ("add", (2,)),
        ("add", (2, 2)),
        ("add", (3, 3)),
        ("bias", (3,)),
        ("bias", (2, 4)),
        ("bias", (3, 3)),
        ("bias", (1, 3, 4)),
    ],
)
def test_shapes_that_do_not_go_together(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=r"has the shape .* is needed"):
        LinearRNN.from_arrays(**drawn(0) | {name: np.ones(shape)})


@pytest.mark.parametrize("name", ["readout", "bias"])
def test_complex_readouts_of_real_states_are_refused(name: str) -> None:
    arrays = drawn(0)
    with pytest.raises(ModelError, match=f"{name} is complex and the states are real"):
        LinearRNN.from_arrays(**arrays | {name: arrays[name] + 0j})


@pytest.mark.parametrize("normalize", [1, None, "yes", np.bool_(True)])
def test_normalize_is_true_or_false(normalize: object) -> None:
    with pytest.raises(ModelError, match="normalize has to be True or False"):
        LinearRNN.from_arrays([[[1.0]]], [1.0], [[1.0]], normalize=normalize)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [[[3]], [[-1]], [[0.0]], [0], [[[0]]]])
def test_words_that_are_none(words: list) -> None:
    net = LinearRNN.from_arrays(**drawn(0))
    with pytest.raises(InputError):
        net(torch.tensor(words))
    with pytest.raises(InputError):
        net.hidden_states(torch.tensor(words))


def test_other_precisions() -> None:
    arrays = drawn(1)
    net = LinearRNN.from_arrays(**arrays).float()
    assert net(WORDS[0]).dtype == torch.float32
    assert np.array_equal(net.linear().A[:, :2, :2], arrays["A"])
    with pytest.raises(ModelError, match=r"the network is in torch.float16; move it"):
        net.half().linear()
    net = LinearRNN.from_arrays(**arrays)
    net.bias[1] = float("nan")
    with pytest.raises(ModelError, match=r"bias\[1\] is nan"):
        net.check_finite()


# files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_a_saved_network_is_the_same(by_letter: bool, affine: bool, single: bool, tmp_path: Path) -> None:
    net = LinearRNN.from_arrays(**drawn(2, by_letter, affine, is_complex=True), normalize=not affine)
    net = net.float() if single else net
    save_model(net, tmp_path)
    for load in (load_linear, load_network):
        found = load(tmp_path)
        assert isinstance(found, LinearRNN)
        assert found.config == net.config
        assert all(torch.equal(values, found.state_dict()[name]) for name, values in net.state_dict().items())
        assert torch.equal(found(WORDS[-1]), net(WORDS[-1]))


def test_other_precisions_and_nan_are_not_saved(tmp_path: Path) -> None:
    net = LinearRNN.from_arrays(**drawn(2))
    with pytest.raises(ModelError, match=r"torch\.float32 and torch\.float64 are saved"):
        save_model(net.half(), tmp_path / "half")
    net = LinearRNN.from_arrays(**drawn(2))
    net.start[0] = float("inf")
    with pytest.raises(ModelError, match=r"start\[0\] is inf"):
        save_model(net, tmp_path / "inf")
    assert not list(tmp_path.iterdir())


def test_another_kind_of_model_is_named(tmp_path: Path) -> None:
    from bistate.models import Baseline, load_baseline, load_model

    save_model(LinearRNN.from_arrays(**drawn(2)), tmp_path)
    with pytest.raises(CheckpointError, match="load_linear loads it"):
        load_model(tmp_path)
    with pytest.raises(CheckpointError):
        load_baseline(tmp_path)
    save_model(Baseline(2, 4, 2), tmp_path / "other")
    with pytest.raises(CheckpointError, match="the model is no LinearRNN"):
        load_linear(tmp_path / "other")
