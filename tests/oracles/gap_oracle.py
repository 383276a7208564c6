"""GAP's answers as they are stored, and what they say of this library's characters and representations.

The store is written by make_oracle.py. A row has a group's name, order, degree and generators as image lists from 0;
its irreducible characters as [degree, indicator, [Q(χ):Q], Schur index over Q or 0 where not known, how many of them];
and a digest of the values on the classes of `group.conjugacy_classes()`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bistate.groups import Cyclotomic, NumberField, PermutationGroup, Representation

STORE = Path(__file__).parent / "oracle.json"
KEYS = ("name", "order", "degree", "generators", "irreps", "digest")

Row = dict[str, Any]
Values = tuple[Cyclotomic, ...]
Kind = tuple[int, int, int]  # degree, indicator and [Q(χ):Q] of a character


def load() -> list[Row]:
    """The stored rows."""
    return [dict(zip(KEYS, row, strict=True)) for row in json.loads(STORE.read_text())]


def as_text(rows: list[Row]) -> str:
    """JSON with a row a line."""
    lines = [json.dumps([row[key] for key in KEYS], separators=(",", ":")) for row in rows]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def group_of(row: Row) -> PermutationGroup:
    """The group of a row, with its generators."""
    return PermutationGroup(row["generators"], degree=row["degree"], name=row["name"])


def digest_of_rows(rows: Iterable[Sequence[Cyclotomic]]) -> str:
    """128 bits of the SHA-256 of the rows in any order, with a number as the coefficients at its own conductor."""
    texts = sorted("|".join(f"{x.conductor}:{','.join(map(str, x.coefficients))}" for x in row) for row in rows)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]


def counted(row: Row, *columns: int) -> Counter[tuple[int, ...]]:
    """How many irreps have each combination of the columns 0 degree, 1 indicator, 2 [Q(χ):Q], 3 Schur index."""
    found: Counter[tuple[int, ...]] = Counter()
    for irrep in row["irreps"]:
        found[tuple(irrep[column] for column in columns)] += irrep[4]
    return found


def schur_indices(row: Row) -> dict[Kind, set[int]]:
    """The Schur indices that GAP gave to the characters of a kind; 0 among them says that some are not known."""
    found: dict[Kind, set[int]] = {}
    for degree, indicator, size, index, _ in row["irreps"]:
        found.setdefault((degree, indicator, size), set()).add(index)
    return found


def kind_of(rho: Representation) -> Kind:
    """Degree, indicator and [Q(χ):Q] of a complex irrep, from its character."""
    return rho.degree, rho.indicator, NumberField.containing(rho.character().values).degree


# --- checks: each raises AssertionError ---


def check_characters(row: Row, group: PermutationGroup) -> None:
    """Order, degrees, indicators and values of the character table."""
    table = group.character_table()
    kinds = Counter(zip(table.degrees, table.indicators, strict=True))
    assert group.order == row["order"], f"order {group.order}; GAP: {row['order']}"
    assert kinds == counted(row, 0, 1), f"degrees and indicators {kinds}; GAP: {counted(row, 0, 1)}"
    assert digest_of_rows(table.values) == row["digest"], "the character table differs from GAP's"


def check_complex(row: Row, group: PermutationGroup) -> None:
    """Complex irreps: verified, with GAP's characters and, where GAP's bounds meet, its Schur indices."""
    irreps = group.irreps()
    assert all(rho.verify() for rho in irreps)
    squares = sum(rho.degree**2 for rho in irreps)
    assert squares == group.order, f"the squares of the degrees add up to {squares}"
    assert digest_of_rows([rho.character().values for rho in irreps]) == row["digest"], "the traces differ from GAP's"
    kinds = Counter(map(kind_of, irreps))
    assert kinds == counted(row, 0, 1, 2), f"degrees, indicators, fields {kinds}; GAP: {counted(row, 0, 1, 2)}"
    known = schur_indices(row)
    wrong = [
        (rho.label, rho.schur_index)
        for rho in irreps
        if rho.schur_index is not None and not known[kind_of(rho)] & {0, rho.schur_index}
    ]
    assert not wrong, f"Schur indices that GAP excludes: {wrong}"


def check_real(row: Row, group: PermutationGroup) -> None:
    """Real irreps: one for each χ of real type, each 2χ of quaternionic type, each χ + χ̄ of complex type."""
    irreps = group.irreps("real")
    expected: Counter[Values] = Counter()
    for character in group.character_table().characters:
        if character.indicator() == 1:
            expected[character.values] += 1
        elif character.indicator() == -1:
            expected[tuple(x + x for x in character.values)] += 1
        else:
            expected[tuple(x + x.conjugate() for x in character.values)] += 1
    expected = Counter(dict.fromkeys(expected, 1))  # a conjugate pair was met twice
    found = Counter(rho.character().values for rho in irreps)
    assert found == expected, f"{len(irreps)} real irreps; their characters should be {list(expected)}"
    _check_over(irreps, "real")


def check_rational(row: Row, group: PermutationGroup) -> None:
    """Rational irreps: m(χ) times the sum of each Galois orbit."""
    irreps = group.irreps("rational")
    orbits: dict[Values, tuple[Kind, int]] = {}
    for character in group.character_table().characters:
        field = NumberField.containing(character.values)
        total = tuple(field.trace(x) for x in character.values)
        orbits[total] = (int(character.degree.to_fraction()), character.indicator(), field.degree), field.degree
    known = schur_indices(row)
    assert len(irreps) == len(orbits), f"{len(irreps)} rational irreps for {len(orbits)} Galois orbits"
    for rho in irreps:
        values = rho.character().values
        matching = [(kind, size, total) for total, (kind, size) in orbits.items() if _index(values, total)]
        assert len(matching) == 1, f"{rho!r} is no multiple of the sum of one Galois orbit"
        kind, size, total = matching[0]
        index = _index(values, total)
        assert known[kind] & {0, index}, f"{rho!r} is {index} times a Galois orbit; GAP: {known[kind]}"
        assert rho.degree == index * kind[0] * size, f"{rho!r} should have degree {index * kind[0] * size}"
        del orbits[total]
    _check_over(irreps, "rational")


def _index(values: Values, total: Values) -> int:
    """The m with values = m · total, 0 if there is none."""
    quotient = values[0] / total[0]
    m = int(quotient.to_fraction()) if quotient.is_rational else 0
    return m if m > 0 and all(x == y * m for x, y in zip(values, total, strict=True)) else 0


def _check_over(irreps: Sequence[Representation], field: str) -> None:
    """Verified, and exactly over the field: real or rational entries, not only such characters."""
    for rho in irreps:
        assert rho.verify()
        for matrix in (*rho.images, rho.form):
            assert matrix.is_real if field == "real" else matrix.reduced().conductor == 1, f"{rho!r} is not {field}"


# --- a measurement ---


def field_share(row: Row, group: PermutationGroup) -> tuple[int, int]:
    """(reached, total): of the irreps whose Schur index may be 1, how many have matrices and form over Q(χ) itself."""
    known = schur_indices(row)
    reached = total = 0
    for rho in group.irreps():
        kind = kind_of(rho)
        if known[kind] & {0, 1}:
            total += 1
            reached += NumberField.of_matrices((*rho.images, rho.form)).degree == kind[2]
    return reached, total
