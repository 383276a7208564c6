"""`bistate train --model` with layers, and the folder that it leaves."""

import json
from pathlib import Path

import pytest
import torch
from bistate.models import DeltaProduct, StateTracking, load_network, train, usual_config
from bistate.models.layers.registry import ALL, name_of
from bistate.theory import Automaton
from bistate.verify.cli import main
from bistate.verify.cli.train_model import LAYER_OPTIONS, Family


def test_every_layer_has_a_name_and_usual_settings() -> None:
    assert {family.value for family in Family} > set(ALL)
    assert set(LAYER_OPTIONS) < set(ALL)
    for name in ALL:
        config = usual_config(name, seed=3)
        assert (config.lr, config.weight_decay, config.seed) == (1e-2, 0.0, 3)
        assert name_of(ALL[name](2, 8, 2)) == name

    class Own(DeltaProduct):
        pass

    assert name_of(Own(2, 8, 2)) is None


def test_a_layer_is_trained_with_its_usual_settings_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bistate.models.training.config.USUAL", {"delta_product": {"steps": 4}})
    layer = DeltaProduct(2, 8, 2, head_dim=2)
    assert train(layer, StateTracking(Automaton.parity()), progress=False).steps == 4


@pytest.mark.parametrize("name", ALL)
def test_a_run_of_each(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["train", "parity", "--model", name, "--hidden", "8", "--steps", "2", "--batch", "4", "--json"]
    assert main([*asked, "-o", str(tmp_path / "run")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] == 2
    assert set(found["accuracy"]) == {"10", "500"}
    assert type(load_network(tmp_path / "run")) is ALL[name]


@pytest.mark.parametrize(
    ("model", "options", "attribute", "value"),
    [
        ("deltanet", ["--heads", "2"], "num_heads", 2),
        ("delta_product", ["--reflections", "3"], "num_householder", 3),
        ("slice", ["--block", "2"], "block_size", 2),
        ("pd_ssm", ["--dictionary", "3"], "dictionary_size", 3),
        ("sd_ssm", ["--dictionary", "3"], "num_A", 3),
    ],
)
def test_options(model: str, options: list[str], attribute: str, value: int, tmp_path: Path) -> None:
    asked = ["train", "parity", "--model", model, "--hidden", "8", "--steps", "0", *options]
    assert main([*asked, "-o", str(tmp_path / "run")]) == 0
    assert load_network(tmp_path / "run").options[attribute] == value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "lru", "--rank", "3"], "--rank 3 does not go with --model lru, which takes --hidden"),
        (
            ["--model", "deltanet", "--reflections", "2"],
            "--reflections 2 does not go with --model deltanet, which takes",
        ),
        (["--model", "s4d", "--layers", "2"], "--layers 2 does not go with --model s4d"),
        (["--model", "s4d", "--no-normalize"], "--no-normalize does not go with --model s4d"),
        (["--model", "slice", "--block", "3"], "block_size"),
        (["--model", "deltanet", "--heads", "3"], "num_heads=3"),
    ],
)
def test_refused(options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "parity", *options, "-o", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_folder_is_taken_by_every_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    asked = ["train", "parity", "--model", "deltanet", "--hidden", "4", "--steps", "500", "--every"]
    assert main([*asked, "-o", run]) == 0
    assert "next      bistate verify" in capsys.readouterr().out
    assert main(["recognise", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["group"] == "C2"
    assert main(["certify", run, "--longest", "100", "-o", str(tmp_path / "c.json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["horizon"] == "infinity" or found["horizon"] > 3
    assert "affine terms became a constant unit" in found["claim"]
    assert main(["check", str(tmp_path / "c.json"), "--run", run]) == 0
    assert main(["verify", run, "--words", "20", "--longest", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["proved"] is True


def test_scores_that_are_no_numbers_are_said_and_the_run_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = DeltaProduct.forward
    monkeypatch.setattr(
        DeltaProduct,
        "forward",
        lambda self, x, every=False: usual(self, x, every) * (torch.nan if len(x.T) > 99 else 1),
    )
    asked = ["train", "parity", "--model", "delta_product", "--hidden", "4", "--steps", "1", "--json"]
    assert main([*asked, "-o", str(tmp_path / "run")]) == 0
    said = capsys.readouterr()
    assert "warning: no accuracy at length 500: " in said.err
    assert json.loads(said.out)["accuracy"]["500"] is None
