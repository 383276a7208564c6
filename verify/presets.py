"""The paper's tables: which cells to train, and the figures they are put beside.

The published figures are known through a third party's note on arXiv:2505.21749 ("n" in the tables), accuracy at
length 500, chance-normalised; their setting is batch 64, 100 000 steps, hidden 256, the best of three learning rates.
Ours is smaller and stated in every result. What the paper does not publish is fixed here: the label is at the last
position, and a random state machine with m states has m letters and uniform random maps, or permutations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .sweep import Cell, SweepError

Options = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Row:
    """A family in a table: its name, how a cell is made for a size m, and the published figures by m."""

    name: str
    model: str
    settings: Callable[[int], Options]
    published: dict[int, float]


@dataclass(frozen=True)
class Table:
    """A table: its task for a size m, the sizes, and the rows."""

    title: str
    task: Callable[[int], str]
    sizes: tuple[int, ...]
    rows: tuple[Row, ...]


def _setting(
    hidden: int,
    steps: int,
    lr: float,
    weight_decay: float,
    options: Options | None = None,
    every: bool = False,
    **more: Any,
) -> Options:
    training = {"steps": steps, "lr": lr, "weight_decay": weight_decay, **more}
    return {"hidden": hidden, "options": options or {}, "training": training, "every": every}


def _full(m: int) -> Options:
    return _setting(64, 4000 if m <= 10 else 6000 if m <= 25 else 8000, 3e-3, 0.5)


def _machine(m: int) -> Options:
    # Rare pairs of state and letter are seen seldom, and decide about long words: labels at every position show them
    # six times as often, and decay of the readout keeps their gradients alive.
    decay = 2.0 if m <= 5 else 3.0
    return _setting(64, 6000 if m <= 5 else 12_000 if m <= 10 else 20_000, 3e-3, decay, every=True)


def _block(m: int) -> Options:
    return _setting(64 if m <= 25 else 128, 4000 if m <= 25 else 8000, 1e-2, 1.0, {"block": 2})


def _rotation(m: int) -> Options:
    hidden = 64 if m <= 10 else 128 if m <= 25 else 256
    return _setting(hidden, 4000 if m <= 10 else 6000, 1e-2, 1.0, decay_transitions=False)


def _diagonal(m: int) -> Options:
    return _setting(64, 3000, 1e-2, 0.1)


def _cp(m: int) -> Options:
    if m <= 10:
        return _setting(64, 4000, 1e-2, 0.5, {"rank": 128})
    return _setting(128, 12_000, 3e-3, 0.1, {"rank": 256})


def _machine_cp(m: int) -> Options:
    steps = 6000 if m <= 5 else 12_000 if m <= 10 else 20_000
    return _setting(64, steps, 3e-3, 2.0 if m <= 2 else 1.0, {"rank": 128 if m <= 10 else 384}, every=True)


def _lstm(m: int) -> Options:
    return _setting(64, 3000 if m <= 10 else 6000, 3e-3, 0.0)


def _slow(m: int) -> Options:
    return _setting(32, 1500, 3e-3, 0.0, {"layers": 1})


SIZES = (2, 3, 5, 10, 25, 50)


def _by_size(*figures: float, sizes: tuple[int, ...] = SIZES) -> dict[int, float]:
    return dict(zip(sizes, figures, strict=True))


TABLES = {
    "modular-addition": Table(
        "modular addition",
        lambda m: f"modular-addition-{m}",
        SIZES,
        (
            Row("full bilinear", "full", _full, _by_size(1.00, 1.00, 1.00, 1.00, 1.00, 1.00)),
            Row("blocks of size 1", "diagonal", _diagonal, _by_size(1.00, 0.00, 0.00, 0.10, 0.00, 0.02)),
            Row("blocks of size 2", "block", _block, _by_size(1.00, 1.00, 1.00, 1.00, 1.00, 1.00)),
            Row("rotation blocks", "rotation", _rotation, _by_size(1.00, 0.00, 1.00, 0.66, 0.37, 0.00)),
            Row("CP factored", "cp", _cp, {50: 0.95}),
            Row("LSTM", "lstm", _lstm, _by_size(1.00, 1.00, 0.98, 1.00, 0.00, 0.02)),
            Row("Mamba, 1 layer", "mamba", _slow, _by_size(0.00, 0.01, 0.01, 0.00, 0.00, 0.00)),
            Row("Transformer, 1 layer", "transformer", _slow, _by_size(0.03, 0.01, 0.00, 0.00, 0.00, 0.00)),
        ),
    ),
    "random-state-machine": Table(
        "random state machines (maps, as many letters as states)",
        lambda m: f"random-{m}-{m}-seed0",
        (2, 5, 10, 25),
        (
            Row("full bilinear", "full", _machine, _by_size(1.00, 1.00, 1.00, 1.00, sizes=(2, 5, 10, 25))),
            Row("CP factored", "cp", _machine_cp, _by_size(1.00, 1.00, 1.00, 0.50, sizes=(2, 5, 10, 25))),
            Row("blocks of size 2", "block", _block, _by_size(1.00, 0.00, 0.00, 0.00, sizes=(2, 5, 10, 25))),
            Row("LSTM", "lstm", _lstm, _by_size(1.00, 1.00, 0.00, 0.00, sizes=(2, 5, 10, 25))),
        ),
    ),
    "random-permutation-machine": Table(
        "random permutation machines (as many letters as states)",
        lambda m: f"random-permutation-{m}-{m}-seed0",
        (2, 5, 10, 25),
        (Row("full bilinear", "full", _machine, {}), Row("LSTM", "lstm", _lstm, {})),
    ),
    "modular-arithmetic": Table(
        "modular arithmetic",
        lambda m: f"modular-arithmetic-{m}",
        (2, 3, 5),
        (Row("full bilinear", "full", _machine, {5: 1.00}), Row("LSTM", "lstm", _lstm, {})),
    ),
    "parity": Table(
        "parity",
        lambda m: "parity",
        (2,),
        (
            Row("full bilinear", "full", _full, {2: 1.00}),
            Row("real diagonal", "diagonal", _diagonal, {2: 1.00}),
            Row("positive diagonal", "positive", _diagonal, {2: 0.00}),
            Row("rotation blocks", "rotation", _rotation, {2: 1.00}),
            Row("LSTM", "lstm", _lstm, {2: 1.00}),
        ),
    ),
    "word-problems": Table(
        "word problems of groups, all elements as letters",
        lambda m: {6: "S3", 24: "S4", 60: "A5"}[m],
        (6, 24, 60),
        (Row("full bilinear", "full", lambda m: _setting(64, 3000 if m < 60 else 8000, 3e-3, 0.5), {}),),
    ),
}


def cells_of(
    name: str, seeds: int, sizes: tuple[int, ...] = (), rows: tuple[str, ...] = ()
) -> list[tuple[Row, int, Cell]]:
    """The cells of a table, with the row and size that each belongs to.

    Raises:
        SweepError: for a table, size or row that there is not.
    """
    if name not in TABLES:
        raise SweepError(f"table {name!r} is not known; choose one of {', '.join(TABLES)}")
    table = TABLES[name]
    for m in sizes:
        if m not in table.sizes:
            raise SweepError(f"size {m} is not in the table {name!r}, which has {', '.join(map(str, table.sizes))}")
    for row in rows:
        if row not in {r.model for r in table.rows}:
            raise SweepError(f"model {row!r} is not in the table {name!r}: {', '.join(r.model for r in table.rows)}")
    chosen = [row for row in table.rows if not rows or row.model in rows]
    return [
        (row, m, Cell(task=table.task(m), model=row.model, seed=seed, **row.settings(m)))
        for row in chosen
        for m in (sizes or table.sizes)
        for seed in range(seeds)
    ]
