"""Every kind of file the library reads, and every field of it replaced by hostile values: run as a script.

A replacement has to be refused with a BistateError that leaves the folder as it was, or to load as what the file says.
Each case has a bound on its time, and the whole process one on its memory; the parent reads the figures as JSON.
Horizon certificates have tests of their own.
"""

import json
import os
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bistate.groups.errors import BistateError
from bistate.models import (
    Baseline,
    BilinearRNN,
    LinearRNN,
    StateTracking,
    TrainConfig,
    load_baseline,
    load_linear,
    load_model,
    save_model,
    train,
)
from bistate.models.files.arrays import read_network
from bistate.models.training.run_directory import RunDirectory
from bistate.theory import BilinearWeights, realize
from bistate.theory.weights.weights_json import to_json
from bistate.verify import parse_task
from bistate.verify.cli.sweep_command import _facts as sweep_facts
from bistate.verify.cli.train_command import task_of_run
from bistate.verify.experiments.sweep import Cell, run_cell, table_text
from bistate.verify.reports.atlas import _read as read_atlas
from bistate.verify.reports.atlas import atlas, csv_text
from bistate.verify.reports.atlas_html import atlas_page
from safetensors.numpy import save_file

CASE_SECONDS, ALL_MEMORY = 20, 2**30  # wall time of one case, and bytes beyond those that are taken at the start
CASE_CPU = 3.0

RAW = {  # what json.dumps would not write
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@1e999@": "1e999",
    "@digits@": "9" * 5000,
    "@deep@": "[" * 5000 + "]" * 5000,
    "@open@": "[" * 5000,
    "@twice@": '{"a": 1, "a": 2}',
}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 10**6, 10**9, -(10**9), 2**63, 10**400, 0.5, -0.5, 1.0, 1e308),
    *(
        "",
        "no",
        "1e99999999",
        "1/0",
        "0/1",
        "-1",
        "٣",
        "1_0",
        "x" * 5000,
        "9" * 5000,
        "1/" + "7" * 900,
        "\ud800",
        "\x00",
    ),
    *(
        [],
        {},
        [[]],
        [[[]]],
        {"a": 1},
        ["0"],
        [["0"]],
        [1],
        [10**9],
        [1, 1],
        ["no"],
        {"tuple": "ab"},
        {"permutation": [True]},
    ),
    *RAW,
]
FEW = 2  # values for a place like one that has had them all


@dataclass
class Kind:
    """A kind of file.

    Attributes:
        name: for messages.
        document: the JSON value that is walked.
        put: writes a text in place of it into a folder; None takes the folder away again.
        meaning: loads the folder, and returns what it says in terms of the document.
        normal: of a document, the same for documents that mean the same.
    """

    name: str
    document: Any
    put: Callable[[Path, str], None]
    meaning: Callable[[Path], Any]
    normal: Callable[[Any], Any] = lambda document: document


# --- replacing ---


Place = tuple[Any, ...]


def places(value: Any, path: Place = (), pattern: Place = ()) -> Iterator[tuple[Place, Place]]:
    """The paths to all values in a JSON value, with * for what stands beside others of its kind."""
    yield path, pattern
    if isinstance(value, list):
        for k, child in enumerate(value):
            yield from places(child, (*path, k), (*pattern, "*"))
    if isinstance(value, dict):
        fields = [frozenset(child) for child in value.values() if isinstance(child, dict)]
        for key, child in value.items():
            alike = isinstance(child, dict) and fields.count(frozenset(child)) > 1
            yield from places(child, (*path, key), (*pattern, "*" if alike else key))


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """A copy with the value at the end of the path changed."""
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


def reshaped(value: Any) -> Iterator[Any]:
    """An object or a list with an entry more, and each with one less."""
    if isinstance(value, dict):
        yield value | {"colour": 1}
        yield from ({k: v for k, v in value.items() if k != gone} for gone in value)
    if isinstance(value, list) and value:
        yield from (value[:-1], [*value, value[-1]], value[::-1], value * 3)


