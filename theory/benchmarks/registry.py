"""All benchmark tasks by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from ..automata.automaton import Automaton
from ..errors import AutomatonError
from . import (
    bilinear_paper,
    chomsky,
    complex_kda,
    delta_product,
    linear_cdes,
    sd_ssm,
    word_problems,
    xlstm,
)
from .entry import Benchmark
from .templates import with_bos, with_query

FAMILIES = (chomsky, sd_ssm, linear_cdes, xlstm, word_problems, delta_product, complex_kda, bilinear_paper)
BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType({b.name: b for family in FAMILIES for b in family.ENTRIES})

# Repositories that have the tasks of another one, under the same ids.
SAME = {
    "sd-ssm/even-pairs": "chomsky/even-pairs",
    "sd-ssm/parity-check": "chomsky/parity-check",
    "sd-ssm/cycle-navigation": "chomsky/cycle-navigation",
    "sd-ssm/modular-arithmetic": "chomsky/modular-arithmetic",
    "slice/parity": "pd-ssm/parity",
    "slice/even-pairs": "pd-ssm/even-pairs",
    "slice/cycle-nav": "pd-ssm/cycle-nav",
    "slice/mod-arith": "pd-ssm/mod-arith",
}
PREFIXES = frozenset(name.split("/")[0] for name in (*BENCHMARKS, *SAME))
BOS, QUERY = "+bos", "+query"


@lru_cache(maxsize=64)
def benchmark(name: str) -> Benchmark:
    """The benchmark task with a name.

    Args:
        name: one of `BENCHMARKS`; a name with another number, such as "paper/modular-addition-7"; a name from a source
            that has the same task, such as "slice/parity"; NAME+bos or NAME+query for the task with the source's token
            before the word or at which the label is read.

    Raises:
        AutomatonError: for another name, with close ones; or a token that the source does not have.

    Example:
        >>> task = benchmark("pd-ssm/cycle-nav")
        >>> task.letters, task.labels, task.automaton.output([2, 2, 3])
        ((1, 2, 3), (4, 5, 6, 7, 8), 5)
        >>> benchmark("word-problem/A5+bos").train_lengths
        (3, 21)
    """
    for suffix, marked in ((BOS, _with_bos), (QUERY, _with_query)):
        if name.endswith(suffix):
            return marked(benchmark(name.removesuffix(suffix)))
    name = SAME.get(name, name)
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    match = re.fullmatch(r"(.+)-([1-9]\d{0,8})", name)
    if match and (make := bilinear_paper.OF_ANY_SIZE.get(match[1])):
        if not 2 <= int(match[2]) <= bilinear_paper.MOST:
            raise AutomatonError(f"{name!r}: the tasks of the paper have 2 to {bilinear_paper.MOST} states")
        return make(int(match[2]))
    near = get_close_matches(name, (*BENCHMARKS, *SAME), n=3, cutoff=0.5)
    meant = f"did you mean {', '.join(map(repr, near))}? " if near else ""
    raise AutomatonError(
        f"{name!r} is no benchmark task; {meant}`bistate tasks` lists them, of {', '.join(sorted(PREFIXES))}"
    )


def is_benchmark(name: str) -> bool:
    """Whether a name is meant as that of a benchmark task: it begins with a source and a slash."""
    return name.split("/")[0] in PREFIXES and "/" in name


def _with_bos(task: Benchmark) -> Benchmark:
    bos = task.bos
    if bos is None:
        raise AutomatonError(f"the source of {task.name} has no token before words; the task is {task.name!r}")
    label = bos if task.bos_label is None else task.bos_label
    return _longer(task, BOS, lambda: with_bos(task.automaton, bos, label))


def _with_query(task: Benchmark) -> Benchmark:
    query = task.query
    if query is None:
        raise AutomatonError(f"the source of {task.name} has no token after words; the task is {task.name!r}")
    return _longer(task, QUERY, lambda: with_query(task.automaton, query))


def _longer(task: Benchmark, suffix: str, build: Callable[[], Automaton]) -> Benchmark:
    """The task with one token more in every word."""
    low, high = task.train_lengths
    shortest, longest = task.test_lengths
    return replace(
        task,
        name=task.name + suffix,
        build=build,
        train_lengths=(low + 1, high + 1),
        test_lengths=(shortest + 1, longest + 1),
        position="last" if suffix == QUERY else task.position,
        words="accepted",
        bos=None,
        query=None,
    )
