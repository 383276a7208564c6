"""The names of single groups: for every kind of name a pattern, what it means, and how the group is made.

One name means one group. D_n has order 2n, Q_n and SD_n have order n, as GAP's QuaternionGroup(n) and QD_n; `Dih(n)`,
with a bracket, has order n. A name that GAP and this library read in two ways is refused: DihedralGroup(8).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import GroupNameError
from ..families.abelian import AbelianGroup
from ..families.affine import affine_group
from ..families.alternating import AlternatingGroup
from ..families.cyclic import CyclicGroup
from ..families.dihedral import DihedralGroup
from ..families.mathieu import mathieu_group
from ..families.matrix_groups import linear_group
from ..families.metacyclic import metacyclic_group
from ..families.quaternion import QuaternionGroup
from ..families.reflection_groups import reflection_group
from ..families.symmetric import SymmetricGroup
from ..families.symplectic import symplectic_group
from ..families.unitary import unitary_group
from ..group import PermutationGroup
from .numbered import small_group
from .point_groups import HERMANN_MAUGUIN, SCHOENFLIES, point_group_name

LARGEST = 10**5  # in C_n, S_n, …: points that a group is made to act on


@dataclass(frozen=True)
class NameKind:
    """One kind of name.

    Attributes:
        examples: names of this kind, as messages and the table of names show them.
        meaning: in a few words.
        pattern: what such a name looks like, without spaces and underscores.
        build: makes the group from the groups of the match; a text is another name, of the same group.
    """

    examples: tuple[str, ...]
    meaning: str
    pattern: re.Pattern[str]
    build: Callable[..., PermutationGroup | str]


def _kind(examples: str, meaning: str, pattern: str, build: Callable[..., PermutationGroup | str]) -> NameKind:
    return NameKind(tuple(examples.split()), meaning, re.compile(pattern), build)


def _sized(family: Callable[[int], PermutationGroup]) -> Callable[[str], PermutationGroup]:
    return lambda n: family(_limited(n))


def _limited(digits: str) -> int:
    if int(digits) > LARGEST:
        raise GroupNameError(f"{digits} is too large: numbers up to {LARGEST} are accepted")
    return int(digits)


def renamed(group: PermutationGroup, name: str) -> PermutationGroup:
    """The same permutations under another name."""
    return PermutationGroup(group.generators, group.degree, name=name)


def _dihedral_of_order(n: str) -> str:
    if int(n) % 2 or int(n) < 2:
        raise GroupNameError(f"Dih({n}) is the dihedral group of order {n}, which has to be even; write D{n} for order "
                             f"{2 * int(n)}")  # fmt: skip
    return f"D{int(n) // 2}"


def _unclear_dihedral(n: str) -> str:
    orders = f"D{n} has order {2 * int(n)}" + (f", D{int(n) // 2} has order {n}" if int(n) % 2 == 0 else "")
    raise GroupNameError(f"it is read as order {n} by some and as order {2 * int(n)} by others: here {orders}")


def _semidihedral(order: str) -> PermutationGroup:
    n = int(order)
    if n < 16 or n & (n - 1) or n > LARGEST:
        raise GroupNameError(f"SD{order}: a semidihedral group has an order of 16, 32, 64, … up to {LARGEST}")
    return renamed(metacyclic_group(n // 2, 2, n // 4 - 1), f"SD{n}")


def _dicyclic(n: str) -> PermutationGroup:
    if int(n) < 2:
        raise GroupNameError(f"Dic{n}: dicyclic groups begin with Dic2, which is Q8")
    return QuaternionGroup(4 * _limited(n))


_DOUBLE_COVERS = {"A4": "SL(2,3)", "A5": "SL(2,5)", "A6": "SL(2,9)", "PSp(4,3)": "Sp(4,3)", "S4-": "2O",
                  "S4+": "GL(2,3)"}  # fmt: skip


def _double_cover(of: str) -> str:
    if of == "S4":
        raise GroupNameError("2.S4 is written for two groups: 2O (also 2.S4-), which has one involution, and GL(2,3) "
                             "(also 2.S4+)")  # fmt: skip
    if match := re.fullmatch(r"P(SL\(2,(\d+)\))", of):
        q = int(match[2])
        if q % 2 and q > 3:
            return match[1]
    if of not in _DOUBLE_COVERS:
        known = ", ".join(f"2.{name}" for name in _DOUBLE_COVERS)
        raise GroupNameError(f"2.{of} is not known here; known are {known} and 2.PSL(2,q) for odd q above 3")
    return _DOUBLE_COVERS[of]


def _binary_polyhedral(name: str) -> PermutationGroup | str:
    return renamed(small_group(48, 28), "2O") if name == "2O" else {"2T": "SL(2,3)", "2I": "SL(2,5)"}[name]


def _point_group(symbol: str) -> str:
    name = point_group_name(symbol)
    if name is None:
        raise GroupNameError(f"there is no point group {symbol}")
    return name


_NUMBER = r"\((\d+)\)"
_ARGUMENTS = r"\((\d+),(\d+)\)"

KINDS: tuple[NameKind, ...] = (
    _kind("C12 Z12 Z/12 Z/12Z", "cyclic", rf"[CZ](\d+)|Z/(\d+)Z?|CyclicGroup{_NUMBER}", _sized(CyclicGroup)),
    _kind("S4 Sym(4)", "symmetric", rf"S(\d+)|Sym(?:metricGroup)?{_NUMBER}", _sized(SymmetricGroup)),
    _kind("A5 Alt(5)", "alternating", rf"A(\d+)|Alt(?:ernatingGroup)?{_NUMBER}", _sized(AlternatingGroup)),
    _kind("D4", "dihedral: D_n has order 2n", r"D(\d+)", _sized(DihedralGroup)),
    _kind("Dih(8)", "dihedral, by its order: Dih(8) is D4", r"Dih\((\d+)\)", _dihedral_of_order),
    _kind("", "refused", rf"Dih(\d+)|DihedralGroup{_NUMBER}", _unclear_dihedral),
    _kind("Q8 Q16", "generalised quaternion, by its order", rf"Q(\d+)|QuaternionGroup{_NUMBER}",
          _sized(QuaternionGroup)),
    _kind("Dic3", "dicyclic: Dic_n has order 4n", r"Dic(\d+)", _dicyclic),
    _kind("SD16 QD16", "semidihedral, by its order", r"(?:SD|QD)(\d+)", _semidihedral),
    _kind("V4 K4", "Klein's four-group", r"[VK]4", lambda: AbelianGroup([2, 2])),
    _kind("M11 M12 M22 M23 M24", "Mathieu", r"M(\d+)", lambda n: mathieu_group(int(n))),
    _kind("GL(2,3) SL(2,5) PGL(2,7) PSL(2,7)", "linear: n, then q", rf"(P?[GS]L){_ARGUMENTS}",
          lambda kind, n, q: linear_group(kind, int(n), int(q))),
    _kind("L2(7)", "PSL(2,7)", r"L(\d+)\((\d+)\)", lambda n, q: linear_group("PSL", int(n), int(q))),
    _kind("AGL(1,5) ASL(2,3)", "affine", rf"(A[GS]L){_ARGUMENTS}",
          lambda kind, n, q: affine_group(kind, int(n), int(q))),
    _kind("Sp(4,3) PSp(4,3)", "symplectic", rf"(P?Sp){_ARGUMENTS}",
          lambda kind, n, q: symplectic_group(kind, int(n), int(q))),
    _kind("SU(3,3) PSU(3,3)", "unitary, over GF(q²): n, then q", rf"(P?SU){_ARGUMENTS}",
          lambda kind, n, q: unitary_group(kind, int(n), int(q))),
    _kind("U3(3)", "PSU(3,3)", r"U(\d+)\((\d+)\)", lambda n, q: unitary_group("PSU", int(n), int(q))),
    _kind("W(E6) W(A3) W(B3) W(D4) W(F4) W(H3)", "reflection groups", r"W\(([A-H])(\d+)\)",
          lambda kind, n: reflection_group(kind, int(n))),
    _kind("W(I2(5))", "reflection group of the pentagon: D5", r"W\(I2\((\d+)\)\)", lambda n: f"D{n}"),
    _kind("SmallGroup(24,3)", "GAP's number, up to order 63", rf"SmallGroup{_ARGUMENTS}",
          lambda n, k: small_group(int(n), int(k))),
    _kind("2T 2O 2I", "binary tetrahedral, octahedral, icosahedral", r"(2[TOI])", _binary_polyhedral),
    _kind("2.A5 2.A6 2.S4- 2.PSL(2,7)", "double covers", r"2\.([A-Za-z]+[0-9]+[+-]?|[A-Za-z]+\(\d+,\d+\))",
          _double_cover),
    _kind("Oh Td Ih C3v D4h", "point groups of Schoenflies, but S_n",
          rf"({'|'.join(SCHOENFLIES)}|C\d+[vh]|D\d+[hd])", _point_group),
    _kind("m-3m 4/mmm -43m 432", "point groups of Hermann and Mauguin",
          f"({'|'.join(map(re.escape, HERMANN_MAUGUIN))})", _point_group),
)  # fmt: skip
