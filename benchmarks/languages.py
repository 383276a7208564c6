"""Languages, accepted and rejected by trained monomial models with a one-hot start: right at 500 letters, and proved.

    python benchmarks/languages.py [--seeds 5] [--hidden 64] [--steps 3000]

A monomial letter takes each unit's ray to a unit's ray, up to a sign, whatever its magnitudes: from a one-hot start
that is not trained there are at most 2 · hidden rays, so nothing drifts. Several rays may stand for one state. So the
automaton of pairs (state, ray) is written down, shown to have the task's labels on all words (`A.equivalent(B)`), and
the model certified for it: by exact codes, whose certificate is about the labels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bistate.groups.text_file import write_text
from bistate.models import BilinearRNN, StateTracking, evaluate, train, usual_config
from bistate.theory import Automaton
from bistate.verify import certify

LANGUAGES = ("(ab)*", "a*b*", "(a|b)*abb")
TABLE = Path(__file__).parent / "results" / "languages.md"
LONG, WORDS = 500, 1000
TRAINED, LENGTHS, RATE = "balanced_states", (0, 10), 1e-2


def with_rays(model: BilinearRNN, task: Automaton) -> Automaton:
    """The automaton of a state, the unit that is not 0 after a word, and its sign; with the task's labels."""
    matrices, start = model.transitions().detach(), model.initial(1)[0].detach()
    unit = int(start.nonzero().item())
    keys = [(task.start_index, unit, bool(start[unit] > 0))]
    table = []
    for q, i, positive in keys:
        row = []
        for x, matrix in enumerate(matrices):
            j = int(matrix[:, i].nonzero().item())
            key = (int(task.table[q, x]), j, positive == bool(matrix[j, i] > 0))
            if key not in keys:
                keys.append(key)
            row.append(keys.index(key))
        table.append(row)
    assert task.outputs is not None
    return Automaton(range(len(keys)), task.letters, table, 0, outputs=[task.outputs[q] for q, _, _ in keys])


def trained(task: Automaton, hidden: int, steps: int, seed: int) -> BilinearRNN:
    """A monomial model whose start is one unit; its magnitudes and all else are learned."""
    model = BilinearRNN(len(task.letters), hidden, len(task.labels), "monomial", seed=seed)
    with torch.no_grad():
        model.start.zero_()
        model.start[0] = 1
    model.start.requires_grad_(False)
    config = usual_config("monomial", steps=steps, lr=RATE, weight_decay=0.0, seed=seed, threads=1)
    train(model, StateTracking(task, lengths=LENGTHS, words=TRAINED), config, progress=False)
    return model


def row(pattern: str, seeds: int, hidden: int, steps: int) -> str:
    """A row of the table."""
    task = Automaton.from_regex(pattern, "ab").acceptor()
    figures, horizons, rays, spent, proving = [], [], [], [], []
    for seed in range(seeds):
        begun = time.process_time()
        model = trained(task, hidden, steps, seed)
        spent.append(time.process_time() - begun)
        words = StateTracking(task)
        figures.append(min(evaluate(model, words, LONG, WORDS, words=law) for law in ("balanced", TRAINED)))
        begun = time.process_time()
        larger = with_rays(model, task)
        assert larger.equivalent(task) is None
        assert larger.labels == task.labels
        proof = certify(model, larger, shortest=0)
        proving.append(time.process_time() - begun)
        horizons.append(proof.horizon)
        rays.append(len(larger.states))
        print(f"{pattern} seed {seed}: {figures[-1]:.3f} at {LONG}, T* {proof.horizon} {proof.way}", flush=True)
    cells = (
        f"`accept:regex:{pattern.replace('|', chr(92) + '|')}`",
        f"{sum(figure == 1 for figure in figures)} of {seeds}",
        f"{min(figures):.3f}",
        f"{sum(horizon >= LONG for horizon in horizons)} of {seeds}",
        ", ".join(map(str, horizons)),
        f"{min(rays)} to {max(rays)}",
        f"{statistics.median(spent):.0f}",
        f"{statistics.median(proving):.1f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--page", type=Path, default=TABLE)
    given = parser.parse_args()
    columns = (
        "task",
        "right at 500",
        "least accuracy",
        "proved ≥ 500",
        "T\\*",
        "(state, ray)",
        "CPU s",
        "of the proof",
    )
    typed = f"python benchmarks/languages.py --seeds {given.seeds} --hidden {given.hidden} --steps {given.steps}"
    lines = [
        "# Languages, accepted and rejected",
        "",
        f"Made by `{typed}`:",
        "monomial models with a one-hot start that is not trained, without weight decay, at the learning rate",
        f"{RATE:g}, on words of {LENGTHS[0]} to {LENGTHS[1]} letters with states in equal shares. Accuracy on {WORDS}",
        f"words of {LONG} letters, the less of that with labels and that with states in equal shares; chance is 1/2.",
        "T\\* is the horizon that `certify` proves for the automaton of pairs (state, ray): `inf` is for ever, the",
        "empty word included.",
        "",
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(row(pattern, given.seeds, given.hidden, given.steps) for pattern in LANGUAGES),
    ]
    write_text(given.page, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