def replacements(document: Any) -> Iterator[tuple[str, Any]]:
    """Documents with one place changed, and which; all values for the first of similar places, some for the others."""
    seen: dict[tuple[Any, ...], int] = {}
    for path, pattern in places(document):
        count = seen[pattern] = seen.get(pattern, -1) + 1
        values = VALUES if not count else [VALUES[(7 * count + k) % len(VALUES)] for k in range(FEW)]
        for value in values:
            yield f"{path} = {str(value)[:40]!r}", changed(document, path, lambda _, v=value: v)
        here = document
        for key in path:
            here = here[key]
        for k, other in enumerate(reshaped(here)):
            yield f"{path} reshaped {k}", changed(document, path, lambda _, v=other: v)


def text_of(document: Any) -> str:
    text = json.dumps(document)
    for mark, raw in RAW.items():
        text = text.replace(json.dumps(mark), raw)
    return text


def is_raw(document: Any) -> bool:
    return any(mark in json.dumps(document) for mark in RAW)


# --- the kinds ---


def weights_kind(task: str, rung: str, **options: Any) -> Kind:
    weights = realize(parse_task(task, **options), rung)

    def put(folder: Path, text: str) -> None:
        (folder / "w.json").write_text(text)

    def normal(document: Any) -> Any:
        """Numbers as fractions, and a conductor only where it is used."""

        def number(value: Any) -> Any:
            if isinstance(value, list):
                return [number(v) for v in value]
            if isinstance(value, str):
                return str(Fraction(value))
            return {k: v if k == "kind" else number(v) for k, v in value.items()} if isinstance(value, dict) else value

        numbers = ("transitions", "initial", "readout", "form", "factors")
        found = {"form": None, "factors": None} | document
        found |= {name: number(found[name]) for name in numbers} | {
            "blocks": found["blocks"] or [len(found["initial"])]
        }
        return found | (
            {} if has_coordinates([found[name] for name in numbers[:4]], found["factors"]) else {"conductor": 1}
        )

    return Kind(
        f"weights {task} {rung}", to_json(weights), put, lambda f: to_json(BilinearWeights.load(f / "w.json")), normal
    )


def has_coordinates(matrices: list[Any], factors: Any) -> bool:
    """Whether any entry is a list of texts, rather than a text."""
    transitions, *single = matrices
    found = [*transitions, *(m for m in single if m is not None)]
    if factors is not None and factors["kind"] == "cp":
        found += [factors[name] for name in ("left", "letters", "right")]
    elif factors is not None:
        found += [factors["form"], *(v for heads in factors["vectors"] for v in heads)]
    return any(isinstance(entry, list) for matrix in found for row in matrix for entry in row)


