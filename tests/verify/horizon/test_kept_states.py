"""Horizons of states that are kept in float16, bfloat16 or int8, against the network that runs so."""

from __future__ import annotations

import itertools

import pytest
import torch
from bistate.models import BilinearRNN, KeptStates, ModelError, Refreshed, to_int8
from bistate.theory import Automaton, realize
from bistate.verify import MismatchError, certify, parse_task
from bistate.verify.exact_check import FormatError, check, digest

C3, S3 = Automaton.modular_addition(3), parse_task("S3")
FORMATS = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def noisy(automaton: Automaton, noise: float, seed: int) -> BilinearRNN:
    """Exact weights, all of them a little off."""
    model = BilinearRNN.from_weights(realize(automaton), dtype=torch.float32)
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for values in model.parameters():
            values += noise * torch.randn(values.shape, generator=draw)
    return model


def all_right(net: torch.nn.Module, automaton: Automaton, length: int) -> bool:
    words = torch.tensor([*itertools.product(range(len(automaton.letters)), repeat=length)])
    ends = torch.full((len(words),), automaton.start_index)
    for t in range(length):
        ends = torch.tensor(automaton.table.tolist())[ends, words[:, t]]
    scores = net(words)
    right = scores.gather(1, ends[:, None])
    others = scores.clone().scatter_(1, ends[:, None], -torch.inf)
    return bool((right[:, 0] > others.amax(dim=1)).all())


@pytest.mark.parametrize("kept", [*FORMATS, "int8"])
@pytest.mark.parametrize(("automaton", "noise"), [(C3, 0.05), (C3, 0.02), (S3, 0.02)])
def test_all_words_up_to_the_horizon_are_right_as_they_run(automaton, noise, kept):
    for seed in range(2):
        model = noisy(automaton, noise, seed)
        found = certify(model, automaton, kept, effort="quick")
        single, exact = (certify(model, automaton, other, effort="quick").horizon for other in ("float32", "exact"))
        assert 0 < found.horizon <= single <= exact
        assert check(found.document) == found.horizon
        assert found.belongs_to(model)
        assert f"the state after it once to {kept}" in found.claim or kept in found.claim
        for length in range(1, min(int(found.horizon), 6 if automaton is C3 else 4) + 1):
            assert all_right(KeptStates(model, kept), automaton, length)


def small(size: float) -> BilinearRNN:
    """A letter that turns a small entry around, which alone is read."""
    model = BilinearRNN(1, 2, 2, "full", dtype=torch.float32)
    with torch.no_grad():
        model.family.weight.copy_(torch.diag(torch.tensor([1.0, -1.0]))[None])
        model.start.copy_(torch.tensor([1.0, size]))
        model.readout.copy_(torch.tensor([[0.0, 1.0], [0.0, -1.0]]))
    return model


@pytest.mark.parametrize(("kept", "lost"), [("float16", 2.0**-26), ("bfloat16", 1e-39), ("int8", 0.49 / 127)])
def test_what_is_below_the_range_is_lost(kept, lost):
    """With the entry gone, both scores are 0."""
    one = Automaton([0, 1], [0], [[1], [0]], 0)
    enough = 8 / 127 if kept == "int8" else 2.0**-9
    assert certify(small(enough), one, kept, effort="quick").horizon >= 2
    assert all_right(KeptStates(small(enough), kept), one, 2)
    if kept != "bfloat16":
        assert certify(small(lost), one, "float32", effort="quick").horizon > 100
        assert not all_right(KeptStates(small(lost), kept), one, 1)
    assert certify(small(lost), one, kept, effort="quick").horizon == 0


def test_a_word_that_the_format_makes_wrong_is_beyond_the_horizon():
    """A quarter turn a fiftieth of a radian too short: the direction is wrong after about 39 letters."""
    model, four = (
        BilinearRNN(1, 2, 4, "rotation", dtype=torch.float32),
        Automaton(range(4), [0], [[1], [2], [3], [0]], 0),
    )
    angle = torch.pi / 2 - 0.02
    with torch.no_grad():
        model.family.weight.copy_(torch.tensor([angle]).reshape(model.family.weight.shape))
        model.start.copy_(torch.tensor([1.0, 0.0]))
        model.readout.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]))
    found = {kept: certify(model, four, kept).horizon for kept in ("exact", "float16", "bfloat16")}
    assert 0 < found["bfloat16"] < found["float16"] < found["exact"] == 39
    for kept in FORMATS:
        word = torch.zeros(1, 60, dtype=torch.int64)
        read = KeptStates(model, kept)(word, every=True)[0].argmax(dim=1)
        wrong = (read != torch.arange(1, 61) % 4).nonzero()
        assert found[kept] <= int(wrong[0]) < 60


