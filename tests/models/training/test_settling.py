"""Settling: E vanishes at exact weights, near ones become exact, and a model that does not settle is left as it was."""

import itertools
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from bistate.groups import SymmetricGroup
from bistate.groups.catalogue.named import named_group
from bistate.models import (
    Baseline,
    BilinearRNN,
    ModelError,
    StateTracking,
    TrainConfig,
    TrainingError,
    evaluate,
    settle,
    train,
    train_ensemble,
    usual_config,
)
from bistate.models.clean_up.codes import codes_of
from bistate.models.training import progress, settling
from bistate.models.training.settling import co_accepted, settle_trained
from bistate.theory import Automaton, realize
from rich.console import Console

S3 = Automaton.word_problem(SymmetricGroup(3))
KLEIN = Automaton.word_problem(named_group("C2xC2"))
C5 = Automaton.modular_addition(5)
LONG = 5000


def near(automaton: Automaton, family: str, noise: float, seed: int = 0, **options: bool) -> BilinearRNN:
    """Exact weights of a family with gaussian noise on every parameter of the transitions."""
    model = BilinearRNN.from_weights(realize(automaton, family), family, dtype=torch.float32, **options)
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.family.parameters():
            parameter.add_(noise * torch.randn(parameter.shape, generator=draw))
    return model


def weights_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(model: torch.nn.Module, before: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("automaton", "family"),
    [(S3, "full"), (S3, "block"), (S3, "cp"), (S3, "householder"), (C5, "rotation"), (KLEIN, "diagonal")],
    ids=["full", "block", "cp", "householder", "rotation", "diagonal"],
)
def test_weights_near_exact_ones_become_exact(automaton: Automaton, family: str) -> None:
    model = near(automaton, family, 0.01)
    assert evaluate(model, automaton, LONG, 100) < 0.9  # the noise matters
    found = settle(model, automaton)
    assert found.taken
    assert found.after < 1e-6 < 1e-4 < found.before
    assert evaluate(model, automaton, LONG, 100) == 1.0


def test_exact_weights_are_settled_from_the_start() -> None:
    model = BilinearRNN.from_weights(realize(S3), "full")
    found = settle(model, S3)
    assert found.taken
    assert found.before < 1e-12
    assert evaluate(model, S3, LONG, 100) == 1.0


def test_the_distance_is_that_of_its_definition() -> None:
    """The largest ‖A[x] v / ‖A[x] v‖ − v'‖, written out, for the codes that settling leaves: h_0 and its images."""
    model = near(S3, "full", 0.01)
    found = settle(model, S3)
    A = model.transitions().detach().double().numpy()
    codes = {S3.start_index: model.start.detach().double().numpy()}
    for word in itertools.product(range(len(S3.letters)), repeat=3):
        q, h = S3.start_index, codes[S3.start_index]
        for x in word:
            q, h = int(S3.table[q, x]), A[x] @ h / np.linalg.norm(A[x] @ h)
            codes.setdefault(q, h)
            assert np.linalg.norm(h - codes[q]) < 6 * found.after + 1e-6  # float32 weights


def test_a_model_that_knows_nothing_stays_as_it_was() -> None:
    model = BilinearRNN(letters=6, hidden=8, states=6, transition="rotation")
    before = weights_of(model)
    found = settle(model, S3, steps=40)
    assert not found.taken
    assert found.after > settling.ENOUGH
    assert same(model, before)


def test_codes_that_become_one_take_it_all_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """No readout tells equal codes apart, so the model stays as it was."""
    model = near(S3, "full", 0.01)
    before = weights_of(model)

    def collapse(self: settling._Search, steps: int) -> None:
        with torch.no_grad():
            self.codes[:] = self.codes[0]
            self.model.family.weight.copy_(torch.eye(self.model.hidden).expand(6, -1, -1))

    monkeypatch.setattr(settling._Search, "go_on", collapse)
    found = settle(model, S3)
    assert not found.taken
    assert found.after < 1e-12
    assert same(model, before)


def test_a_readout_that_loses_a_label_is_fitted_again() -> None:
    """Rotations by the angles of C5 whose readout is turned away: the codes are right, the old readout is not."""
    model = near(C5, "rotation", 0.01)
    codes = torch.from_numpy(codes_of(model.linear(), C5)).float()
    search = settling._Search(model.double(), codes.double(), C5, np.nonzero(np.ones((5, 5), dtype=bool)))
    labels = torch.arange(5)
    with torch.no_grad():
        model.readout.copy_(codes.roll(1, 0))
    assert not search.right(labels).any()
    search.read_again(labels, labels)
    assert search.right(labels).all()


