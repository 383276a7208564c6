"""The text of a HOA file: headers, and a body of states with labelled edges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..files.json_file import shown
from .described import MOST_ENTRIES, Place

MOST_PROPOSITIONS = 4096  # where each is a letter, a table of their squares is made
MOST_SIGNS, MOST_SIGNS_IN_ALL = 10**4, 10**7  # of a label, and of those of all edges: aliases make them long
MOST_DEEP = 100  # parentheses inside each other; the reader recurses

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<mark>--(?:BODY|END|ABORT)--)
    |(?P<head>[A-Za-z_][\w-]*:)
    |(?P<name>@?[A-Za-z_][\w-]*)
    |(?P<number>[0-9]{1,9})
    |(?P<sign>[\[\](){}!&|])""",
    re.VERBOSE | re.DOTALL,
)
_KNOWN = ("HOA:", "States:", "Start:", "AP:", "Alias:", "Acceptance:", "acc-name:", "tool:", "name:", "properties:")
Formula = list[int | str]  # in postfix order: numbers of propositions, t, f, !, & and |


class Token(NamedTuple):
    """Kind, text and line of a piece of text; the kind is empty at the end."""

    kind: str
    text: str
    line: int


@dataclass
class Document:
    """What a file says.

    Attributes:
        names: the name of each state, None where it has none.
        start: the number of the start state.
        propositions: names of the atomic propositions.
        accepting: numbers of the accepting states; None if none are said to accept.
        edges: line, state, label and state of each edge.
        alphabet: what the header `alphabet:` says, if it is there.
        outputs: the output of each state, if the header `outputs:` is there.
    """

    names: dict[int, str | None] = field(default_factory=dict)
    start: int = -1
    propositions: list[str] = field(default_factory=list)
    accepting: set[int] | None = None
    edges: list[tuple[int, int, Formula, int]] = field(default_factory=list)
    alphabet: str = ""
    outputs: dict[int, str] = field(default_factory=dict)


def parse_hoa(text: str, place: Place) -> Document:
    """The document of a text.

    Raises:
        AutomatonError: for another text, with the line; for more than deterministic automata with acceptance `Inf(0)`
            on states, with the reason.
    """
    return _Reader(text, place).document()


def _tokens(text: str, place: Place) -> Iterator[Token]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            place.refuse(f"{shown(text[position : position + 20])}: nothing in HOA begins like this", line)
        kind, found = match.lastgroup or "", match[0]
        if kind != "space":
            yield Token(kind, re.sub(r"\\(.)", r"\1", found[1:-1]) if kind == "text" else found, line)
        line += found.count("\n")
        position = match.end()
    yield Token("", "", line)


