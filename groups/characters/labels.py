"""Names of irreducible characters, and of sums of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from ..permutations.defining_words import structure_of
from ..permutations.generated_group import GeneratedGroup
from ..permutations.tableaux import Partition

Turns = tuple[Fraction, ...]  # the angles x_i of χ(g_i) = exp(2πi·x_i), in turns


def row_label(row: int) -> str:
    """`trivial`, `χ2`, `χ3`, …: rows that have no better name."""
    return "trivial" if row == 0 else f"χ{row + 1}"


def shape_label(partition: Partition) -> str:
    """`[3,1]`: the irrep of S_n that belongs to a partition."""
    return f"[{','.join(map(str, partition))}]"


def turns_label(group: GeneratedGroup, turns: Turns, stem: str) -> str:
    """`rot2` for x = 2/n on one generator, `rot(1,0)` for several; `trivial` and `sign` by name."""
    e = lcm(*(x.denominator for x in turns))
    return exponents_label(structure_of(group).relative_orders, [int(x * e) for x in turns], e, stem)


def exponents_label(orders: Sequence[int], exponents: Sequence[int], e: int, stem: str) -> str:
    """The same for the angles x/e, with the relative orders of the generators."""
    if not any(exponents):
        return "trivial"
    if len(exponents) == 1 and 2 * exponents[0] == e and stem != "χ":
        return "sign"
    steps = [
        str(x * m // e) if x * m % e == 0 else str(Fraction(x * m, e)) for x, m in zip(exponents, orders, strict=True)
    ]
    return f"{stem}{steps[0]}" if len(steps) == 1 else f"{stem}({','.join(steps)})"


def real_label(label: str, indicator: int) -> str:
    """The name of the real irrep that belongs to a complex one of that type.

    `χ` itself for real type, `2·χ` for quaternionic type, where χ is its own conjugate and occurs twice, and `χ+χ*` for
    complex type, where the conjugate is another irrep.
    """
    return {1: label, 0: f"{label}+{label}*", -1: f"2·{label}"}[indicator]


def sum_text(terms: Sequence[tuple[int, str]]) -> str:
    """Multiplicities with names as text, "trivial + 2·[2,1] + 3·(χ2+χ3)"."""
    return " + ".join(name if count == 1 else f"{count}·{_bracketed(name)}" for count, name in terms) or "0"


def _bracketed(name: str) -> str:
    return f"({name})" if "+" in name or "·" in name else name