def test_a_readout_that_is_wrong_at_the_end_is_fitted_to_the_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    model, real, calls = near(S3, "full", 0.01), settling._Search.right, []
    with torch.no_grad():
        model.readout.copy_(model.readout.roll(1, 0))

    def right(self: settling._Search, labels: torch.Tensor) -> torch.Tensor:
        calls.append(len(calls))
        return real(self, labels) | (len(calls) == 1)  # as if it had been right before

    monkeypatch.setattr(settling._Search, "right", right)
    assert settle(model, S3).taken
    assert evaluate(model, S3, LONG, 100) == 1.0


def test_reflections_become_whole_ones() -> None:
    """β = 1.96 of every factor of exact weights for S3: no finite b is a reflection."""
    model = near(S3, "householder", 0.0)
    with torch.no_grad():
        model.family.strength.clamp_(-4, 4)
    found = settle(model, S3)
    assert found.taken
    assert (model.family.strength.abs() == 100).all()


def test_tasks_about_accepted_words_ask_for_their_letters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    A = Automaton.from_regex("(ab)*")
    given = []

    def note(model: object, automaton: object, steps: int, edges: object, **named: object) -> settling.Settled:
        given.append(edges)
        return settling.Settled(1.0, 1.0, 0, False)

    monkeypatch.setattr(settling, "settle", note)
    model = BilinearRNN(2, 4, len(A.states))
    for words in ("accepted", "uniform"):
        task = StateTracking(A, (2, 6), words=words)
        settle_trained(model, task, task.held_out(8, None), 10)
    assert (given[0] == co_accepted(A)).all()
    assert given[1] is None


def test_fewer_right_words_take_it_all_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model, task = near(S3, "full", 1e-3), StateTracking(S3)
    before = weights_of(model)
    settled = settle

    def spoil(model: BilinearRNN, *arguments: object, **named: object) -> settling.Settled:
        found = settled(model, S3)
        with torch.no_grad():
            model.readout.neg_()
        return found

    monkeypatch.setattr(settling, "settle", spoil)
    found = settle_trained(model, task, task.held_out(100, None), 50)
    assert found is not None
    assert not found.taken
    assert same(model, before)


def test_norms_are_kept_where_states_are_not_divided_by_them() -> None:
    model = near(S3, "full", 0.01, normalize=False)
    words = torch.randint(6, (20, LONG))
    grown = model.hidden_states(words)[:, -1].norm(dim=-1) / model.start.norm()
    assert not (0.5 < grown.min() < grown.max() < 2)
    assert settle(model, S3).taken
    grown = model.hidden_states(words)[:, -1].norm(dim=-1) / model.start.norm()
    assert 0.99 < grown.min() < grown.max() < 1.01


def test_states_of_householder_factors_saturate() -> None:
    model = BilinearRNN(letters=1, hidden=4, states=2, transition="householder", reflections=3)
    with torch.no_grad():
        model.family.strength.copy_(torch.tensor([4.0, 0.5, -4.0])[None, :, None])
    model.family.saturate()
    beta = 2 * torch.sigmoid(model.family.strength)[0, :, 0]
    assert beta[0] == 2
    assert beta[1] == 2 * torch.sigmoid(torch.tensor(0.5))
    assert beta[2] == 0


def test_letters_that_matter_are_those_on_accepted_words() -> None:
    A = Automaton.from_regex("(ab)*|ba")
    found = co_accepted(A)
    expected = np.zeros_like(found)
    for length in range(8):
        for word in itertools.product(A.letters, repeat=length):
            if A.run(word) in (A.accepting or ()):
                for k in range(length):
                    expected[A.state_index(A.run(word[:k])), A.letter_index(word[k])] = True
    assert (found == expected).all()
    assert not found.all()


