"""Exact linear algebra over cyclotomic fields: this library, Sage and SymPy, one after the other, CPU seconds.

    SAGE_PYTHON=/path/to/python python benchmarks/linear_algebra.py

Random entries Σ c_k ζ_e^k with |c_k| ≤ 9, the same distribution on both sides.
"""

from __future__ import annotations

import random
import time

from bistate.groups import ExactMatrix
from bistate.groups.arithmetic.cyclotomic_field import field_degree
from flint import fmpz_mat
from peer import line, sage, seconds
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

SAGE = """
import time, random
from sage.all import CyclotomicField, matrix, QQ
random.seed(1)
e, rows, columns = {e}, {rows}, {columns}
field = CyclotomicField(e) if e > 1 else QQ
def draw(r, c):
    if e == 1:
        return matrix(field, r, c, [random.randint(-9, 9) for _ in range(r * c)])
    return matrix(field, r, c, [field([random.randint(-9, 9) for _ in range(field.degree())]) for _ in range(r * c)])
a = draw(rows, columns)
b = draw(columns, rows)
start = time.process_time()
{job}
print(time.process_time() - start)
"""


def draw(rows: int, columns: int, conductor: int) -> ExactMatrix:
    """A random matrix with integer coordinates of absolute value at most 9."""
    parts = [
        fmpz_mat(rows, columns, [random.randint(-9, 9) for _ in range(rows * columns)])
        for _ in range(field_degree(conductor))
    ]
    return ExactMatrix.from_integers(parts, conductor)


def main() -> None:
    """Print the table."""
    random.seed(1)
    interpreter = sage()

    def peer(e: int, rows: int, columns: int, job: str) -> float | None:
        return seconds(interpreter, SAGE.format(e=e, rows=rows, columns=columns, job=job)) if interpreter else None

    for e in (12, 60):
        a, b = draw(100, 100, e), draw(100, 100, e)
        start = time.process_time()
        _ = a @ b
        print(
            line(f"product of 100×100 over Q(ζ_{e})", time.process_time() - start, peer(e, 100, 100, "a * b"), "Sage")
        )
    wide = draw(50, 100, 12)
    start = time.process_time()
    wide.kernel()
    theirs = peer(12, 50, 100, "a.right_kernel_matrix()")
    print(line("nullspace of 50×100 over Q(ζ_12)", time.process_time() - start, theirs, "Sage"))
    square = draw(300, 300, 1)
    start = time.process_time()
    square.rank()
    ours = time.process_time() - start
    print(line("rank of 300×300 over Q", ours, peer(1, 300, 300, "a.rank()"), "Sage"))
    rows = [[QQ(int(x)) for x in row] for row in square._numerators[0].tolist()]
    start = time.process_time()
    DomainMatrix(rows, (300, 300), QQ).rank()
    print(line("rank of 300×300 over Q", ours, time.process_time() - start, "SymPy"))


if __name__ == "__main__":
    main()
