"""Steps that read several letters: the lifted recurrence answers as the code does, and claims are about letters."""

import numpy as np
import pytest
import torch
from bistate.models import LinearRNN, ModelError, NormedReadout, load_linear, save_model
from bistate.models.step_windows import count
from bistate.theory import Automaton
from bistate.verify import SnapError, certify, compare, recognise, refute, snap
from torch import Tensor, nn

LETTERS, WIDTH, STATES = 3, 4, 3


class Convolved(nn.Module):
    """A causal convolution of `window` taps over embeddings, then a delta rule, as an own module would have it."""

    def __init__(self, window: int = 2, adds: bool = True, asks: str = "state", seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.letters, self.states, self.window, self.adds, self.asks = LETTERS, STATES, window, adds, asks
        self.embedding = nn.Embedding(LETTERS + 1, WIDTH, padding_idx=LETTERS)
        self.taps = nn.Parameter(torch.randn(window, WIDTH))
        self.key, self.value, self.query = (nn.Linear(WIDTH, n) for n in (2, 2, 2))
        self.head = nn.Linear(2, STATES, bias=adds)
        self.start = torch.randn(2, 2, dtype=torch.float64)
        self.double().eval().requires_grad_(False)

    def mixed(self, words: Tensor) -> Tensor:
        return (self.embedding(words) * self.taps).sum(-2)

    def step(self, S: Tensor, words: Tensor) -> Tensor:
        u = nn.functional.silu(self.mixed(words))
        k = nn.functional.normalize(self.key(u), dim=-1).unsqueeze(-1)
        S = S - 1.9 * k @ (k.mT @ S)
        return S + k @ self.value(u).unsqueeze(-2) if self.adds else S

    def scores(self, S: Tensor, words: Tensor) -> Tensor:
        asked = {"state": torch.zeros_like(words[:, :1]), "newest": words[:, -1:], "window": words}[self.asks]
        q = self.query(self.embedding(asked).sum(1)) if self.asks != "window" else self.query(self.mixed(asked))
        return self.head((q.unsqueeze(-2) @ S).squeeze(-2))

    def forward(self, x: Tensor) -> Tensor:
        S = self.start.expand(len(x), 2, 2)
        padded = torch.cat([torch.full((len(x), self.window - 1), LETTERS), x], 1)
        for windows in padded.unfold(1, self.window, 1).unbind(1):
            S = self.step(S, windows)
        return self.scores(S, windows)


@pytest.mark.parametrize("asks", ["state", "newest", "window"])
@pytest.mark.parametrize("adds", [True, False])
@pytest.mark.parametrize("window", [2, 3])
def test_the_same_answers_as_the_code(window: int, adds: bool, asks: str) -> None:
    own = Convolved(window, adds, asks)
    net = LinearRNN.from_step(own.step, LETTERS, own.start, own.scores, window=window)
    random = torch.Generator().manual_seed(1)
    for length in (1, 2, 3, 17):
        words = torch.randint(LETTERS, (100, length), generator=random)
        assert torch.allclose(net(words), own(words), rtol=1e-9, atol=1e-9)
    longest = window if asks == "window" else window - 1
    assert net.window.contexts == count(LETTERS, longest)
    assert net.hidden == net.window.contexts * (4 + adds)
    assert f"reads the last {window} letters" in net.changes[0]


def test_hidden_states_are_those_of_the_step() -> None:
    own = Convolved()
    net = LinearRNN.from_step(own.step, LETTERS, own.start, own.scores, window=2)
    states = net.hidden_states(torch.tensor([[2, 1]]))
    first = own.step(own.start[None], torch.tensor([[LETTERS, 2]]))
    assert torch.allclose(states[0], torch.stack([first, own.step(first, torch.tensor([[2, 1]]))]).flatten(1))


@pytest.mark.parametrize("normalize", [True, False])
def test_arrays_and_norms_read_every_block(normalize: bool) -> None:
    own = Convolved(adds=False)
    rows = np.random.default_rng(0).normal(size=(STATES, 4))

    def expected(words: Tensor) -> Tensor:
        S = own.start.expand(len(words), 2, 2)
        for t in range(words.shape[1]):
            before = words[:, t - 1] if t else torch.full((len(words),), LETTERS)
            S = own.step(S, torch.stack([before, words[:, t]], 1))
            S = S / S.flatten(1).norm(dim=1)[:, None, None] if normalize else S
        return S.flatten(1)

    words = torch.randint(LETTERS, (50, 6), generator=torch.Generator().manual_seed(2))
    net = LinearRNN.from_step(own.step, LETTERS, own.start, rows, bias=[0, 1, 2], normalize=normalize, window=2)
    assert torch.allclose(net(words), expected(words) @ torch.from_numpy(rows).T + torch.arange(3.0))
    part = NormedReadout(np.eye(STATES), rows, eps=0.1, centred=True)
    net = LinearRNN.from_step(own.step, LETTERS, own.start, None, normalize=normalize, window=2, norms=[part])
    y = expected(words) @ torch.from_numpy(rows).T
    assert torch.allclose(net(words), nn.functional.layer_norm(y, (STATES,), eps=0.1))


def test_complex_states_become_pairs_in_every_block() -> None:
    turn = torch.exp(2j * torch.pi * torch.arange(4, dtype=torch.float64) / 7)
    rows = np.array([[1.0 + 0j], [0.5j]])
    net = LinearRNN.from_step(
        lambda h, x: h * turn[x].prod(1, keepdim=True), 3, np.ones(1, dtype=complex), rows, window=2
    )
    words = torch.tensor([[1, 2, 0]])
    h = turn[3] * turn[1] * turn[1] * turn[2] * turn[2] * turn[0]
    assert torch.allclose(net(words)[0], torch.stack([h.real, (0.5j * h).real]))
    assert net.changes[0].startswith("complex units")


def late() -> tuple[LinearRNN, Automaton]:
    """Parity whose step takes the letter before, and whose readout the newest: exact, and only over words."""

    def sign(letters: Tensor) -> Tensor:
        return (-1.0) ** (letters == 1).double()

    return LinearRNN.from_step(
        lambda h, x: h * sign(x[:, :1]), 2, [1.0], lambda h, x: sign(x[:, 1:]) * torch.cat([h, -h], 1), window=2
    ), Automaton.parity()


def test_verbs_speak_of_words_of_letters() -> None:
    """Windows that do not follow each other are no words: with them the net would be wrong, and it is proved right."""
    net, task = late()
    assert recognise(net).group == "C2"
    assert refute(net, task) is None
    proved = certify(net, task)
    assert proved.horizon >= 1000
    assert "a step reads the last 2 letters" in proved.claim
    assert proved.belongs_to(net, task)
    counts_all = Automaton([0, 1], [0, 1], [[1, 1], [0, 0]], 0)
    wrong = refute(net, counts_all)
    assert wrong is not None
    assert len(wrong.word) == 1
    assert certify(net, counts_all).horizon == 0


def test_what_needs_a_matrix_for_each_letter_says_so() -> None:
    net, task = late()
    found = compare(net, task)
    assert found.shown == "hidden states"
    assert "reads the last 2 letters, so no matrix belongs to one letter" in found.withheld
    with pytest.raises(SnapError, match="a step reads the last 2 letters"):
        snap(net, task)
    with pytest.raises(SnapError, match="a step reads the last 2 letters"):
        snap(net)


def test_saved_and_loaded(tmp_path) -> None:
    net, _ = late()
    save_model(net, tmp_path)
    again = load_linear(tmp_path)
    assert again.window == net.window
    assert again.config == net.config


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"letters": 6, "window": 8}, "window=8 with 6 letters makes more than 16384 windows; evaluate, refute and"),
        ({"letters": 2, "window": 10**9}, "makes more than 16384 windows"),
        ({"letters": 20, "window": 3}, r"window=3 with 20 letters makes 1684 hidden units, and at most 647 are cov"),
        ({"window": 1.5}, "window has to be a positive integer"),
        ({"step": lambda h, x: h.abs(), "window": 2}, r"not affine in h: for the letters \(2, 0\)"),
        ({"step": lambda h, x: h[:, 0], "window": 2}, "has to give a tensor of shape"),
        ({"step": lambda h, x: h + 1, "window": 2, "normalize": True}, r"the step adds a term .*window=2"),
        ({"readout": lambda h, x: h + x[:, :1], "window": 2, "normalize": True}, "the readout adds a term"),
        ({"readout": lambda h, x: h**2, "window": 2}, r"readout\(h, x\) is not affine"),
        ({"readout": lambda h, x: h[0], "window": 2}, r"readout\(h, x\) has to give scores of shape"),
        ({"step": lambda h, x: h[x], "window": 2}, r"fails on states .*the letters \(2, 0\)|has to give a tensor"),
    ],
)
def test_refused(options: dict, said: str) -> None:
    given = {"step": lambda h, x: h, "letters": 2, "start": np.ones(4), "readout": np.ones((2, 4))} | options
    with pytest.raises(ModelError, match=said):
        LinearRNN.from_step(**given)


def test_too_large_where_the_readout_reads_the_oldest_letter() -> None:
    table = torch.arange(13.0, dtype=torch.float64)
    given = {"letters": 12, "start": np.ones(9), "window": 2}
    LinearRNN.from_step(lambda h, x: h, readout=np.ones((2, 9)), **given)
    with pytest.raises(ModelError, match="makes 1413 hidden units"):
        LinearRNN.from_step(lambda h, x: h, readout=lambda h, x: h * table[x[:, :1]], **given)
