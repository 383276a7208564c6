"""Which lemmas a certificate needs, in order."""

from __future__ import annotations

import os
from typing import Any

from .angles import require_angles
from .components import coordinates_of
from .cones import require_cones
from .contexts import edges_of
from .decision import leads_of
from .decoder_decision import decoder_leads
from .document import Claim, claim_of, read_document
from .errors import FormatError, require, require_form
from .float_model import rounding_of
from .length import follow, require_norm
from .normed_decision import normed_leads
from .normed_readout import require_constant
from .pair_paths import PairPaths, pair_paths_of
from .paths import Paths, paths_of
from .polyhedra import require_polyhedra
from .refreshed import require_refreshed
from .responses import require_responses
from .tube import tube_of
from .words import right_words


def check_file(path: str | os.PathLike[str]) -> float:
    """The horizon of the certificate in a file, if it holds: an int, or infinity.

    Raises:
        FormatError: if the file is not a certificate.
        CheckError: if it doesn't hold; the message says why.
    """
    return check(read_document(path))


def check(document: Any) -> float:
    """The horizon T that a certificate proves: every word of at most T letters is classified rightly.

    Raises:
        FormatError: if it is not a certificate.
        CheckError: if it does not hold; the message says why.
    """
    try:
        return _horizon(claim_of(document))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError, RecursionError) as error:
        raise FormatError(f"this is not a horizon certificate of bistate: {type(error).__name__}: {error}") from error


def _horizon(claim: Claim) -> float:
    if not any(map(claim.rivals, range(claim.states))):  # a single score is always the largest
        return claim.horizon
    rounding = rounding_of(claim)
    if claim.every:
        require_refreshed(claim, rounding)
        return claim.horizon
    if "turns" in claim.proof:
        require_angles(claim, rounding)
        return claim.horizon
    if claim.parts or claim.decoder is not None:
        require_constant(claim)
    words = right_words(claim, rounding, claim.prefix)
    if "cones" in claim.proof:
        require_cones(claim, rounding, words)
        return claim.horizon
    if "polyhedra" in claim.proof:
        require_polyhedra(claim, rounding, words)
        return claim.horizon
    if "to" not in claim.proof:
        require(claim.horizon <= claim.prefix, "only the first words are multiplied out")
        return claim.horizon
    coordinates = coordinates_of(claim)
    edges = edges_of(claim, rounding, coordinates)
    tube = tube_of(claim, rounding, coordinates, edges, words)
    followed_along = [name for name in ("path", "pairs", "responses") if name in claim.proof]
    require_form(len(followed_along) < 2, "a proof follows errors by one lemma, not by two")
    if claim.parts:
        require_form(not followed_along, "paths and responses are for scores that are linear in the state")
        leads = normed_leads(claim, coordinates, edges)
    elif claim.decoder is not None:
        require_form(not followed_along, "paths and responses are for scores that are linear in the state")
        leads = decoder_leads(claim, coordinates, edges)
    else:
        leads = leads_of(claim, rounding, coordinates, edges)
    if "responses" in claim.proof:
        require_responses(claim, rounding, coordinates, edges, tube, leads)
        return claim.horizon
    paths: Paths | PairPaths | None = None
    if "path" in claim.proof:
        paths = paths_of(claim, coordinates, edges, tube, leads)
    elif "pairs" in claim.proof:
        paths = pair_paths_of(claim, rounding, coordinates, edges, words, tube, leads)
    followed = follow(claim, tube, leads, paths)
    if claim.horizon > claim.prefix:
        require_norm(rounding, coordinates, edges, leads, followed)
    return claim.horizon
