"""The compiled recurrences: the same states and gradients as the definition, whatever the shapes, threads and scale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import FunctionType

import pytest
import torch
from bistate.models import BilinearRNN, ModelError, reference_forward
from bistate.models.recurrence import compiled_blocks as fused
from bistate.models.recurrence import compiled_full as fused_full
from bistate.models.recurrence import full_kernels
from bistate.models.transitions.block import BlockTransition

pytest.importorskip("numba")

FAMILIES = [
    ("full", 1, {}),
    ("full", 7, {}),
    ("full", 12, {}),
    ("block", 6, {"block": 1}),
    ("block", 6, {"block": 2}),
    ("block", 15, {"block": 5}),
    ("rotation", 8, {}),
    ("diagonal", 5, {}),
    ("positive", 5, {}),
]


def make(family, hidden, letters=3, **options) -> BilinearRNN:
    model = BilinearRNN(letters, hidden, 4, family, seed=1, dtype=torch.float64, **options)
    if model.shift is not None:
        with torch.no_grad():
            model.shift.normal_(generator=torch.Generator().manual_seed(3))
    return model


def words(batch: int, time: int, letters: int = 3) -> torch.Tensor:
    return torch.randint(letters, (batch, time), generator=torch.Generator().manual_seed(0))


def gradients(model, logits, weights) -> list[torch.Tensor]:
    return torch.autograd.grad((logits * weights).sum(), list(model.parameters()))


@pytest.mark.parametrize(("family", "hidden", "options"), FAMILIES)
@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("additive", [True, False])
def test_states_and_gradients_are_those_of_the_definition(family, hidden, options, normalize, additive):
    model = make(family, hidden, normalize=normalize, additive=additive, batching="fused", **options)
    x = words(23, 6)  # 23 samples of 3 letters: runs of every length modulo four
    mine, theirs = model(x, every=True), reference_forward(model, x, every=True)
    torch.testing.assert_close(mine, theirs, atol=1e-11, rtol=1e-9)
    weights = torch.randn(mine.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    for a, b in zip(gradients(model, mine, weights), gradients(model, theirs, weights), strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-8)


@pytest.mark.parametrize(("family", "uses"), [("full", 0), ("full", 10**9), ("block", 0)])
def test_every_number_of_samples_per_letter(family, uses, monkeypatch):
    # gradients by rows of the transposed matrices, or by columns
    monkeypatch.setattr(fused_full, "WORTH_FLIPPING", (uses, uses))
    for batch in range(1, 12):
        model = make(family, 9 if family == "full" else 8, letters=1, batching="fused")
        x = torch.zeros(batch, 3, dtype=torch.long)
        mine, theirs = model(x), reference_forward(model, x)
        torch.testing.assert_close(mine, theirs, atol=1e-11, rtol=1e-9)
        for a, b in zip(
            gradients(model, mine, torch.ones_like(mine)), gradients(model, theirs, torch.ones_like(mine)), strict=True
        ):
            torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-8)


@pytest.mark.parametrize("family", ["full", "block"])
def test_threads_share_the_samples(family):
    x, before = words(13, 5), torch.get_num_threads()
    found = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            model = make(family, 8, batching="fused")
            logits = model(x)
            found.append([logits, *gradients(model, logits, torch.ones_like(logits))])
    finally:
        torch.set_num_threads(before)
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, atol=1e-11, rtol=1e-9)


@pytest.mark.parametrize("family", ["full", "block", "rotation"])
def test_single_precision_stays_close_to_the_loop(family):
    """Sums in another order: 2000 letters keep directions to 1e-3."""
    slow = "dense" if family == "full" else "loop"
    x = words(4, 2000)
    with torch.no_grad():
        outputs = [
            BilinearRNN(3, 16, 4, family, seed=2, batching=batching)(x, every=True) for batching in ("fused", slow)
        ]
    torch.testing.assert_close(*outputs, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("family", ["full", "block"])
def test_a_state_of_zero_stays_zero_and_nan_stays_nan(family):
    model = make(family, 4, letters=2, batching="fused")
    with torch.no_grad():
        model.family.weight[0] = 0
    x = torch.tensor([[1, 0, 1]])
    logits = model(x)
    assert (logits == 0).all()
    logits.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())
    with torch.no_grad():
        model.family.weight[1] = float("nan")
        assert torch.isnan(model(x)).all()


def test_gradients_that_are_not_contiguous():
    model = make("block", 6, batching="fused")
    x = words(3, 4)
    out = model.run(model.initial(3), x).permute(2, 1, 0)  # its gradient arrives transposed
    mine = torch.autograd.grad(out[1].sum(), model.family.weight)[0]
    model.family.batching = "loop"
    theirs = torch.autograd.grad(model.run(model.initial(3), x).permute(2, 1, 0)[1].sum(), model.family.weight)[0]
    torch.testing.assert_close(mine, theirs)


def test_ways_are_named_and_checked():
    with pytest.raises(
        ModelError, match="unknown batching 'dense' for RotationTransition; accepted: auto, loop, fused"
    ):
        make("rotation", 4, batching="dense")
    with pytest.raises(ModelError, match="unknown batching 'loop' for FullTransition"):
        make("full", 4, batching="loop")
    with pytest.raises(ModelError, match=r"blocks of at most 8, got torch.float64 on cpu and blocks of 16$"):
        make("block", 32, block=16, batching="fused")(words(2, 3))
    with pytest.raises(ModelError, match=r"at most 600000 bytes, got torch.float64 of shape \(3, 300, 300\)"):
        make("full", 300, batching="fused")(words(2, 3))


def test_without_numba_everything_works(monkeypatch):
    expected = [make(family, 6, batching="auto")(words(3, 4)) for family in ("full", "block", "rotation")]
    for module in (fused, fused_full):
        monkeypatch.setattr(module, "INSTALLED", False)
    monkeypatch.setattr("bistate.models.transitions.base.INSTALLED", False)
    for family, logits in zip(("full", "block", "rotation"), expected, strict=True):
        torch.testing.assert_close(make(family, 6)(words(3, 4)), logits, atol=1e-11, rtol=1e-9)
        with pytest.raises(ModelError, match=r"needs numba: pip install numba"):
            make(family, 6, batching="fused")


def test_blocks_are_compiled_where_they_can_be():
    """Guards the speed: the loop is only for what the compiled code does not take."""
    used = []
    model = make("block", 6)
    model.family.act = lambda factor, h: used.append(1) or BlockTransition.act(model.family, factor, h)
    model(words(2, 3))
    assert not used
    model.family.choose("loop")
    model(words(2, 3))
    assert len(used) == 3


# --- the last state has a gradient of its own ---


@pytest.mark.parametrize(
    ("family", "batching"),
    [
        *[("full", way) for way in ("fused", "dense", "grouped", "gathered")],
        *[("convex", way) for way in ("fused", "grouped")],
        *[("block", way) for way in ("fused", "loop")],
    ],
)
@pytest.mark.parametrize("used", ["all states", "the last", "both", "the last one's sum"])
def test_gradients_of_all_states_and_of_the_last_add_up(family, batching, used):
    """Against autograd through the equation with the matrices."""
    hidden, x = 6, words(5, 4)
    model = make(family, hidden, batching=batching)
    generator = torch.Generator().manual_seed(7)
    h = torch.randn(5, hidden, dtype=torch.float64, generator=generator, requires_grad=True)
    added = torch.randn(4, 5, hidden, dtype=torch.float64, generator=generator, requires_grad=True)
    weights = torch.randn(5, 5, hidden, dtype=torch.float64, generator=generator)

    def defined() -> tuple[torch.Tensor, torch.Tensor]:
        matrices, u, out = model.family.dense(), h, []
        for t in range(4):
            moved = torch.einsum("bij,bj->bi", matrices[x[:, t]], u) + added[t]
            u = moved / moved.norm(dim=-1, keepdim=True)
            out.append(u)
        return torch.stack(out), u

    found = []
    for states, last in (model.family.states(h, x, added, True), defined()):
        of_all, of_last = (states * weights[:4]).sum(), (last * weights[4]).sum()
        loss = {"all states": of_all, "the last": of_last, "both": of_all + of_last}.get(used, last.sum())
        found.append([states, last, *torch.autograd.grad(loss, [h, added, *model.family.parameters()])])
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize(("family", "batching"), [("full", "fused"), ("full", "grouped"), ("block", "fused")])
@pytest.mark.parametrize("output", [0, 1])
def test_gradients_are_not_differentiated_again(family, batching, output):
    model = make(family, 6, batching=batching)
    out = model.family.states(model.initial(3), words(3, 4), None, True)[output]
    (gradient,) = torch.autograd.grad(out.square().sum(), model.family.weight, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate twice"):
        gradient.sum().backward()


# --- compiled code is found again ---

PROCESS = """
import json, sys
import torch
from bistate.models import BilinearRNN, transitions

