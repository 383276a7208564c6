"""The limits of `certify`, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

ORDINARY = 30  # binary orders of magnitude that squares and averages of weights bear; others are scaled first
MOST_SCALED = 1000  # the same for the powers of two they are scaled by, which have to be normal floats

# --- the effort spent on a model ---
FEW_STATES = 2  # that letters may permute, and cones prove words right for ever: see docs/robust.md
LARGE = 500_000  # pairs of states times letters from which one attempt's worst paths are enough

# --- lengths ---
SHORTER = 0.995  # of a claim that did not check: rounding upwards costs about so much
TRIES = 12  # claims that are checked
TRIES_OF_PAIRS = 3  # of these, until the path through pairs is given up
TRIES_OF_BOUNDS, TRIES_OF_HALVES = 6, 9  # of these, until half as much is claimed each time, then short words alone

TRIES_OF_LONG = 3  # claims of lengths that are not walked, where one did not check: to about a third

# --- angles ---
MOST_PIECES, MOST_WORK = 4000, 2_000_000  # halvings of the hull, and these times corners and planes: seconds
MOST_STRETCHED = 0.5  # of T ρ: beyond, the bound on the stretching of planes says nothing
ROUNDED_LENGTH = 1e-6  # of a squared length less 1: what single precision leaves of cosine and sine
HALF_TURN = 1e-9  # an arc has to be shorter than π by this, so that the concave parts are told safely
ANGLE_STEP, ANGLE_NOISE, SINGLE_NOISE = 1e-15, 1e-12, 4e-7  # rounding per letter, at all, and with a rounded readout

# --- what a diagnosis tells ---
MOST_PAIR_EDGES = 20_000  # pairs of states times letters whose cycles are looked at: a second