class _Reader:
    def __init__(self, text: str, place: Place) -> None:
        self.place = place
        self.tokens = _tokens(text, place)
        self.found = Document()
        self.aliases: dict[str, Formula] = {}
        self.seen: set[str] = set()
        self.size: int | None = None
        self.signs = 0
        self.move()

    def move(self) -> Token:
        before = getattr(self, "now", Token("", "", 1))
        self.now = next(self.tokens)
        self.place.line = self.now.line
        return before

    def take(self, sign: str) -> bool:
        found = self.now.kind not in ("text", "") and self.now.text == sign
        if found:
            self.move()
        return found

    def need(self, kind: str, what: str) -> str:
        if self.now.kind != kind:
            got = shown(self.now.text) if self.now.kind else "the end of the file"
            self.place.refuse(f"{what} is needed, and here is {got}")
        return self.move().text

    def need_sign(self, sign: str) -> None:
        if not self.take(sign):
            got = shown(self.now.text) if self.now.kind else "the end of the file"
            self.place.refuse(f"{sign!r} is needed, and here is {got}")

    def number(self, what: str, below: int | None = None) -> int:
        line = self.now.line
        found = int(self.need("number", what))
        if below is not None and found >= below:
            known = f"is none of 0, …, {below - 1}" if below else "is not there: there are none"
            self.place.refuse(f"{what} {found} {known}", line)
        return found

    # --- headers ---

    def document(self) -> Document:
        if not (self.take("HOA:") and self.take("v1")):
            self.place.refuse("a HOA file begins with 'HOA: v1'")
        while self.now.kind == "head":
            self.header(self.move())
        self.need_sign("--BODY--")
        if self.found.start < 0:
            self.place.refuse("there is no header 'Start:', so there is no start", 0)
        if "Acceptance:" not in self.seen:
            self.place.refuse("there is no header 'Acceptance:'", 0)
        while self.take("State:"):
            self.state()
        if self.now.text == "--ABORT--":
            self.place.refuse("the file was aborted by the tool that wrote it")
        self.need_sign("--END--")
        if self.now.kind:
            self.place.refuse(f"{shown(self.now.text)} after the end; one automaton is read")
        return self.checked()

    def header(self, head: Token) -> None:
        name = head.text
        if name in self.seen and name in ("States:", "Start:", "AP:", "Acceptance:"):
            what = "a second start; one start is read" if name == "Start:" else f"a second header {name!r}"
            self.place.refuse(what, head.line)
        self.seen.add(name)
        if name == "States:":
            self.size = self.number("the number of states")
        elif name == "Start:":
            self.found.start = self.number("the start")
            if self.now.text == "&":
                self.place.refuse("several starts at once make an alternating automaton; one start is read")
        elif name == "AP:":
            count = self.number("the number of propositions", MOST_PROPOSITIONS + 1)
            self.found.propositions = [self.need("text", "the name of a proposition") for _ in range(count)]
        elif name == "Alias:":
            alias = self.need("name", "an alias")
            self.aliases[alias] = self.formula()
        elif name == "Acceptance:":
            self.acceptance(head.line)
        elif name == "alphabet:":
            self.found.alphabet = self.need("name", "the kind of alphabet")
        elif name == "outputs:":
            for number in range(MOST_ENTRIES):
                if self.now.kind != "text":
                    break
                self.found.outputs[number] = self.move().text
        elif name[0].isupper() and name not in _KNOWN:
            self.place.refuse(f"the header {name!r} may change what the file means, and is not known", head.line)
        else:
            self.skip()

    def skip(self) -> None:
        while self.now.kind not in ("head", "mark", ""):
            self.move()

    def acceptance(self, line: int) -> None:
        words = []
        while self.now.kind not in ("head", "mark", ""):
            words.append(self.move().text)
        said = "".join(words)
        if said == "1Inf(0)":
            self.found.accepting = set()
        elif said != "0t":
            self.place.refuse(f"the acceptance {shown(' '.join(words))} is not read; '1 Inf(0)' and '0 t' are", line)

    # --- the body ---

    def state(self) -> None:
        if self.now.text == "[":
            self.place.refuse("a label on a state is not read; write it on each of its edges")
        line = self.now.line
        number = self.number("the number of a state", self.size)
        if number in self.found.names:
            self.place.refuse(f"a second paragraph for state {number}", line)
        self.found.names[number] = self.move().text if self.now.kind == "text" else None
        if self.take("{"):
            marks = []
            while not self.take("}"):
                marks.append(self.number("an acceptance set", 0 if self.found.accepting is None else 1))
            if marks and self.found.accepting is not None:
                self.found.accepting.add(number)
        while self.now.text == "[" or self.now.kind == "number":
            self.edge(number)

    def edge(self, here: int) -> None:
        line = self.now.line
        if not self.take("["):
            self.place.refuse("an edge without a label, [...]; implicit labels are not read")
        formula = self.formula()
        self.need_sign("]")
        there = self.number("the state that an edge leads to", self.size)
        if self.now.text == "&" and self.now.kind == "sign":
            self.place.refuse("an edge to several states at once makes an alternating automaton; one state is read")
        if self.now.text == "{" and self.now.kind == "sign":
            self.place.refuse("acceptance on edges is not read; acceptance on states is")
        self.signs += len(formula)
        if self.signs > MOST_SIGNS_IN_ALL:
            self.place.refuse(f"the labels up to here have more than {MOST_SIGNS_IN_ALL} signs")
        self.found.edges.append((line, here, formula, there))

    # --- formulas ---

    def formula(self, depth: int = 0) -> Formula:
        """A disjunction, in postfix order."""
        found = self.conjunction(depth)
        while self.take("|"):
            found += [*self.conjunction(depth), "|"]
            self.check_length(found)
        return found

    def conjunction(self, depth: int) -> Formula:
        found = self.literal(depth)
        while self.take("&"):
            found += [*self.literal(depth), "&"]
            self.check_length(found)
        return found

    def check_length(self, formula: Formula) -> None:
        if len(formula) > MOST_SIGNS:
            self.place.refuse(f"a label of more than {MOST_SIGNS} signs; shorter ones are read")

    def literal(self, depth: int) -> Formula:
        negations = 0
        while self.take("!"):
            negations += 1
        found = self.atom(depth)
        return [*found, "!"] if negations % 2 else found

    def atom(self, depth: int) -> Formula:
        if depth > MOST_DEEP:
            self.place.refuse(f"more than {MOST_DEEP} parentheses lie inside each other")
        if self.take("("):
            found = self.formula(depth + 1)
            self.need_sign(")")
            return found
        if self.now.kind == "name":
            line, name = self.now.line, self.move().text
            if name in ("t", "f"):
                return [name]
            if name not in self.aliases:
                self.place.refuse(f"{name!r} is no alias that was introduced", line)
            return list(self.aliases[name])
        return [self.number("a proposition", len(self.found.propositions))]

    def checked(self) -> Document:
        """The document, after a look at what its parts say of each other."""
        size = self.size
        if not self.found.names:
            self.place.refuse("the body has no states", 0)
        if size is None:
            size = 1 + max(self.found.names)
        known = self.found.names
        missing = next((k for k in [self.found.start, *(edge[3] for edge in self.found.edges)] if k not in known), None)
        if missing is None and len(known) < size <= MOST_ENTRIES:
            missing = next(k for k in range(size) if k not in known)
        if missing is not None or size > len(known):  # as far as they are few enough to look for it
            number = "" if missing is None else f" {missing}"
            self.place.refuse(f"the body has no paragraph for the state{number}; there are {len(known)} paragraphs", 0)
        if "outputs:" in self.seen and len(self.found.outputs) != len(known):
            self.place.refuse(f"{len(self.found.outputs)} outputs for {len(known)} states", 0)
        self.found.names = dict(sorted(known.items()))
        return self.found