def tensor_file(header: dict[str, Any] | str, data: bytes) -> bytes:
    """A safetensors file, written from its format."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text + data


def parts_of(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def model_kinds(model: BilinearRNN | Baseline | LinearRNN) -> Iterator[Kind]:
    """A saved model: its configuration in both files, in one of them, and the header of the tensors."""
    kind = getattr(model, "transition", None) or model.config["kind"]
    with tempfile.TemporaryDirectory() as name:
        save_model(model, name)
        header, data = parts_of(Path(name) / "model.safetensors")
    config = model.config

    def load(folder: Path) -> BilinearRNN | Baseline | LinearRNN:
        loaders = {Baseline: load_baseline, LinearRNN: load_linear}
        found = loaders.get(type(model), load_model)(folder)
        assert all(torch.equal(t, found.state_dict()[name]) for name, t in model.state_dict().items())
        return found

    def both(folder: Path, text: str) -> None:
        (folder / "model.json").write_text(text)
        noted = header | {"__metadata__": {"bistate": text}}
        (folder / "model.safetensors").write_bytes(tensor_file(noted, data))

    def normal(document: Any) -> Any:
        if isinstance(model, Baseline):
            return {"layers": 1, "heads": 4} | document
        if isinstance(model, LinearRNN):
            return document
        found = DEFAULTS | document
        gain = 0.3 if found.get("normalize") else 1.0
        unset = {"rank": found["hidden"], "gain": gain}
        return found | {k: v for k, v in unset.items() if k in found and found[k] is None}

    yield Kind(f"configuration of {kind}", config, both, lambda f: load(f).config, normal)

    def one(folder: Path, text: str) -> None:
        both(folder, json.dumps(config))
        (folder / "model.json").write_text(text)

    if kind == "householder":
        yield Kind("model.json alone", config, one, lambda f: load(f).config)

    def tensors(folder: Path, text: str) -> None:
        (folder / "model.json").write_text(json.dumps(config))
        (folder / "model.safetensors").write_bytes(tensor_file(text, data))

    def said(folder: Path) -> Any:
        load(folder)
        return header

    yield Kind(f"tensors of {kind}", header, tensors, said, used)


DEFAULTS: dict[str, Any] = {
    "transition": "full",
    "block": 2,
    "rank": None,
    "reflections": 2,
    "heads": 1,
    "dictionary": 6,
    "normalize": True,
    "additive": False,
    "temperature": None,
    "gain": None,
    "batching": "auto",
}


def used(header: dict[str, Any]) -> dict[str, Any]:
    """A header without the fields that nobody reads."""
    found = {
        name: {key: entry[key] for key in ("dtype", "shape", "data_offsets")}
        for name, entry in header.items()
        if name != "__metadata__"
    }
    return found | {"note": json.loads(header["__metadata__"]["bistate"])}


def by_value(value: Any) -> Any:
    """The same with 1 for 1.0."""
    if isinstance(value, dict):
        return {k: by_value(v) for k, v in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def run_kinds(place: Path) -> Iterator[Kind]:
    """The checkpoint of a run that was interrupted: its note, and its header."""
    task = StateTracking(parse_task("C3"), lengths=(1, 3))
    config = TrainConfig(steps=4, batch=4, validate_every=1, validate_size=8, checkpoint_every=2, threads=1)

    def stop(step: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    def model() -> BilinearRNN:
        return BilinearRNN(3, 2, 3, "householder", seed=1)

    with suppress(KeyboardInterrupt):
        train(model(), task, config, place / "made", progress=False, callback=stop)
    header, data = parts_of(place / "made" / "checkpoint.safetensors")
    note = json.loads(header["__metadata__"]["bistate"])

    def fresh() -> tuple[BilinearRNN, torch.optim.Optimizer]:
        network = model()
        return network, torch.optim.AdamW(network.parameters(), lr=config.lr, betas=(0.9, config.beta2), fused=True)

    kept = [fresh()]  # what a refused file has left as it was, or fresh ones

    def resume(folder: Path) -> Any:
        network, optimizer = kept[0]
        files = RunDirectory(folder, {**note["identity"]})
        done, _ = files.open(network, optimizer)
        kept[0] = fresh()
        assert not network.start.equal(kept[0][0].start)
        assert len(optimizer.state_dict()["state"]) == len(list(network.parameters()))
        return {"identity": files.identity, "done": asdict(done)}

    def put_note(folder: Path, text: str) -> None:
        noted = header | {"__metadata__": {"bistate": text}}
        (folder / "checkpoint.safetensors").write_bytes(tensor_file(noted, data))

    def normal(document: Any) -> Any:
        older = {"attempts": 1, "long": None, "kept": None}  # checkpoints of before there were restarts lack these
        return {"identity": by_value(document["identity"]), "done": older | document["done"]}

    yield Kind("note of a checkpoint", note, put_note, resume, normal)

    def put_header(folder: Path, text: str) -> None:
        (folder / "checkpoint.safetensors").write_bytes(tensor_file(text, data))

    def said(folder: Path) -> Any:
        resume(folder)
        return header

    yield Kind("tensors of a checkpoint", header, put_header, said, used)


def array_kinds() -> Iterator[Kind]:
    """Somebody's arrays: the header of a safetensors file, and those of the arrays in a .npz."""
    arrays = {"A": np.array([[[1.0, 0.5], [0.0, -1.0]]]), "start": np.ones(2), "readout": np.ones((2, 2))}
    with tempfile.TemporaryDirectory() as name:
        save_file(arrays, Path(name) / "w.safetensors")
        header, data = parts_of(Path(name) / "w.safetensors")

    def said(net: LinearRNN, document: Any) -> Any:
        """The document, if the network has the shapes that it states."""
        stated = {name: tuple(document[name]["shape"]) for name in ("start", "readout")}
        twice = 2 if net.changes else 1  # complex units
        assert stated["start"] == (net.hidden // twice,)
        assert stated["readout"][-2] == net.states
        return document

    def put_tensors(folder: Path, text: str) -> None:
        (folder / "w.safetensors").write_bytes(tensor_file(text, data))

    def read_tensors(folder: Path) -> Any:
        net = read_network(folder / "w.safetensors")
        return said(net, parts_of(folder / "w.safetensors")[0])

    yield Kind("header of arrays in safetensors", header, put_tensors, read_tensors)

    headers = {name: {"descr": "<f8", "fortran_order": False, "shape": list(v.shape)} for name, v in arrays.items()}

    def put_archive(folder: Path, text: str) -> None:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        with zipfile.ZipFile(folder / "w.npz", "w") as archive, suppress(UnicodeEncodeError, ValueError):
            for name, entry in document.items() if isinstance(document, dict) else [("A", text)]:
                made = (
                    entry | {"shape": as_tuple(entry["shape"])}
                    if isinstance(entry, dict) and "shape" in entry
                    else entry
                )
                shown = str(made).encode("latin1", "replace")[:65_000]
                start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shown))
                archive.writestr(f"{name}.npy", start + shown + arrays.get(name, np.ones(1)).tobytes())
        (folder / "said.json").write_text(text)

    def read_archive(folder: Path) -> Any:
        net = read_network(folder / "w.npz")
        return said(net, json.loads((folder / "said.json").read_text()))

    yield Kind("headers of arrays in npz", headers, put_archive, read_archive)


