"""The transition families by name. A new one is a file beside this one, and an entry here."""

from __future__ import annotations

from . import block, convex, cp, diagonal, full, householder, monomial, positive, rotation
from .family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("full", full.build, full.exact, full.scan, largest_scan=full.LARGEST_SCAN),
        Family("block", block.build, block.exact, block.scan, natural=block.natural),
        Family("rotation", rotation.build, rotation.exact, rotation.scan, natural=rotation.natural),
        Family("diagonal", diagonal.build, diagonal.exact, diagonal.scan),
        Family("positive", positive.build, positive.exact, diagonal.scan),
        Family("cp", cp.build, cp.exact, None, natural=cp.natural),
        Family("householder", householder.build, householder.exact, None, natural=householder.natural),
        Family("monomial", monomial.build, monomial.exact, monomial.scan),
        Family("convex", convex.build, convex.exact, None),
    )
}
TRANSITIONS = tuple(FAMILIES)
