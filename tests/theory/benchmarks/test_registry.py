"""Names of benchmark tasks: what is found, what is refused, and that entries are about their automata."""

from __future__ import annotations

import pytest
from bistate.theory import BENCHMARKS, AutomatonError, benchmark
from bistate.theory.benchmarks.registry import SAME, is_benchmark
from bistate.theory.benchmarks.templates import with_bos


@pytest.mark.parametrize("name", BENCHMARKS)
def test_entries_are_consistent(name: str) -> None:
    task = BENCHMARKS[name]
    assert task.name == name == benchmark(name).name
    assert is_benchmark(name)
    assert task.position in ("last", "every", "query")
    assert (task.position == "query") == (task.query is not None)
    assert (task.words == "accepted") == (task.automaton.accepting is not None)
    assert (task.side is not None) == (
        name.split("/")[0] in ("word-problem", "delta-product", "complex-kda", "slice") or name == "sd-ssm/A5"
    )
    for low, high in (task.train_lengths, task.test_lengths):
        assert 1 <= low <= high
    assert task.automaton is task.automaton  # built once
    assert task.label
    assert task.source
    for token in (task.bos, task.query):
        assert token not in task.letters


def test_other_names_for_one_task() -> None:
    for name, meant in SAME.items():
        assert benchmark(name) is BENCHMARKS[meant]
    assert benchmark("paper/modular-addition-7").automaton.output([3, 6]) == 2
    assert len(benchmark("paper/random-machine-12").automaton.states) == 12


def test_entries_do_not_change() -> None:
    with pytest.raises(AttributeError):
        BENCHMARKS["chomsky/even-pairs"].name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        BENCHMARKS["chomsky/even-pairs"] = BENCHMARKS["paper/parity"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chomsky/even-pair", "did you mean 'chomsky/even-pairs'"),
        ("nonsense/at-all", "bistate tasks"),
        ("paper/modular-addition-51", "2 to 50 states"),
        ("paper/modular-arithmetic-1", "2 to 50 states"),
        ("paper/modular-addition-999999999999", "no benchmark task"),
        ("chomsky/even-pairs+bos", "no token before words; the task is 'chomsky/even-pairs'"),
        ("sd-ssm/D4+query", "no token after words"),
        ("word-problem/A5+bos+bos", "no token before words"),
    ],
)
def test_what_is_no_name_is_refused(name: str, said: str) -> None:
    with pytest.raises(AutomatonError, match=said.replace("+", r"\+")):
        benchmark(name)


def test_which_names_are_meant_as_benchmarks() -> None:
    assert not any(map(is_benchmark, ("Z/4", "S3", "mod5", "file:chomsky/x.dot", "chomsky")))
    assert is_benchmark("chomsky/none")


def test_the_token_before_words_is_one_more_letter() -> None:
    task = BENCHMARKS["word-problem/Z60"]
    assert benchmark("word-problem/Z60+bos").automaton == with_bos(task.automaton, 61, 61)
    assert benchmark("word-problem/Z60+bos").train_lengths == (3, 21)
    assert benchmark("word-problem/Z60+bos").words == "accepted"
