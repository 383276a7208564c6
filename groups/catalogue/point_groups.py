"""Point groups of molecules and crystals by their symbols, as abstract groups.

Schoenflies symbols with a letter behind (C2v, D4h, Oh, …) and the symbols of Hermann and Mauguin for the 32 crystal
classes, with − for the bar, and of the icosahedral groups. C_n and D_n of Schoenflies are the cyclic and the dihedral
group, as everywhere here. His S_n, a rotary reflection, is not accepted, since S4 is the symmetric group: write -4 for
S4, C3i for S6, Ci for S2.

Source: International Tables for Crystallography, volume A, 2016, table 3.2.1.4 (the 32 classes with both symbols);
Cotton, Chemical Applications of Group Theory, 1990, chapter 3 (C_nv ≅ D_n, C_nh ≅ C_n × C_2, D_nh ≅ D_n × C_2,
D_nd ≅ D_2n, T_d ≅ O ≅ S_4, T_h ≅ A_4 × C_2, O_h ≅ S_4 × C_2, I ≅ A_5, I_h ≅ A_5 × C_2).
"""

from __future__ import annotations

import re

SCHOENFLIES = {
    "Cs": "C2", "Ci": "C2", "C3i": "C6",
    "T": "A4", "Td": "S4", "Th": "C2xA4", "O": "S4", "Oh": "C2xS4", "I": "A5", "Ih": "C2xA5",
}  # fmt: skip

# both halves of a pair are the same class: symbol of Hermann and Mauguin, and its group
HERMANN_MAUGUIN = {
    "1": "C1", "-1": "C2",
    "2": "C2", "m": "C2", "2/m": "C2xC2",
    "222": "D2", "mm2": "D2", "mmm": "C2^3",
    "4": "C4", "-4": "C4", "4/m": "C2xC4", "422": "D4", "4mm": "D4", "-42m": "D4", "-4m2": "D4", "4/mmm": "C2xD4",
    "3": "C3", "-3": "C6", "32": "D3", "3m": "D3", "-3m": "D6",
    "6": "C6", "-6": "C6", "6/m": "C2xC6", "622": "D6", "6mm": "D6", "-6m2": "D6", "-62m": "D6", "6/mmm": "C2xD6",
    "23": "A4", "m-3": "C2xA4", "m3": "C2xA4", "432": "S4", "-43m": "S4", "m-3m": "C2xS4", "m3m": "C2xS4",
    "235": "A5", "532": "A5", "m-3-5": "C2xA5", "-5-32/m": "C2xA5",
}  # fmt: skip

_AXIAL = re.compile(r"([CD])(\d+)([vhd])")


def point_group_name(symbol: str) -> str | None:
    """The group that a symbol stands for, in the names of `named_group`; None if it is no such symbol.

    Example:
        >>> [point_group_name(symbol) for symbol in ("Oh", "C3v", "D2d", "m-3m", "4/mmm", "Ox")]
        ['C2xS4', 'D3', 'D4', 'C2xS4', 'C2xD4', None]
    """
    known = SCHOENFLIES.get(symbol) or HERMANN_MAUGUIN.get(symbol)
    if known or not (match := _AXIAL.fullmatch(symbol)):
        return known
    family, n, letter = match[1], int(match[2]), match[3]
    if n < 1 or (family, letter) == ("C", "d"):
        return None
    if letter == "v":
        return f"D{n}" if family == "C" else None
    if letter == "h":
        return f"C2x{family}{n}"
    return f"D{2 * n}" if n > 1 else None
