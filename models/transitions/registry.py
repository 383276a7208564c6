"""The transition families by name. A new one is a file beside this one, and an entry here."""

from __future__ import annotations

from . import block, convex, cp, diagonal, full, householder, monomial, positive, rotation
from .family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "full",
            build=full.build,
            shapes=full.shapes,
            exact=full.exact,
            scan=full.scan,
            largest_scan=full.LARGEST_SCAN,
            usual=full.USUAL,
            rung="full",
        ),
        Family(
            "block",
            build=block.build,
            shapes=block.shapes,
            exact=block.exact,
            natural=block.natural,
            scan=block.scan,
            usual=block.USUAL,
            rung="block",
            counted="block",
        ),
        Family(
            "rotation",
            build=rotation.build,
            shapes=rotation.shapes,
            exact=rotation.exact,
            natural=rotation.natural,
            scan=rotation.scan,
            usual=rotation.USUAL,
            rung="rotation",
        ),
        Family(
            "diagonal",
            build=diagonal.build,
            shapes=diagonal.shapes,
            exact=diagonal.exact,
            scan=diagonal.scan,
            usual=diagonal.USUAL,
            rung="diagonal",
        ),
        Family(
            "positive",
            build=positive.build,
            shapes=diagonal.shapes,
            exact=positive.exact,
            scan=diagonal.scan,
            usual=positive.USUAL,
            rung="positive",
        ),
        Family(
            "cp",
            build=cp.build,
            shapes=cp.shapes,
            exact=cp.exact,
            natural=cp.natural,
            scan=None,
            usual=cp.USUAL,
            rung="cp",
            counted="rank",
        ),
        Family(
            "householder",
            build=householder.build,
            shapes=householder.shapes,
            exact=householder.exact,
            natural=householder.natural,
            scan=None,
            usual=householder.USUAL,
            rung="householder_per_head",
            counted="reflections",
        ),
        Family(
            "monomial",
            build=monomial.build,
            shapes=monomial.shapes,
            exact=monomial.exact,
            scan=monomial.scan,
            usual=monomial.USUAL,
            rung="monomial",
        ),
        Family(
            "convex",
            build=convex.build,
            shapes=convex.shapes,
            exact=convex.exact,
            scan=None,
            usual=convex.USUAL,
            rung=None,
        ),
    )
}
TRANSITIONS = tuple(FAMILIES)
