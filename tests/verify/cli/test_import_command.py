"""`bistate import` of arrays in files, and what the other commands say of the folder."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from bistate.models import CheckpointError, LinearRNN, ModelError, load_linear
from bistate.models.files import arrays as reader
from bistate.models.files.arrays import read_network
from bistate.verify.cli import main

# parity, score 1 for state 0 and score 0 for state 1; letter 2 begins every word from a start of zeros
A = np.array([[[1.0]], [[-1.0]], [[0.0]]])
PARITY = {
    "A": A,
    "start": np.zeros(1),
    "readout": np.array([[-1.0], [1.0]]),
    "add": np.array([[0.0], [0.0], [1.0]]),
    "bias": np.array([0.25, 0.25]),
}
ASKED = ["--prefix", "2", "--outputs", "1,0"]


def written(place: Path, arrays: dict, name: str = "w.npz") -> str:
    path = place / name
    if name.endswith(".npz"):
        np.savez(path, **arrays)
    else:
        safetensors.numpy.save_file({key: np.array(values, order="C") for key, values in arrays.items()}, path)
    return str(path)


def said(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors"])
def test_arrays_become_a_folder_that_every_command_takes(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, certificate = str(tmp_path / "own"), str(tmp_path / "c.json")
    assert main(["import", written(tmp_path, PARITY, name), "-o", folder, "--json"]) == 0
    facts = said(capsys)
    assert (facts["letters"], facts["hidden"], facts["states"], facts["add"]) == (3, 1, 2, True)
    net = load_linear(folder)
    assert torch.equal(net.A, torch.from_numpy(A))
    assert net.bias.tolist() == [0.25, 0.25]

    assert main(["certify", folder, "--task", "parity", *ASKED, "--shortest", "0", "-o", certificate, "--json"]) == 0
    facts = said(capsys)
    assert facts["horizon"] == "infinity"
    assert "the empty word" not in facts["claim"]
    assert "after the letters 2, with the scores 1 0 for the states" in facts["claim"]
    assert facts["wrong_word"] is None
    assert main(["check", certificate, "--run", folder, "--task", "parity", "--json"]) == 0
    facts = said(capsys)
    assert facts["holds"]
    assert facts["task_compared"]
    assert main(["certify", folder, "--task", "parity", "--json"]) == 1  # without the letter there is nothing
    assert said(capsys)["horizon"] == 0
    assert main(["recognise", folder, "--json"]) == 0
    facts = said(capsys)
    assert facts["table"] == [[0, 0, 2], [1, 2, 2], [2, 1, 2]]  # letter 2 begins again; zeros stay zeros
    assert facts["agreement"] == 1


def test_a_certificate_of_another_import_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = PARITY | {"bias": np.array([0.25, 0.5])}
    for name, arrays in (("one", PARITY), ("two", other)):
        assert main(["import", written(tmp_path, arrays, f"{name}.npz"), "-o", str(tmp_path / name)]) == 0
    certificate = str(tmp_path / "c.json")
    assert main(["certify", str(tmp_path / "one"), "--task", "parity", *ASKED, "-o", certificate]) == 0
    capsys.readouterr()
    assert main(["check", certificate, "--run", str(tmp_path / "two"), "--json"]) == 1
    assert said(capsys)["reason"] == "it is about other weights than the model's"


def test_text_says_what_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = {"A": A[:2] * 1j, "start": np.ones(1), "readout": np.ones((2, 1)), "normalize": np.array(True)}
    assert main(["import", written(tmp_path, arrays), "-o", str(tmp_path / "own")]) == 0
    out = capsys.readouterr().out
    assert "2 letters, 2 hidden units, 2 scores" in out
    assert "changed   complex units became pairs of real ones" in out
    assert load_linear(tmp_path / "own").normalize


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "int8", "int64", ">f8"])
@pytest.mark.parametrize("name", ["w.npz", "w.safetensors"])
def test_numbers_of_any_precision(name: str, dtype: str, tmp_path: Path) -> None:
    values = np.array([[[2.3]], [[-1.7]]]).astype("f8" if dtype == ">f8" and "safe" in name else dtype)
    path = written(tmp_path, {"A": values, "start": np.ones(1), "readout": np.ones((2, 1))}, name)
    assert read_network(path).A[:, 0, 0].tolist() == [float(v.real) for v in values.ravel()]


def test_bfloat16_of_safetensors(tmp_path: Path) -> None:
    values = torch.tensor([[[1.0078125]], [[-3.0]]], dtype=torch.bfloat16)
    tensors = {"A": values, "start": torch.ones(1), "readout": torch.ones(2, 1)}
    safetensors.torch.save_file(tensors, tmp_path / "w.safetensors")
    assert torch.equal(read_network(tmp_path / "w.safetensors").A, values.double())


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"A": None}, CheckpointError, "lacks A"),
        ({"start": None, "readout": None}, CheckpointError, "lacks readout, start"),
        ({"W": np.ones(1)}, CheckpointError, "has W; its arrays have to be named A, start, readout"),
        ({"start": np.ones(2)}, ModelError, "A has the shape"),
        ({"add": np.ones((2, 1))}, ModelError, "add has the shape"),
        ({"A": np.full((3, 1, 1), np.nan)}, ModelError, r"A\[0, 0, 0\] is nan"),
        ({"normalize": np.array(2)}, CheckpointError, "normalize has to be one number, 0 or 1, got"),
        ({"normalize": np.array([1, 1])}, CheckpointError, "normalize has to be one number"),
        ({"normalize": np.array(np.nan)}, CheckpointError, "normalize has to be one number"),
        (
            {"readout": np.array([[1j], [1.0]], dtype="complex64")},
            ModelError,
            "readout is complex and the states are real",
        ),
    ],
)
@pytest.mark.parametrize("name", ["w.npz", "w.safetensors"])
def test_files_that_hold_something_else(
    name: str, change: dict, error: type, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, {key: v for key, v in (PARITY | change).items() if v is not None}, name)
    with pytest.raises(error, match=reason):
        read_network(path)
    assert main(["import", path, "-o", str(tmp_path / "own")]) == 2
    assert capsys.readouterr().err.startswith(f"bistate: {path!r}")
    assert not (tmp_path / "own").exists()  # nothing half-written


def refused(path: Path, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """That a file is refused with a reason, and makes no folder."""
    folder = path.parent / "own"
    assert main(["import", str(path), "-o", str(folder)]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert reason in captured.err
    assert captured.err.count("\n") == 1
    assert not folder.exists()


def test_pickled_objects_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "went off",))

    np.savez(tmp_path / "w.npz", **PARITY | {"A": np.array([Bomb()], dtype=object)})
    refused(tmp_path / "w.npz", "allow_pickle=False", capsys)
    assert not (tmp_path / "went off").exists()


def test_files_that_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in ("npz", "safetensors"):
        path = tmp_path / f"w.{suffix}"
        refused(path, "No such file", capsys)
        path.write_bytes(b"")
        refused(path, "cannot read", capsys)
        path.write_bytes(b"\x93NUMPY nothing" * 20)
        refused(path, "cannot read", capsys)
        written(tmp_path, PARITY, path.name)
        whole = path.read_bytes()
        path.write_bytes(whole[:-30])
        refused(path, "cannot read", capsys)
        monkeypatch.setattr(reader, "MOST_BYTES", 100)
        path.write_bytes(whole)
        refused(path, "100", capsys)
        monkeypatch.undo()
        path.unlink()
        path.mkdir()
        refused(path, "it is a folder, and a file is needed", capsys)
    np.save(tmp_path / "w.npy", A)
    refused(tmp_path / "w.npy", "ends with '.npy'; .npz and .safetensors are read", capsys)
    (tmp_path / "w").write_bytes(whole)
    refused(tmp_path / "w", "ends with ''", capsys)


def test_an_archive_that_unpacks_to_much_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_BYTES", 10_000)
    np.savez_compressed(tmp_path / "w.npz", **PARITY | {"A": np.zeros((100, 10, 10))})
    assert (tmp_path / "w.npz").stat().st_size < 10_000
    refused(tmp_path / "w.npz", "unpacks to", capsys)
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("A.npy", "no array")
        archive.writestr("start.npy", "")
        archive.writestr("readout", "1")
    refused(tmp_path / "text.npz", "", capsys)


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, PARITY)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    assert main(["import", path, "-o", str(folder)]) == 0  # a folder without a model
    assert (folder / "notes.txt").read_text() == "mine"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    other = written(tmp_path, PARITY | {"start": np.ones(1)}, "other.npz")
    assert main(["import", other, "-o", str(folder)]) == 2
    assert "holds a model already" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert main(["import", path, "-o", path]) == 2
    assert "is a file; give a folder" in capsys.readouterr().err
    lonely = tmp_path / "half"
    lonely.mkdir()
    (lonely / "model.safetensors").write_bytes(b"somebody's")
    assert main(["import", path, "-o", str(lonely)]) == 2
    assert (lonely / "model.safetensors").read_bytes() == b"somebody's"


@pytest.mark.parametrize("option", [["--prefix", "7"], ["--outputs", "0"], ["--outputs", "0,9"], ["--prefix", "a"]])
def test_readings_that_do_not_fit(option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", written(tmp_path, PARITY), "-o", str(tmp_path / "own")]) == 0
    capsys.readouterr()
    assert main(["certify", str(tmp_path / "own"), "--task", "parity", *option]) == 2
    assert option[0].removeprefix("--") in capsys.readouterr().err


def test_a_claim_of_a_forged_certificate_has_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fields that only the words need are checked before they are read."""
    from bistate.theory import Automaton
    from bistate.verify import certify
    from helpers.documents import signed

    net = LinearRNN.from_arrays(**PARITY)
    document = certify(net, Automaton.parity(), prefix=[2], outputs=[1, 0]).document
    for change in ({"read": 5}, {"read": {"prefix": 1, "outputs": 1}}, {"changes": 3}, {"changes": [{}]}):
        (tmp_path / "c.json").write_text(json.dumps(signed(document | change)))
        assert main(["check", str(tmp_path / "c.json")]) == 2
        assert "Traceback" not in capsys.readouterr().err


