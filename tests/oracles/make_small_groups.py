"""Writes groups/catalogue/small_groups.json, the catalogue of the groups of order at most 63, from ladder.json.

    python tests/oracles/make_small_groups.py

ladder.json has GAP's SmallGroups with generators for which GAP confirmed the number (`IdGroup`, in ladder.g).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "groups" / "catalogue" / "small_groups.json"


def main() -> None:
    """One line per group: [order, number, structure, degree, generators]."""
    rows = []
    for name, order, degree, generators, structure, *_ in json.loads((HERE / "ladder.json").read_text())["groups"]:
        number = int(re.fullmatch(r"SmallGroup\(\d+,(\d+)\)", name)[1])
        rows.append([order, number, structure, degree, generators])
    rows.sort()
    lines = [json.dumps(row, separators=(",", ":")) for row in rows]
    TARGET.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
