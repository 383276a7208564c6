"""How a group's name is read: products, wreath products, powers and split extensions of single names.

    product   = extension { "x" extension }
    extension = wreath [ ":" wreath [ "[" number "]" ] ]
    wreath    = power { "wr" power }
    power     = single [ "^" number ]
    single    = "(" product ")" | the name of a group, as S4 or PSL(2,7)

This file knows no groups: what a single name may be is handed in as patterns. The result is a tree of the five kinds
of node below, whose `str` is the name again, written in one way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import GroupNameError

LONGEST = 200  # characters of a name
DIGITS = 9  # of a number in a name

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPELT = {"×": "x", "≀": "wr", "⋊": ":", "ℤ": "Z", "−": "-", "{": "", "}": ""}
_BEHIND = r"(?=$|[xX^:)\[]|wr)"  # what may stand behind a single name


@dataclass(frozen=True)
class Single:
    """The name of one group; `pattern` is the number of the pattern that it matches."""

    text: str
    pattern: int

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Power:
    """Copies of one group in a direct product."""

    base: Tree
    exponent: int

    def __str__(self) -> str:
        return f"{_inner(self.base)}^{self.exponent}"


@dataclass(frozen=True)
class Wreath:
    """base ≀ top."""

    base: Tree
    top: Tree

    def __str__(self) -> str:
        return f"{_inner(self.base)}wr{_inner(self.top)}"


@dataclass(frozen=True)
class Extension:
    """normal : top, a semidirect product; `unit` is the number in brackets, if there is one."""

    normal: Tree
    top: Tree
    unit: int | None = None

    def __str__(self) -> str:
        text = f"{_inner(self.normal)}:{_inner(self.top)}"
        return text if self.unit is None else f"{text}[{self.unit}]"


@dataclass(frozen=True)
class Product:
    """A direct product."""

    factors: tuple[Tree, ...]

    def __str__(self) -> str:
        return "x".join(_inner(factor) for factor in self.factors)


Tree = Single | Power | Wreath | Extension | Product


def _inner(tree: Tree) -> str:
    return str(tree) if isinstance(tree, Single) else f"({tree})"


def normalised(name: str) -> str:
    """The name without spaces and underscores, in plain characters: "C₂ × D_4" becomes "C2xD4".

    Raises:
        GroupNameError: for a name of more than 200 characters, or a number of more than nine digits.
    """
    if len(name) > LONGEST:
        raise GroupNameError(f"it has {len(name)} characters; at most {LONGEST} are read")
    text = name.translate(_SUBSCRIPTS)
    text = re.sub(r"([0-9])[\u0304\u0305]", r"-\1", text)  # 3̄ of Hermann and Mauguin is −3
    for written, plain in _SPELT.items():
        text = text.replace(written, plain)
    text = re.sub(r"[\s_]", "", text)
    if match := re.search(rf"\d{{{DIGITS + 1},}}", text):
        raise GroupNameError(f"the number {match[0][:20]}… is too large")
    return text


def parse(name: str, singles: Sequence[re.Pattern[str]]) -> Tree:
    """The tree of a name, already `normalised`.

    Args:
        name: the text.
        singles: patterns of the single names; the one that matches most characters is taken, of these the first.

    Raises:
        GroupNameError: for what is not a name, and for a mixture of operators that could be read in two ways.
    """
    reader = _Reader(name, singles)
    tree = reader.product()
    if reader.at < len(name):
        raise GroupNameError(f"{name[reader.at :]!r} is left over behind {name[: reader.at]!r}")
    return tree


class _Reader:
    def __init__(self, text: str, singles: Sequence[re.Pattern[str]]) -> None:
        self.text, self.at = text, 0
        self.singles = [re.compile(f"(?:{p.pattern}){_BEHIND}") for p in singles]

    def found(self, *words: str) -> bool:
        for word in words:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return True
        return False

    def number(self) -> int:
        match = re.compile(r"\d+").match(self.text, self.at)
        if match is None:
            raise GroupNameError(f"a number is missing after {self.text[: self.at]!r}")
        self.at = match.end()
        return int(match[0])

    def product(self) -> Tree:
        factors: list[Tree] = []
        bare = False
        while not factors or self.found("x", "X"):
            normal = self.wreath()
            bare |= self.text.startswith(":", self.at)
            factors.append(self.extension(normal))
        if len(factors) == 1:
            return factors[0]
        if bare:
            raise GroupNameError(f"{self.text!r} can be read in two ways: put brackets around the part with ':'")
        return Product(tuple(factors))

    def extension(self, normal: Tree) -> Tree:
        if not self.found(":"):
            return normal
        top = self.wreath()
        unit = None
        if self.found("["):
            unit = self.number()
            if not self.found("]"):
                raise GroupNameError(f"']' is missing after {self.text[: self.at]!r}")
        if self.found(":"):
            raise GroupNameError(f"{self.text!r} can be read in two ways: put brackets around one ':'")
        return Extension(normal, top, unit)

    def wreath(self) -> Tree:
        tree = self.power()
        while self.found("wr"):
            tree = Wreath(tree, self.power())
        return tree

    def power(self) -> Tree:
        base = self.single()
        if not self.found("^"):
            return base
        exponent = self.number()
        if exponent < 1:
            raise GroupNameError(f"the power {exponent} in {self.text!r} has to be at least 1")
        return Power(base, exponent)

    def single(self) -> Tree:
        # a bracket may open a product, and no single name begins with one
        if self.found("("):
            tree = self.product()
            if not self.found(")"):
                raise GroupNameError(f"')' is missing in {self.text!r}")
            return tree
        matches = [(m.end(), -k) for k, p in enumerate(self.singles) if (m := p.match(self.text, self.at))]
        if not matches:
            raise self.no_group()
        end, k = max(matches)
        text = self.text[self.at : end]
        self.at = end
        return Single(text, -k)

    def no_group(self) -> GroupNameError:
        rest = self.text[self.at :]
        piece = re.match(r"(?:[^xX^:()\[\]w]|w(?!r))*(?:\([^()]*\))?", rest)
        what = piece[0] if piece else ""
        if what:
            return GroupNameError(f"{what!r} is not understood", what)
        place = f"before {rest!r}" if rest else "at the end"
        return GroupNameError(f"a group is missing {place} of {self.text!r}" if self.text else "the name is empty")