assert "numba" not in sys.modules, "numba is imported before it is needed"
from numba.core import event

recorder = event.RecordingListener()
event.register("numba:compile", recorder)
results = []
for family, hidden, options in json.loads(sys.argv[1]):
    for length in (2, 99):  # with and without transposed copies in the full family
        for dtype in (torch.float32, torch.float64)[: int(sys.argv[2])]:
            model = BilinearRNN(3, hidden, 4, family, seed=1, dtype=dtype, batching="fused", **options)
            out = model(torch.arange(2 * length).view(2, length) % 3)
            results.append(float(sum(g.abs().sum() for g in torch.autograd.grad(out.sum(), list(model.parameters())))))
print(json.dumps([len(recorder.buffer), results]))
"""


@pytest.mark.parametrize(
    ("kinds", "dtypes"),
    [
        pytest.param([["block", 6, {"block": 2}]], 1, id="block"),
        pytest.param([["full", 6, {}]], 2, id="full", marks=pytest.mark.slow),
        pytest.param([["block", b, {"block": b}] for b in range(1, 9)], 1, id="blocks", marks=pytest.mark.slow),
    ],
)
def test_a_second_process_compiles_nothing(kinds, dtypes, tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PROCESS, json.dumps(kinds), str(dtypes)]
    runs, kept = [], []
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        runs.append(json.loads(done.stdout))
        kept.append({path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")})
    (first, results), (second, again) = runs
    assert first > 0
    assert second == 0
    assert again == results
    assert kept[0] == kept[1], "files were written"


def test_what_is_kept_is_found_by_its_name():
    """numba finds a function by its name and the values it closes over, and two processes that write at once under one
    name can put the code of one block size in the place of another's, as long as the arguments are of the same types.
    """
    for kernel in (full_kernels.places, full_kernels.flip, full_kernels.forward, full_kernels.backward):
        assert kernel.py_func.__closure__ is None
    kernels = [made(size) for made in (fused._forward, fused._backward) for size in range(1, fused.LARGEST_BLOCK + 1)]
    names = {kernel._cache._cache_file._index_name for kernel in kernels}
    assert len(names) == len(kernels)
    for kernel in kernels:
        assert all(isinstance(cell.cell_contents, int) for cell in kernel.py_func.__closure__)


WITHOUT = """
import importlib, pkgutil, sys
sys.modules["numba"] = None  # as if it were not installed
import torch
from bistate import models

for module in pkgutil.walk_packages(models.__path__, "bistate.models."):
    importlib.import_module(module.name)
for family in ("full", "block"):
    models.BilinearRNN(3, 6, 4, family)(torch.zeros(2, 3, dtype=torch.long)).sum().backward()
"""


def test_every_module_is_imported_without_numba():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_loops_are_python_without_numba(monkeypatch):
    monkeypatch.setattr(fused, "INSTALLED", False)
    assert isinstance(fused.compiled(lambda a: None), FunctionType)
