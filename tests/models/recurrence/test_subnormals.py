"""Subnormal numbers are zero while a model is trained, in every thread, and what they were before it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from bistate.models import BilinearRNN, StateTracking, TrainConfig, TrainingError, train, train_ensemble
from bistate.models.recurrence import subnormals
from bistate.models.recurrence.compiled_blocks import in_threads
from bistate.models.recurrence.subnormals import flushed, flushes
from bistate.theory import Automaton

SMALL = 2.0**-140
TASK = StateTracking(Automaton.parity(), lengths=(1, 4))


@pytest.fixture(autouse=True)
def switch_and_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.set_flush_denormal(False)
    if flushes():
        pytest.skip("this processor knows no subnormal numbers")
    torch.set_flush_denormal(True)
    able = flushes()
    torch.set_flush_denormal(False)
    if not able:
        pytest.skip("this processor cannot flush subnormal numbers")
    yield
    subnormals.in_all_threads(False)
    torch.set_num_threads(threads)


def zeros_of_a_large_product(small: torch.Tensor) -> float:
    """The share of a product of many subnormal numbers with 1 that is zero: torch shares it among its threads."""
    return float((small * 1.0 == 0).double().mean())


def test_all_of_torchs_threads_flush_inside_and_none_after():
    if subnormals._parallel() is None:
        pytest.skip("torch's threads are no GNU OpenMP pool")
    small = torch.full((1 << 21,), SMALL)
    assert zeros_of_a_large_product(small) == 0  # the pool has begun, without flushing
    with flushed():
        assert zeros_of_a_large_product(small) == 1
    assert zeros_of_a_large_product(small) == 0


def test_who_flushes_already_goes_on_flushing():
    torch.set_flush_denormal(True)
    with flushed():
        assert flushes()
    assert flushes()


def test_threads_of_compiled_loops_do_as_their_caller():
    def product(first: int, last: int) -> bool:
        return bool((np.full(last - first, SMALL, dtype=np.float32) * np.float32(1)).any())

    assert in_threads(4, product) == [True, True]
    with flushed():
        assert in_threads(4, product) == [False, False]
    assert in_threads(4, product) == [True, True]


@pytest.mark.parametrize("method", [train, train_ensemble])
def test_training_flushes_and_leaves_the_switch_as_it_was(method, monkeypatch):
    seen = []
    batch = StateTracking.batch

    def looking(*args, **options):
        seen.append(flushes())
        return batch(*args, **options)

    monkeypatch.setattr(StateTracking, "batch", looking)
    model, config = BilinearRNN(2, 4, 2, seed=0), TrainConfig(steps=2, batch=4)
    if method is train:
        train(model, TASK, config, progress=False)
    else:
        train_ensemble([model], TASK, [config], progress=False)
    assert seen.count(True) >= 2
    assert not flushes()


def test_a_training_that_fails_leaves_the_switch_as_it_was():
    def fails(step: int) -> None:
        raise TrainingError("enough")

    with pytest.raises(TrainingError, match="enough"):
        train(BilinearRNN(2, 4, 2, seed=0), TASK, TrainConfig(steps=2, batch=4), progress=False, callback=fails)
    assert not flushes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_trains_as_well():
    """torch's pool does not survive a fork; who waits for its threads waits for ever."""
    program = (
        "import os, sys, torch\n"
        "from bistate.models.recurrence.subnormals import flushed, flushes\n"
        "torch.set_num_threads(2)\n"
        "torch.full((1 << 21,), 1.0) * 2  # the pool begins\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    with flushed():\n"
        "        os._exit(0 if flushes() else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], timeout=60)
    assert run.returncode == 0
