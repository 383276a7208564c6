"""A sweep on a dask cluster: a worker that is killed costs nothing but time. Skipped where dask is not installed."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest
from bistate.verify.experiments.sweep import CELLS, TABLE, Cell, sweep

distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")


def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path):
    cells = [Cell("mod5", "full", hidden=24, seed=s, test_length=50, training={"steps": 200}) for s in range(5)]
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
    )
    with cluster, distributed.Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        assert len(set(pids)) == 2

        def kill_one() -> None:
            folder, limit = tmp_path / CELLS, time.time() + 60
            while time.time() < limit and not (folder.exists() and any(folder.glob("*.json"))):
                time.sleep(0.05)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        results = list(sweep(cells, tmp_path, backend="dask"))
        killer.join()
        assert pids[0] not in client.run(os.getpid).values()  # it was killed indeed
    assert sorted(r["cell"]["seed"] for r in results) == list(range(5))
    files = list((tmp_path / CELLS).glob("*.json"))
    assert len(files) == 5
    assert all(json.loads(f.read_text())["key"] == f.stem for f in files)
    assert len((tmp_path / TABLE).read_text().splitlines()) == 6
