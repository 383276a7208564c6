"""Matrices of the symmetric groups: this library and Sage, one after the other, CPU seconds.

    SAGE_PYTHON=/path/to/python python benchmarks/symmetric.py

Sage is installed by `pip install passagemath-standard` in an environment of its own. Our times of the seminormal form
include the exact check of Coxeter's relations and of the form; Sage's checks are switched off.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bistate.groups import (
    SymmetricGroup,
    integer_matrices,
    orthogonal_generators,
    partitions,
    specht,
)
from peer import line, sage, seconds

GENERATORS = """
import time
from sage.all import Partitions, Permutation
from sage.combinat.symmetric_group_representations import SymmetricGroupRepresentation
SymmetricGroupRepresentation([2, 1], "{kind}").representation_matrix(Permutation([2, 1, 3]))
start = time.process_time()
for shape in Partitions({n}):
    rho = SymmetricGroupRepresentation(shape, "{kind}")
    for i in range(1, {n}):
        if hasattr(rho, "representation_matrix_for_simple_transposition"):
            rho.representation_matrix_for_simple_transposition(i)
        else:
            rho.representation_matrix(Permutation([*range(1, i), i + 1, i, *range(i + 2, {n} + 1)]))
print(time.process_time() - start)
"""
EVERYTHING = """
import time
from sage.all import Partitions
from sage.combinat.permutation import Permutations
from sage.combinat.symmetric_group_representations import SymmetricGroupRepresentation
start = time.process_time()
for shape in Partitions({n}):
    rho = SymmetricGroupRepresentation(shape, "{kind}")
    for g in Permutations({n}):
        rho.representation_matrix(g)
print(time.process_time() - start)
"""


def measured(job: Callable[[], object]) -> float:
    """CPU seconds of one run; nothing is cached before."""
    start = time.process_time()
    job()
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    interpreter = sage()
    SymmetricGroup(9).irreps()  # imports; no shape of nine boxes is used below

    def show(job: str, ours: float, code: str) -> None:
        print(line(job, ours, seconds(interpreter, code) if interpreter else None, "Sage"), flush=True)

    for n in range(3, 9):
        ours = measured(SymmetricGroup(n).irreps)
        show(f"S_{n}, generators of all irreps, seminormal", ours, GENERATORS.format(n=n, kind="seminormal"))
    group = SymmetricGroup(8)
    ours = measured(lambda: [specht(group, shape) for shape in partitions(8)])
    show("S_8, generators of all irreps, Specht", ours, GENERATORS.format(n=8, kind="specht"))
    ours = measured(lambda: [orthogonal_generators(shape) for shape in partitions(8)])
    show("S_8, generators of all irreps, orthogonal (ours: floats)", ours, GENERATORS.format(n=8, kind="orthogonal"))
    whole = SymmetricGroup(7)
    ours = measured(lambda: [integer_matrices(specht(whole, shape)).shape for shape in partitions(7)])
    show("S_7, all 75 600 matrices (Sage: seminormal)", ours, EVERYTHING.format(n=7, kind="seminormal"))


if __name__ == "__main__":
    main()
