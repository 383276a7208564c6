"""Horizons of products in TF32, against the network that runs so, and what is refused."""

from __future__ import annotations

import itertools

import pytest
import torch
from bistate.models import BilinearRNN, LinearRNN, ModelError, Tf32Products, to_tf32
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, certify, parse_task
from bistate.verify.exact_check import CheckError, check, digest

C3, S3 = Automaton.modular_addition(3), parse_task("S3")
ROUNDINGS = ("nearest", "truncate")


def noisy(automaton: Automaton, noise: float, seed: int, family: str | None = None) -> BilinearRNN:
    weights = realize(automaton) if family is None else realize(automaton, family)
    model = BilinearRNN.from_weights(weights, transition=family, dtype=torch.float32)
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for values in model.parameters():
            values += noise * torch.randn(values.shape, generator=draw)
    return model


def first_wrong(net: torch.nn.Module, automaton: Automaton, words: torch.Tensor) -> int | None:
    """The least number of letters after which a score is not strictly right."""
    ends = torch.full((len(words),), automaton.start_index)
    scores, table = net(words, every=True), torch.tensor(automaton.table.tolist())
    for t in range(words.shape[1]):
        ends = table[ends, words[:, t]]
        right = scores[:, t].gather(1, ends[:, None])
        others = scores[:, t].clone().scatter_(1, ends[:, None], -torch.inf)
        if not bool((right[:, 0] > others.amax(dim=1)).all()):
            return t + 1
    return None


@pytest.mark.parametrize(("automaton", "noise", "family"), [(C3, 0.05, None), (C3, 0.02, "full"), (S3, 0.02, "full")])
def test_no_word_up_to_the_horizon_is_wrong_as_it_runs(automaton, noise, family):
    for seed in range(2):
        model = noisy(automaton, noise, seed, family)
        found = certify(model, automaton, "tf32", effort="quick")
        single = certify(model, automaton, "float32", effort="quick").horizon
        assert 0 < found.horizon < single
        assert check(found.document) == found.horizon
        assert found.belongs_to(model)
        assert "in tf32 arithmetic (float32, and products of weights and states that are cut or rounded" in found.claim
        letters, most = len(automaton.letters), min(int(found.horizon), 5 if automaton is C3 else 3)
        every = torch.tensor([*itertools.product(range(letters), repeat=most)])
        drawn = torch.randint(letters, (64, int(found.horizon)), generator=torch.Generator().manual_seed(seed))
        repeated = torch.arange(letters)[:, None].expand(-1, int(found.horizon))
        for rounding in ROUNDINGS:
            for words in (every, drawn, repeated):
                assert first_wrong(Tf32Products(model, rounding), automaton, words) is None


def quarter(angle: float) -> tuple[BilinearRNN, Automaton]:
    """A quarter turn that is a little too short, stored as a matrix."""
    model = BilinearRNN(1, 2, 4, "full", dtype=torch.float32)
    c, s = torch.cos(torch.tensor(angle)), torch.sin(torch.tensor(angle))
    with torch.no_grad():
        model.family.weight.copy_(torch.stack([torch.stack([c, -s]), torch.stack([s, c])])[None])
        model.start.copy_(torch.tensor([1.0, 0.0]))
        model.readout.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]))
    return model, Automaton(range(4), [0], [[1], [2], [3], [0]], 0)


def test_a_word_that_tf32_makes_wrong_is_beyond_the_horizon():
    """Weights of a turn are off by up to 2**-11: far fewer letters than in float32."""
    model, four = quarter(torch.pi / 2 - 0.004)
    found, exact = (certify(model, four, kind).horizon for kind in ("tf32", "exact"))
    words = torch.zeros(1, 400, dtype=torch.int64)
    wrong = {rounding: first_wrong(Tf32Products(model, rounding), four, words) for rounding in ROUNDINGS}
    assert 10 < found < min(wrong.values())
    assert first_wrong(model, four, words) == exact + 1
    assert exact + 1 not in wrong.values()  # the products are not those of float32


