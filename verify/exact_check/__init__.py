"""Checks a horizon certificate in exact integer arithmetic, apart from everything else in this package.

A certificate holds the float weights of a model `h_t = A[x_t] h_{t-1}`, `argmax C h_T`, an automaton with the table δ,
and numbers that somebody found in whatever way. This folder only multiplies and compares integers and fractions. It
imports the standard library, flint and itself, so that an error in the search cannot be repeated in the check; it can
be copied out and run: `python -m exact_check certificate.json`.

Each file is one lemma: its statement, its proof, a frozen value with the numbers it proves, and one function from the
values before it to its own. Read them in the order of `checker.py`:

`document.py`     what a certificate says, and what it may not be; limits on what a check costs
`float_model.py`  what a step of the code does to a float state, as long as numbers stay in range
`words.py`        all words of the first letters, multiplied out
`components.py`   coordinates, and components of the hidden space with their norms
`contexts.py`     coordinates that depend on the last letters
`tube.py`         how the error grows from letter to letter
`decision.py`     how large an error may be
`normed_readout.py` and `normed_decision.py`  words and decisions where scores stand behind norms
`functions.py`, `affine_forms.py`, `decoder.py` and `decoder_decision.py`  the same for decoders, in balls
`paths.py`        the worst sum of errors in the direction that counts
`pair_paths.py`   the same for pairs of states and last letters, with errors that grow
`cones.py`        cones for states and last letters, without the scale of the state; right up to T, or for ever
`polyhedra.py`    cones with finitely many rays, which may touch each other; right for ever
`length.py`       the theorem: right on all words of at most T letters, or on all words
`angles.py`       the theorem for rotations
`refreshed.py`    the theorem for states that are replaced by codes every few letters
"""

from .checker import check, check_file
from .document import (
    BITS,
    COARSER,
    EXECUTION,
    KEPT,
    KIND,
    MOST_STEPS,
    STEPS,
    TAKEN,
    condition,
    digest,
    read_document,
)
from .errors import CheckError, FormatError, RangeError, UndecidedError
from .float_model import LONGER, SLACK_OF_STEPS
from .length import WALKED

__all__ = [
    "BITS",
    "COARSER",
    "EXECUTION",
    "KEPT",
    "KIND",
    "LONGER",
    "MOST_STEPS",
    "SLACK_OF_STEPS",
    "STEPS",
    "TAKEN",
    "WALKED",
    "CheckError",
    "FormatError",
    "RangeError",
    "UndecidedError",
    "check",
    "check_file",
    "condition",
    "digest",
    "read_document",
]
