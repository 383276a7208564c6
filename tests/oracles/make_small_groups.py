"""Writes groups/catalogue/small_groups.json, the catalogue of the groups of order at most 63, from ladder.json.

    python tests/oracles/make_small_groups.py

ladder.json has GAP's SmallGroups with generators for which GAP confirmed the number (`IdGroup`, in ladder.g), and GAP's
StructureDescription. The catalogue has the description in this library's names, so that it means the group it stands
at and no other: D8 of GAP is D4 here, and a description that several groups share has GAP's number behind it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from bistate.groups import PermutationGroup, isomorphism
from bistate.groups.families.metacyclic import metacyclic_group, metacyclic_units

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "groups" / "catalogue" / "small_groups.json"
BETTER = {(20, 3): "AGL(1,5)", (42, 1): "AGL(1,7)", (56, 11): "AGL(1,8)", (48, 28): "2O"}
CYCLIC = re.compile(r"C(\d+):C(\d+)")


def translated(structure: str) -> str:
    """GAP's description without spaces, with D_n of order 2n."""
    text = "C1" if structure == "1" else structure.split(" = ")[0]
    text = re.sub(r"\bD(\d+)", lambda m: f"D{int(m[1]) // 2}", text)
    return re.sub(r"\bQD(\d+)", r"SD\1", text).replace(" ", "")


def of_cyclic(text: str, group: PermutationGroup) -> str:
    """C_n : C_m with the unit where there are several, and Dic_n where it is one."""
    n, m = map(int, CYCLIC.fullmatch(text).groups())
    units = metacyclic_units(n, m)
    unit = next(u for u in units if isomorphism(group, metacyclic_group(n, m, u)) is not None)
    if m == 4 and unit == n - 1 and n % 2:
        return f"Dic{n}"
    return text if len(units) == 1 else f"{text}[{unit}]"


def main() -> None:
    """One line per group: [order, number, structure, degree, generators]."""
    rows = []
    for name, order, degree, generators, structure, *_ in json.loads((HERE / "ladder.json").read_text())["groups"]:
        number = int(re.fullmatch(r"SmallGroup\(\d+,(\d+)\)", name)[1])
        text = BETTER.get((order, number)) or translated(structure)
        if CYCLIC.fullmatch(text):
            text = of_cyclic(text, PermutationGroup(generators, degree))
        rows.append([order, number, text, degree, generators])
    rows.sort()
    # a part C_n : C_m of a longer description is what GAP describes so, where it describes one group so
    gap = [(translated(row[4]), row[1]) for row in json.loads((HERE / "ladder.json").read_text())["groups"]]
    parts = {text: row[2] for text, order in gap for row in rows if row[0] == order and CYCLIC.fullmatch(text)
             and row[2].partition("[")[0] in (text, f"Dic{text[1:].partition(':')[0]}")}  # fmt: skip
    shared = {text for text, times in Counter(text for text, _ in gap).items() if times > 1}
    for row in rows:
        if not CYCLIC.match(row[2]):
            row[2] = re.sub(r"\((C\d+:C\d+)\)", lambda m: _part(m, parts, shared), row[2])
    shared = {text for text, times in Counter(row[2] for row in rows).items() if times > 1}
    for row in rows:
        if row[2] in shared or "." in row[2]:
            row[2] += f"[{row[0]},{row[1]}]"
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    TARGET.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _part(match: re.Match[str], parts: dict[str, str], shared: set[str]) -> str:
    text = match[1]
    if text in shared or text not in parts:
        return match[0]
    return parts[text] if parts[text].startswith("Dic") else f"({parts[text]})"


if __name__ == "__main__":
    main()