def as_tuple(value: Any) -> Any:
    """A shape as numpy writes it."""
    return tuple(value) if isinstance(value, list) else value


def task_kind() -> Kind:
    document = {"task": "C3", "letters": "all", "track": "element", "side": "left", "lengths": [2, 10]}

    def put(folder: Path, text: str) -> None:
        (folder / "task.json").write_text(text)

    def meaning(folder: Path) -> Any:
        found = task_of_run(folder)
        assert found is not None
        said = json.loads((folder / "task.json").read_text())
        options = {name: said[name] for name in ("letters", "track", "side")}
        assert found[1] == parse_task(said["task"], **options)
        return {"task": found[0], **options, "lengths": list(found[2])}

    return Kind("note of a task", document, put, meaning)


def sweep_kind(place: Path) -> Kind:
    cell = Cell("C3", "householder", hidden=2, test_length=4, words=10, training={"steps": 2, "batch": 4})
    path = Path("cells") / f"{cell.key}.json"
    run_cell(cell, place)
    document = json.loads((place / path).read_text())

    def put(folder: Path, text: str) -> None:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)

    def meaning(folder: Path) -> Any:
        found = run_cell(cell, folder)
        assert table_text([found])
        assert sweep_facts([found], "results.csv")
        return found

    return Kind("result of a cell", document, put, meaning)


def atlas_kind(place: Path) -> Kind:
    list(atlas(place, 1, prove=False))
    settings, *rows = [json.loads(line) for line in (place / "atlas.jsonl").read_text().splitlines()]

    def put(folder: Path, text: str) -> None:
        (folder / "atlas.jsonl").write_text(text.removeprefix("[").removesuffix("]").replace("@line@", "\n") + "\n")

    def meaning(folder: Path) -> Any:
        rows = list(read_atlas(folder, settings).values())
        assert csv_text(rows)
        assert atlas_page(rows, "all", False)
        return [settings, *rows]

    return Kind("atlas", [settings, *rows], put, meaning)