def test_only_letters_that_matter_are_asked_for() -> None:
    """Weights that are exact on accepted words, and lead anywhere from others, are settled as they are."""
    A = Automaton.from_regex("(ab)*")
    edges = co_accepted(A)
    model = BilinearRNN.from_weights(realize(A, "full"), "full")
    codes = codes_of(model.linear(), A)
    with torch.no_grad():
        for q, x in np.argwhere(~edges).tolist():  # A v = the code of the start, for all codes v that leave
            change = torch.from_numpy(np.outer(codes[A.start_index], np.linalg.pinv(codes)[:, q]))
            old = model.family.weight[x] @ torch.from_numpy(np.outer(codes[q], np.linalg.pinv(codes)[:, q]))
            model.family.weight[x] += change - old
    assert settle(model, A, steps=0, edges=edges).before < 1e-12
    assert settle(model, A, steps=0).before > 0.1


def test_what_cannot_be_settled_is_refused() -> None:
    with pytest.raises(ModelError, match="settling takes a BilinearRNN without additive terms, got Baseline"):
        settle(Baseline(6, 8, 6, "gru"), S3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="additive terms, got a BilinearRNN with additive terms"):
        settle(BilinearRNN(6, 8, 6, additive=True), S3)
    with pytest.raises(ModelError, match="letters=5, the automaton has 6"):
        settle(BilinearRNN(5, 8, 6), S3)
    large = Automaton.modular_addition(240)
    with pytest.raises(TrainingError, match="240 states and 240 letters have 57600 pairs; settling looks at 50000 at"):
        settle(BilinearRNN(240, 2, 240), large)
    assert settle_trained(BilinearRNN(240, 2, 240), StateTracking(large), [], 10) is None


CONFIG = usual_config("full", steps=150, threads=1, checkpoint_every=100, validate_every=50)


def small() -> BilinearRNN:
    return BilinearRNN(letters=2, hidden=6, states=2, seed=3)


def test_training_settles_and_says_so(tmp_path: Path) -> None:
    task = StateTracking(Automaton.parity())
    model = small()
    run = train(model, task, CONFIG, tmp_path)
    assert run.settled is not None
    assert run.settled < 1e-6
    plain = small()
    assert train(plain, task, usual_config("full", steps=150, threads=1, settle_steps=0)).settled is None
    assert not same(plain, weights_of(model))
    again = train(small(), task, CONFIG, tmp_path)  # a finished run is loaded, and not settled again
    assert again.settled == run.settled
    assert same(again.model, weights_of(model))


def test_an_interrupt_while_settling_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task, whole = StateTracking(Automaton.parity()), small()
    train(whole, task, CONFIG)
    searching, calls = settling._Search.go_on, []

    def interrupted(self: settling._Search, steps: int) -> None:
        calls.append(steps)
        searching(self, steps)
        signal.raise_signal(signal.SIGINT)

    model = small()
    with monkeypatch.context() as patch:
        patch.setattr(settling._Search, "go_on", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(model, task, CONFIG, tmp_path)
    assert len(calls) == 1
    run = train(small(), task, CONFIG, tmp_path)
    assert run.settled is not None
    assert same(run.model, weights_of(whole))


def test_a_configuration_without_settling_is_written_as_before() -> None:
    assert "settle_steps" not in TrainConfig().to_json()
    assert TrainConfig(settle_steps=5).to_json()["settle_steps"] == 5
    with pytest.raises(TrainingError, match="settle_steps is an integer of at least 0, got settle_steps=-1"):
        TrainConfig(settle_steps=-1)


def test_an_ensemble_settles_each_of_its_models() -> None:
    task, models = StateTracking(Automaton.parity()), [small(), BilinearRNN(2, 6, 2, seed=4)]
    configs = [usual_config("full", steps=150, seed=k) for k in range(2)]
    train_ensemble(models, task, configs)
    for model in models:
        assert settle(model, task.automaton, steps=1).before < 1e-6


def test_settling_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same line goes on from training: two of them at once are more than a terminal can show."""
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "Console", lambda **options: Console(force_terminal=True, width=120, **options))
    shown: list[tuple[str, int, str]] = []
    reach = progress.ProgressLine.reach

    def seen(line: progress.ProgressLine, step: int, state: str = "") -> None:
        shown.append((line.what, line.steps, state))
        reach(line, step, state)

    monkeypatch.setattr(progress.ProgressLine, "reach", seen)
    parity = Automaton.parity()
    config = usual_config("full", steps=300, settle_steps=40)
    train(BilinearRNN(2, 8, 2), StateTracking(parity), config, progress=True)
    assert [text for text in shown if text[0] == "training"][-1][1] == 300
    last = [text for text in shown if text[0] == "settling"][-1]
    assert last[1] == 40
    assert last[2].startswith("largest distance ")
    assert "settling" in capsys.readouterr().err
