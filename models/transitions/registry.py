"""The transition families by name. A new one is a file beside this one, and an entry here."""

from __future__ import annotations

from . import block, convex, cp, diagonal, full, householder, monomial, positive, rotation
from .family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("full", full.build, full.exact),
        Family("block", block.build, block.exact, block.natural),
        Family("rotation", rotation.build, rotation.exact, rotation.natural),
        Family("diagonal", diagonal.build, diagonal.exact),
        Family("positive", positive.build, positive.exact),
        Family("cp", cp.build, cp.exact, cp.natural),
        Family("householder", householder.build, householder.exact, householder.natural),
        Family("monomial", monomial.build, monomial.exact),
        Family("convex", convex.build, convex.exact),
    )
}
TRANSITIONS = tuple(FAMILIES)