def kinds(place: Path) -> Iterator[Kind]:
    yield weights_kind("S3", "block", letters="generators")
    yield weights_kind("C3", "householder")
    yield weights_kind("parity", "cp")
    yield from model_kinds(BilinearRNN(2, 2, 2, "householder", temperature=2.0, additive=True))
    yield from model_kinds(BilinearRNN(2, 2, 2, "full", normalize=False))
    yield from model_kinds(Baseline(2, 2, 2, "gru"))
    yield from model_kinds(LinearRNN.from_arrays([[[1.0]]] * 2, [1.0], np.ones((2, 2, 1)), [[0.0], [1.0]], [0.0, 1.0]))
    yield from array_kinds()
    yield from run_kinds(place)
    yield task_kind()
    yield sweep_kind(place / "sweep")
    yield atlas_kind(place / "atlas")


# --- running ---


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def fault(kind: Kind, folder: Path, document: Any) -> tuple[bool, str]:
    """Whether a document is accepted, and what is wrong with that; "" where nothing is."""
    kind.put(folder, text_of(document) if kind.name != "atlas" else lines_of(document))
    before = contents(folder)
    try:
        said = kind.meaning(folder)
    except BistateError as error:
        same = contents(folder) == before
        return False, ("" if len(str(error)) < 2000 else "a message too long") if same else "files were changed"
    except Exception as error:
        return False, f"{type(error).__name__}: {str(error)[:200]}"
    if is_raw(document):
        return True, "accepted, and it is no JSON, or deep or long"
    try:
        wanted, found = (json.dumps(kind.normal(d), sort_keys=True) for d in (document, said))
    except Exception as error:
        return True, f"accepted, and has no meaning: {type(error).__name__}: {error}"
    return True, "" if wanted == found else f"accepted as something else: {found[:300]}"


def lines_of(document: Any) -> str:
    return "\n".join(map(text_of, document)) if isinstance(document, list) else text_of(document)


def fuzz() -> dict[str, Any]:
    """Figures by kind, and the faults that were found."""
    found: dict[str, Any] = {"kinds": {}, "faults": []}
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # tens of thousands of files, on no disk
    with tempfile.TemporaryDirectory(dir=memory) as name:
        place = Path(name)
        for number, kind in enumerate(kinds(place)):
            folder = place / str(number)
            folder.mkdir()
            accepted, wrong = fault(kind, folder, kind.document)
            if not accepted or wrong:
                found["faults"].append(f"{kind.name} as it is: {wrong}")
            figures = {"cases": 0, "accepted": 0, "seconds": 0.0, "slowest": 0.0}
            for what, document in replacements(kind.document):
                if accepted:  # else it is as it was before, but for the file that comes next
                    shutil.rmtree(folder)
                    folder.mkdir()
                begun = time.process_time()
                print(f"{kind.name}: {what}", file=sys.stderr)  # the last one names the case that did not end
                signal.setitimer(signal.ITIMER_REAL, CASE_SECONDS)
                accepted, wrong = fault(kind, folder, document)
                signal.setitimer(signal.ITIMER_REAL, 0)
                spent = time.process_time() - begun
                wrong = wrong or ("it took too long" if spent > CASE_CPU else "")
                if wrong:
                    found["faults"].append(f"{kind.name}: {what}: {wrong}")
                figures["cases"] += 1
                figures["accepted"] += accepted
                figures["seconds"] += spent
                figures["slowest"] = max(figures["slowest"], spent)
            found["kinds"][kind.name] = figures
    return found


def bound_memory() -> None:
    """Let this process have ALL_MEMORY more than it has now."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + ALL_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # it ends the process, whatever it is doing
    bound_memory()
    print(json.dumps(fuzz()))
