"""All elements of a small permutation group, as strings of bytes: these multiply and compare faster than tuples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

POINTS = 256  # values of a byte
CLOSURE_LIMIT = 2000  # elements found before a group counts as large; for those Schreier and Sims' chain is faster


def small_closure(generators: Sequence[Sequence[int]], degree: int) -> NDArray[np.uint32] | None:
    """All products of the generators as rows of images, sorted lexicographically; None for more than 2000 of them.

    (s h)(i) = s(h(i)) is the string h with each byte looked up in s. In a finite group inverses are products.
    """
    if not 0 < degree <= POINTS:
        return None
    tables = [bytes(generator) + bytes(POINTS - degree) for generator in generators]
    identity = bytes(range(degree))
    seen, queue = {identity}, [identity]
    for here in queue:
        for table in tables:
            there = here.translate(table)
            if there not in seen:
                seen.add(there)
                queue.append(there)
        if len(queue) > CLOSURE_LIMIT:
            return None
    rows = np.frombuffer(b"".join(sorted(queue)), dtype=np.uint8).reshape(-1, degree)
    return rows.astype(np.uint32)