def test_numbers_of_tf32_are_off_by_as_much_as_is_claimed():
    values = torch.tensor([1 + 2**-11 - 2**-23, 1 + 2**-11, -1 - 2**-10 - 2**-12, 2.0**-130, 3.0])
    assert to_tf32(values).tolist() == [1.0, 1 + 2**-10, -1 - 2**-10, 2.0**-130, 3.0]
    assert to_tf32(values, "truncate").tolist() == [1.0, 1.0, -1 - 2**-10, 2.0**-130, 3.0]
    drawn = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    for rounding, off in (("nearest", 2.0**-11), ("truncate", 2.0**-10)):
        found = ((to_tf32(drawn, rounding).double() - drawn.double()) / drawn.double()).abs().max()
        assert 0.9 * off < found <= off


@pytest.mark.parametrize("family", ["cp", "householder"])
def test_families_of_several_products_are_refused(family):
    model = noisy(C3, 0, 0, family)
    with pytest.raises(MismatchError, match=f"families that multiply by A.x. at once, not for {family}"):
        certify(model, C3, "tf32")
    with pytest.raises(ModelError, match=f"not for {family}"):
        Tf32Products(model)
    document = certify(model, C3, "float32", effort="quick").document | {"arithmetic": "tf32"}
    with pytest.raises(CheckError, match="for letters that are multiplied at once"):
        check(document | {"digest": digest(document)})


@pytest.mark.parametrize(
    ("model", "rounding", "reason"),
    [
        (noisy(C3, 0, 0), "stochastic", "rounding='stochastic' is not known; choose one of nearest, truncate"),
        (
            BilinearRNN(2, 4, 2, dtype=torch.float64),
            "nearest",
            "not for this BilinearRNN in float64 with normalize=True",
        ),
        (torch.nn.Linear(2, 2), "nearest", "not for this Linear"),
    ],
)
def test_networks_that_are_none(model, rounding, reason):
    with pytest.raises(ModelError, match=reason):
        Tf32Products(model, rounding)


def test_numbers_that_are_none():
    with pytest.raises(ModelError, match=r"TF32 is made of float32, not of torch\.float64"):
        to_tf32(torch.ones(2, dtype=torch.float64))
    with pytest.raises(ModelError, match="rounding='up' is not known"):
        to_tf32(torch.ones(2), "up")


@pytest.fixture
def precision():
    yield torch.set_float32_matmul_precision
    torch.set_float32_matmul_precision("highest")


def test_where_tf32_is_on_the_error_names_the_arithmetic_that_covers_it(precision):
    model = noisy(C3, 0.02, 0, "full")
    proof = certify(model, C3, "tf32", effort="quick")
    precision("high")
    with pytest.raises(MismatchError, match="certify in arithmetic 'tf32'"):
        certify(model, C3, "float32")
    assert certify(model, C3, "tf32", effort="quick").horizon == proof.horizon
    assert proof.belongs_to(model)
    precision("medium")
    with pytest.raises(MismatchError, match="products are not in TF32"):
        certify(model, C3, "tf32")


@pytest.mark.parametrize("name", ["NVIDIA_TF32_OVERRIDE", "ONEDNN_DEFAULT_FPMATH_MODE"])
def test_environment_variables_of_tf32(monkeypatch, name):
    model, value = noisy(C3, 0.02, 0, "full"), "1" if name.startswith("NVIDIA") else "TF32"
    monkeypatch.setenv(name, value)
    with pytest.raises(MismatchError, match=f"{name}={value} is set.* arithmetic 'tf32'"):
        certify(model, C3, "float32")
    assert certify(model, C3, "tf32", effort="quick").horizon > 0
    monkeypatch.setenv(name, "BF16")
    with pytest.raises(MismatchError, match=r"products are not in TF32; unset it$"):
        certify(model, C3, "tf32")


def test_a_linear_network_and_long_sums():
    rows = [[[0.0, -1.0], [1.0, 0.0]]]
    net = LinearRNN.from_arrays(rows, [1.0, 0.0], [[1.0, 0], [0, 1], [-1, 0], [0, -1]], normalize=True).float()
    four = Automaton(range(4), [0], [[1], [2], [3], [0]], 0)
    assert certify(net, four, "tf32", effort="quick").horizon > 10
    document = certify(net, four, "tf32", effort="quick").document | {"terms": 2**22 // 24 + 1}
    with pytest.raises(CheckError, match="too long for the digits"):
        check(document | {"digest": digest(document)})
