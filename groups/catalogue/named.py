"""Groups by name."""

from __future__ import annotations

import re
from math import prod

from ..constructions.products import direct_product, wreath_product
from ..errors import GroupError, GroupNameError, TooLargeError
from ..families.abelian import AbelianGroup
from ..families.cyclic import CyclicGroup
from ..group import PermutationGroup
from .extensions import extension_group
from .numbered import small_group, small_groups
from .single_names import KINDS
from .suggestions import suggestion
from .syntax import Extension, Power, Product, Single, Tree, Wreath, normalised, parse

NAMES = (
    "C12 Z12 Z/12 (cyclic), S4 Sym(4), A5 Alt(5), D4 (dihedral, order 8), Dih(8) (the same, by its order), Q8 SD16 (by "
    "their orders), Dic3 (order 12), V4, C2^3 (power), C7:C3 (semidirect), M11 M12 M22 M23 M24, GL(2,3) SL(2,5) "
    "PGL(2,7) PSL(2,7), AGL(1,5), Sp(4,3), PSU(3,3), W(E6), 2.A5, 2O, Oh, m-3m, SmallGroup(24,3) (order up to 63, "
    "GAP's numbers), generators as in (1,2,3),(1,2) or [1,2,0],[1,0,2], products with x as in C2xC4 or A4xC5, wreath "
    "products with wr as in C2wrS4; "
    "docs/conventions.md has them all"
)
GENERATORS = r"(?=.*\d)\s*[(\[][\s\d,()\[\];]*"  # permutations: numbers, commas and brackets, and nothing else
CELLS = 10**7  # points × generators of a product

_PATTERNS = tuple(kind.pattern for kind in KINDS)


def named_group(name: str) -> PermutationGroup:
    """The group a name stands for: C12, C2xC4, S4, D4 (order 8), Q8, A4xC5, C2wrS4, PSL(2,7), C7:C3, W(E6), Oh, …

    One name means one group: a name that is read in two ways is refused, with what to write. `x` binds weakest, then
    `:`, `wr` and `^`; brackets group; spaces, underscores and the letter case of `x` do not matter.
    Permutations in parentheses or brackets are generators: `(1,2,3),(1,2)`; see `PermutationGroup.from_text`.

    Raises:
        GroupNameError: for a name that is not understood, or unclear; the message says what would be.
        GroupError: for a number that goes with no group, as in Q9.
        TooLargeError: for a group on too many points.

    Example:
        >>> [named_group(name).order for name in ("C12", "C2xC4", "D4", "Q8", "A4xC5", "PSL(2,7)", "M11", "m-3m")]
        [12, 8, 8, 8, 60, 168, 7920, 48]
    """
    if not isinstance(name, str):
        raise GroupNameError(f"a group name is a text, not {name!r}; understood: {NAMES}")
    if re.fullmatch(GENERATORS, name):
        return PermutationGroup.from_text(name)
    try:
        return _named(normalised(name))
    except GroupNameError as error:
        raise GroupNameError(_message(name, error), error.piece) from None
    except GroupError as error:
        raise type(error)(f"group name {_shown(name)}: {error}") from None


def _named(text: str) -> PermutationGroup:
    if match := re.fullmatch(r"(.+)\[(\d+),(\d+)\]", text):
        return _with_number(match[1], int(match[2]), int(match[3]))
    return _built(parse(text, _PATTERNS))


def _with_number(structure: str, order: int, number: int) -> PermutationGroup:
    """A description that several groups share, with GAP's number behind: (C4xC2):C2[16,3]."""
    group = small_group(order, number)
    entry = next(e for e in small_groups(order, min_order=order) if e.number == number)
    if entry.structure != f"{structure}[{order},{number}]":
        raise GroupNameError(f"{entry.name} is not written so, but {entry.structure}")
    return group


def _built(tree: Tree) -> PermutationGroup:
    match tree:
        case Single(text, pattern):
            return _single(text, pattern)
        case Power(base, exponent):
            return _product([_built(base)] * exponent)
        case Product(factors):
            return _product([_built(factor) for factor in factors])
        case Wreath(base, top):
            below, above = _built(base), _built(top)
            _require_cells(below.degree * above.degree, len(below.generators) + len(above.generators))
            return wreath_product(below, above)
        case Extension():
            return extension_group(tree, _built)


def _single(text: str, pattern: int) -> PermutationGroup:
    match = KINDS[pattern].pattern.fullmatch(text)
    assert match is not None
    made = KINDS[pattern].build(*(group for group in match.groups() if group is not None))
    return _built(parse(made, _PATTERNS)) if isinstance(made, str) else made


def _product(factors: list[PermutationGroup]) -> PermutationGroup:
    _require_cells(sum(f.degree for f in factors), sum(len(f.generators) for f in factors))
    if len(factors) == 1:
        return factors[0]
    if all(isinstance(factor, CyclicGroup | AbelianGroup) for factor in factors):
        return AbelianGroup(order for factor in factors for order in _orders(factor))
    return direct_product(*factors)


def _orders(group: PermutationGroup) -> tuple[int, ...]:
    return group.orders if isinstance(group, AbelianGroup) else (group.order,)


def _require_cells(degree: int, generators: int) -> None:
    if prod((degree, generators)) > CELLS:
        raise TooLargeError(f"{generators} generators on {degree} points are too many; {CELLS} images are allowed")


def _shown(name: str) -> str:
    return repr(name) if len(name) <= 60 else f"{name[:60]!r}…"


def _message(name: str, error: GroupNameError) -> str:
    """One line: what is wrong, what may have been meant, what is understood."""
    if not error.piece:
        return f"group name {_shown(name)}: {error}" + (f"; understood: {NAMES}" if not name.strip() else "")
    what = f"group name {_shown(name)}" + (f": {error}" if error.piece != name else " is not understood")
    meant = suggestion(error.piece)
    return what + (f"; did you mean {meant!r}?" if meant else ";") + f" understood: {NAMES}"