def test_refusals():
    wide, narrow = BilinearRNN(2, 4, 2, dtype=torch.float64), BilinearRNN(2, 4, 2, dtype=torch.float32).half()
    for model in (wide, narrow):
        with pytest.raises(MismatchError, match=r"not in float32, which is what arithmetic 'float16' multiplies in"):
            certify(model, Automaton.parity(), "float16")
    exact = BilinearRNN.from_weights(realize(Automaton.parity()), dtype=torch.float32)
    clean = Refreshed(exact, Automaton.parity(), every=2)
    for other in ("bfloat16", "tf32", "int8"):
        with pytest.raises(MismatchError, match=f"'{other}' is not covered for clean-ups"):
            certify(clean, Automaton.parity(), other)
    document = certify(clean, Automaton.parity(), "float32").document
    with pytest.raises(FormatError, match="codes are not for states that are kept in float16"):
        check(_signed(document | {"arithmetic": "float16"}))
    with pytest.raises(MismatchError, match="arithmetic 'float8' is not known; choose one of exact, float64, float32"):
        certify(exact, Automaton.parity(), "float8")
    with pytest.raises(MismatchError, match="scan"):
        certify(exact, Automaton.parity(), "float16", "scan")


def _signed(document: dict) -> dict:
    return document | {"digest": digest(document)}


def test_states_are_kept_as_they_are_said_to_be():
    model = noisy(C3, 0.05, 3)
    words = torch.randint(0, 3, (5, 7), generator=torch.Generator().manual_seed(0))
    for kept, dtype in FORMATS.items():
        net = KeptStates(model, kept)
        assert net.hidden_states(words).dtype == dtype
        h = torch.nn.functional.normalize(model.start, dim=0).to(dtype).expand(5, -1)
        for t in range(7):
            moved = (model.transitions()[words[:, t]] @ h.float()[:, :, None])[:, :, 0]
            h = (moved / moved.norm(dim=1, keepdim=True)).to(dtype)
            assert torch.allclose(net.hidden_states(words)[:, t].float(), h.float(), atol=2 * torch.finfo(dtype).eps)
        assert torch.allclose(net(words), net(words, every=True)[:, -1], atol=1e-6)
        assert torch.equal(net(words), net.hidden_states(words)[:, -1].float() @ model.rows().t())
        assert not torch.equal(net(words), model(words))


@pytest.mark.parametrize(
    ("model", "kept", "reason"),
    [
        (noisy(C3, 0, 0), "float8", "kept='float8' is not known; choose one of float16, bfloat16, int8"),
        (BilinearRNN(2, 4, 2, dtype=torch.float64), "float16", "BilinearRNN in float32 with normalize=True"),
        (BilinearRNN(2, 4, 2, normalize=False, dtype=torch.float32), "float16", "normalize=True"),
        (torch.nn.Linear(2, 2), "float16", "not for this Linear"),
    ],
)
def test_networks_that_are_none(model, kept, reason):
    with pytest.raises(ModelError, match=reason):
        KeptStates(model, kept)


def test_states_of_int8_are_whole_numbers_of_a_scale():
    model = noisy(C3, 0.05, 3)
    words = torch.randint(0, 3, (5, 7), generator=torch.Generator().manual_seed(0))
    net = KeptStates(model, "int8")
    h = torch.nn.functional.normalize(model.start, dim=0).expand(5, -1)
    for t in range(8):
        d = h.abs().amax(dim=1, keepdim=True) / 127
        assert torch.equal(to_int8(h)[0], torch.round(h / d).to(torch.int8))
        h = torch.round(h / d) * d
        if t:
            assert torch.allclose(net.hidden_states(words)[:, t - 1], h, atol=1e-5)
        if t < 7:
            moved = (model.transitions()[words[:, t]] @ h[:, :, None])[:, :, 0]
            h = moved / moved.norm(dim=1, keepdim=True)
    assert torch.equal(net(words), net.hidden_states(words)[:, -1] @ model.rows().t())
    assert to_int8(torch.zeros(1, 3))[0].tolist() == [[0, 0, 0]]


def test_rounding_at_random_is_refused():
    with pytest.raises(ModelError, match="rounding='stochastic' is not covered; choose 'nearest'"):
        KeptStates(noisy(C3, 0, 0), "int8", rounding="stochastic")


def test_weights_of_int8_have_a_horizon_with_states_of_int8():
    """Whole numbers times one scale for each parameter; products of whole numbers are exact."""
    model = noisy(C3, 0.02, 0)
    with torch.no_grad():
        for p in model.parameters():
            d = p.abs().max() / 127
            p.copy_(torch.round(p / d) * d)
    found = certify(model, C3, "int8", effort="quick")
    assert 0 < found.horizon < certify(model, C3, "float32", effort="quick").horizon
    R, start, rows = (torch.round(p / (p.abs().max() / 127)) for p in (model.family.weight, model.start, model.readout))
    for word in itertools.product(range(3), repeat=min(int(found.horizon), 4)):
        r = to_int8(torch.nn.functional.normalize(start, dim=0)[None])[0].double()
        for x in word:  # one scale is a positive factor, which the norm takes away
            g = R[x].double() @ r[0]
            r = to_int8((g / g.norm()).float()[None])[0].double()
        assert int((rows.double() @ r[0]).argmax()) == sum(word) % 3


def test_claims_about_int8_say_what_they_are_about():
    found = certify(noisy(C3, 0.02, 0), C3, "int8", effort="quick")
    assert "in int8 arithmetic (float32, and states rounded to whole multiples of their largest entry" in found.claim


def test_a_state_of_more_numbers_than_the_norm_allows_is_refused():
    wide = BilinearRNN(1, 1025, 2, "diagonal", dtype=torch.float32)
    with pytest.raises(MismatchError, match="1025 hidden units are more than 1024"):
        certify(wide, Automaton([0, 1], [0], [[1], [0]], 0), "int8")
