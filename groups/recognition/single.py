"""One irreducible representation alone, by its place in the character table, its label or its character."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from ..characters.class_function import ClassFunction
from ..characters.labels import shape_label
from ..errors import GroupError, RepresentationError
from ..irreducible.abelian import abelian_irrep
from ..irreducible.general import general_irrep
from ..irreducible.young import seminormal
from ..permutations.defining_words import is_natural_symmetric
from ..permutations.tableaux import Partition, degree_of, partitions
from ..representations.homomorphism import check_form, check_homomorphism
from ..representations.representation import Representation, RepresentedGroup
from .choose import in_family_order, require_formula_order, walked_or_recognised
from .recognised import InOrder

Which = int | str | ClassFunction
SHOWN = 4  # labels of a group that an error names


class SingleIrreps:
    """The complex irreps of a group by their places among all of them, one at a time, verified.

    Closed formulas make one matrix for each generator; a group that is recognised builds one of its irreps; by Dixon's
    method the subgroup is looked for and the relators are checked for one irrep of a Galois orbit. Groups of order up
    to 1500, solvable ones to 5000, have most of their irreps from one walk, which makes them together. What serves all
    places is found once.
    """

    def __init__(self, group: RepresentedGroup) -> None:
        self.group = group
        self._made: dict[int, Representation] = {}

    def __getstate__(self) -> dict[str, object]:
        """Without what is left to build, which is functions and cannot be pickled."""
        return {"group": self.group, "_made": self._made}

    def __call__(self, place: int) -> Representation:
        """The irrep, the same each time.

        Raises:
            TooLargeError: as for all irreps, but for S_n, where the matrices of this one count; see also `place_of`.
            RepresentationError: if it was not found.
        """
        if place not in self._made:
            self._made[place] = self._build(place)
        return self._made[place]

    def _build(self, place: int) -> Representation:
        group = self.group
        if group.has_own_irreps:
            return self._of_family(place)
        if is_natural_symmetric(group):
            return seminormal(group, _shapes(group.degree)[place])
        if group.is_abelian:
            return abelian_irrep(group, place)
        walked, in_order = self._prepared
        return general_irrep(group, walked, place) if in_order is None else in_order.irrep(place)

    @cached_property
    def _prepared(self) -> tuple[dict[int, Representation], InOrder | None]:
        return walked_or_recognised(self.group)

    @cached_property
    def _family(self) -> list[Representation]:
        return in_family_order(self.group._build_irreps("complex") or [])

    def _of_family(self, place: int) -> Representation:
        rho = self._family[place]
        check_homomorphism(rho)
        check_form(rho)
        return replace(
            rho, schur_index=1
        )  # as every closed formula writes its irreps over the fields of the characters


def place_of(group: RepresentedGroup, which: Which) -> int:
    """The place of an irrep among all of them, given by itself, by the label or by the character.

    Raises:
        RepresentationError: if there is no such place or label, or the class function is no irreducible character.
        GroupError: for something else.
        TooLargeError: for abelian and dihedral groups above order 2000, before their classes are listed.
    """
    if group.has_own_irreps or group.is_abelian:
        require_formula_order(group)
    symmetric = is_natural_symmetric(group) and not group.has_own_irreps
    if isinstance(which, int) and not isinstance(which, bool):
        count = len(_shapes(group.degree)) if symmetric else len(group.conjugacy_classes())
        if which not in range(count):
            raise RepresentationError(f"{group._short} has no irrep number {which}: choose 0, …, {count - 1}")
        return which
    if isinstance(which, str):
        labels = [shape_label(s) for s in _shapes(group.degree)] if symmetric else group.character_table().labels
        if which not in labels:
            shown = labels if len(labels) <= SHOWN else [*labels[: SHOWN - 1], "…", labels[-1]]
            raise RepresentationError(
                f"{which!r} is no irrep of {group._short}, whose {len(labels)} irreps are called {', '.join(shown)}"
            )
        return labels.index(which)
    if not isinstance(which, ClassFunction):
        raise GroupError(f"an irrep of {group._short} is given by its index, label or character, not by {which!r}")
    values = group.character_table().values if which.group == group else ()
    if which.values not in values:
        raise RepresentationError(f"{which!r} is no irreducible character of {group._short}")
    return values.index(which.values)


def _shapes(n: int) -> list[Partition]:
    """The partitions in the order of the irreps of S_n: by degree, with (n) first."""
    return sorted(partitions(n), key=lambda shape: (degree_of(shape), shape != (n,)))
