"""The paper's tables: which cells to train, and the figures they are put beside.

The published figures are known through a third party's note on arXiv:2505.21749 ("n" in the tables), accuracy at
length 500, chance-normalised; their setting is batch 64, 100 000 steps, hidden 256, the best of three learning rates.
Ours is smaller, was chosen with seed 0, and is stated in every result. What the paper does not publish is fixed here:
a random state machine with m states has m letters and uniform random maps, or permutations; where labels stand is part
of a row's settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .sweep import Cell, SweepError

Options = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Row:
    """A family in a table.

    Attributes:
        name: as the table shows it.
        model: transition family or baseline.
        settings: the settings that are tried at a size m; the best one counts.
        published: the published figures by m.
        most: no more seeds than this, for what is slow and known to fail.
    """

    name: str
    model: str
    settings: Callable[[int], tuple[Options, ...]]
    published: dict[int, float]
    most: int | None = None


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
    smoothing: float = 0.1,
    **more: Any,
) -> tuple[Options, ...]:
    training = {"steps": steps, "lr": lr, "weight_decay": weight_decay, "label_smoothing": smoothing, **more}
    return ({"hidden": hidden, "options": options or {}, "training": training, "every": every},)


# With one label per word, 50 residues are hard to begin with: their words show first the residues modulo 25.


def _full(m: int) -> tuple[Options, ...]:
    return _setting(64, 4000 if m <= 25 else 8000, 3e-3, 0.1, every=m > 25)


def _machine(m: int) -> tuple[Options, ...]:
    # Labels at every position show rare pairs of state and letter six times as often.
    return _setting(64, 4000 if m <= 25 else 8000, 3e-3, 0.1, every=True)


def _block(m: int) -> tuple[Options, ...]:
    # Smoothing keeps blocks with the wrong sign alive, whose scale grows a little faster: decay removes them better.
    if m <= 25:
        return _setting(64, 4000, 1e-2, 1.0, {"block": 2}, smoothing=0.0)
    return _setting(64, 4000, 1e-2, 0.5, {"block": 2})


def _rotation(m: int) -> tuple[Options, ...]:
    return _setting(64 if m <= 25 else 128, 4000, 1e-2, 0.1, decay_transitions=False)


def _diagonal(m: int) -> tuple[Options, ...]:
    return _setting(64, 3000, 1e-2, 0.1)


def _cp(m: int) -> tuple[Options, ...]:
    if m <= 10:
        return _setting(64, 4000, 3e-3, 0.1, {"rank": 128})
    return _setting(128, 8000, 3e-3, 0.1, {"rank": 256}, every=True)


def _machine_cp(m: int) -> tuple[Options, ...]:
    return _setting(64, 4000 if m <= 10 else 12_000, 3e-3, 0.1, {"rank": 128 if m <= 10 else 384}, every=True)


def _lstm(m: int) -> tuple[Options, ...]:
    return _setting(64, 4000, 3e-3, 0.0)


def _machine_lstm(m: int) -> tuple[Options, ...]:
    return _setting(64, 4000, 3e-3, 0.0, every=True)


def _layers(m: int) -> tuple[Options, ...]:
    return tuple(_setting(32, 1500, 3e-3, 0.0, {"layers": n})[0] for n in (1, 2, 4))


def _word_problem(order: int) -> tuple[Options, ...]:
    return _setting(
        64 if order < 120 else 128, {6: 4000, 24: 4000, 60: 8000, 120: 12_000}[order], 3e-3, 0.1, every=True
    )


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
            Row("Mamba, 1, 2, 4 layers", "mamba", _layers, _by_size(0.00, 0.01, 0.01, 0.00, 0.00, 0.00), most=1),
            Row(
                "Transformer, 1, 2, 4 layers",
                "transformer",
                _layers,
                _by_size(0.03, 0.01, 0.00, 0.00, 0.00, 0.00),
                most=1,
            ),
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
            Row("LSTM", "lstm", _machine_lstm, _by_size(1.00, 1.00, 0.00, 0.00, sizes=(2, 5, 10, 25))),
            Row("Mamba, 1, 2, 4 layers", "mamba", _layers, _by_size(0.0, 0.0, 0.0, 0.0, sizes=(2, 5, 10, 25)), most=1),
        ),
    ),
    "random-permutation-machine": Table(
        "random permutation machines (as many letters as states)",
        lambda m: f"random-permutation-{m}-{m}-seed0",
        (2, 5, 10, 25),
        (Row("full bilinear", "full", _machine, {}), Row("LSTM", "lstm", _machine_lstm, {})),
    ),
    "modular-arithmetic": Table(
        "modular arithmetic",
        lambda m: f"modular-arithmetic-{m}",
        (2, 3, 5),
        (Row("full bilinear", "full", _machine, {5: 1.00}), Row("LSTM", "lstm", _machine_lstm, {})),
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
        "word problems of groups, all elements as letters; m is the order: S3, S4, A5, S5",
        lambda m: {6: "S3", 24: "S4", 60: "A5", 120: "S5"}[m],
        (6, 24, 60, 120),
        (Row("full bilinear", "full", _word_problem, {}), Row("LSTM", "lstm", _machine_lstm, {})),
    ),
}


def cells_of(
    name: str,
    seeds: int,
    sizes: tuple[int, ...] = (),
    rows: tuple[str, ...] = (),
    first_seed: int = 0,
    device: str = "cpu",
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
        (row, m, Cell(task=table.task(m), model=row.model, seed=seed, device=device, **settings))
        for row in chosen
        for m in (sizes or table.sizes)
        for settings in row.settings(m)
        for seed in range(first_seed, first_seed + min(seeds, row.most or seeds))
    ]