def test_damaged_archives_of_all_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every byte of a compressed one changed, some of them to what zipfile has other errors for."""
    path = tmp_path / "w.npz"
    np.savez_compressed(path, **PARITY)
    whole = path.read_bytes()
    for i in range(0, len(whole), 3):
        for bit in (0x01, 0x80):
            path.write_bytes(whole[:i] + bytes([whole[i] ^ bit]) + whole[i + 1 :])
            try:
                net = read_network(path)
            except (CheckpointError, ModelError):
                continue
            assert net.letters == 3
    capsys.readouterr()


@pytest.mark.parametrize("shape", [(10**400,), (-1, -1, -3), (2**62, 2**62, 0), (3, 1, 10**9), (True, 1, 3), ("3",), 3])
def test_arrays_that_say_they_are_huge_or_none(
    shape: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = str({"descr": "<f8", "fortran_order": False, "shape": shape}).encode()
    written(tmp_path, PARITY)
    with zipfile.ZipFile(tmp_path / "w.npz") as archive:
        parts = {item: archive.read(item) for item in archive.namelist()}
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + A.tobytes()
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        for name, content in (parts | {"A.npy": data}).items():
            archive.writestr(name, content)
    refused(tmp_path / "w.npz", "", capsys)


def test_a_flag_of_any_precision(tmp_path: Path) -> None:
    tensors = {"A": torch.ones(2, 1, 1), "start": torch.ones(1), "readout": torch.ones(2, 1)}
    for flag in (torch.tensor(1, dtype=torch.bfloat16), torch.tensor([True]), torch.tensor(1)):
        safetensors.torch.save_file(tensors | {"normalize": flag}, tmp_path / "w.safetensors")
        assert read_network(tmp_path / "w.safetensors").normalize
