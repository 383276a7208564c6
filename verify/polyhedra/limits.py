"""The limits of the search for cones with finitely many rays, each with its reason; what they cut off costs proofs,
never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

MOST_NUMBERS, MOST_EDGES = 2**17, 256  # of all transitions, and states times letters: a tenth of a second to give up
MOST_ORBIT = 256  # rays that are the only ones letters lead to: two for each unit of a monomial model with 128
MOST_HIDDEN = 16  # of models whose cones are more than the rays that letters lead to
PREFIXES = (1, 3)  # letters of the words at which cones begin: what is left of the start may be outside for a while
MOST_BEGUN = 64  # of these words
MOST_LOOPS = 200  # words whose powers are looked at: those of up to 6 letters of two
DOMINANT = 1e-6  # by which one eigenvalue has to be larger than the others, so that powers of a word settle
MOST_RAYS, MOST_TRIED = 120, 4000  # rays of all states together, and rays that are compared with cones: a second
MOST_ROUNDS = 60  # of adding what letters make of the newest rays
INSIDE, SAME, NEGATIVE = 1e-10, 1e-9, 1e-9  # distances of unit vectors, and a lead, that count as none
WIDENED = (0.3, 0.1, 0.03, 0.01)  # by how much cones are made wider than they have to be
MOST_WIDENED = 8  # hidden units for that: cones have as many rays as corners, and more with every unit
MOST_OF_A_CENTRE = 8  # rays whose mean is the middle of a wider cone
DEEP = 0.2  # how much of what is added to a wider cone is to be left
DIGITS = 40  # of rays: rounding them is far below what wider cones have to spare
DENOMINATORS, NEAR = 4096, 1e-9  # of rays that are taken for rational ones, and how near these have to be
POSITIVE = 1e-11  # a factor, over the largest, that is no rounding
NUDGES = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)  # by which a vector is moved, where the sum of itself is not exact
ROUNDED_UP = 1.01  # of what rounding adds
