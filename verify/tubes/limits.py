"""The limits of the search for tubes, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

# --- coordinates and codes ---
GRID = 44  # binary digits kept of coordinates, relative to their largest entry: products of two stay short in the check
INVERSE = 1e-6  # of L P − 1: the check adds it to every norm, so coordinates that are worse are not worth one
CONDITION = 1e6  # of the basis of a block: beyond, half of the digits of its coordinates would be gone
FLAT = 1e-3  # a block's inner product that is a multiple of the usual one up to this is taken as it is
DEAD = 0.02  # of a block's largest Hankel singular value: what is below carries no signal
NEAR = 1e-9  # of unit vectors that may be on one ray: far above the rounding of a product, far below what is learned
DIGITS = 53  # of a float64
BLOCKS = (1, 2, 3, 4, 5, 6, 8, 16)  # sizes of diagonal blocks that are looked for where no family says them

# --- how codes and rows are averaged, in rounds ---
ROUNDS = (60, 8)  # for letters that permute: nearly converged, and near to the words themselves
ROUNDS_OF_MANY = (20,)  # the same for large networks, once
ROUNDS_OF_MERGING = (2, 0)  # letters that merge states forget: what is averaged long is the final state's

# --- the remainder, weighed by its effect on the signal ---
BETAS, BETAS_PER_LETTER = (0.0, 1.5, 4.0, 16.0), (1.0, 4.0, 16.0)  # a few sizes apart, the mean and the worst letter's
FORM_ROUNDS = 60  # of the Gramian's iteration: it converges like β times the squared norm, or grows
LARGEST_FORM = 1e6  # growth of its trace from which it does not converge
FAINT = 0.01  # share of the readout, and of the mean eigenvalue, so that every direction counts a little

# --- coordinates in contexts ---
MOST_LETTERS_KEPT = 6  # what a letter has left fades with each further one
MOST_EDGES, MOST_NUMBERS = 600, 4_000_000  # pairs of a context and a letter, and numbers in their matrices: seconds
MORE_EDGES, BESIDE, DEEPER = 2000, 0.4, 1.25  # where the remainder takes such a share, and if it wins such a factor
MORE_ROUNDS = 3  # of solving for the tilts, beyond one per letter kept
LARGEST_TILT = 1e3  # a remainder that grows remembers for ever: the tilts run away

# --- norms, as the check bounds them ---
SQUARINGS, FEW = 48, 4  # of a Gram matrix until the bound is tight; of a large one, which gives its norm to a quarter
GIVEN = 0.003  # of the growth over the horizon that is given away for fewer squarings
SMALL = 64  # rows or columns up to which a matrix is no large one
POWER_ROUNDS = 30  # of the power method, for the norms of large matrices
SLACK, LARGE_SLACK = 1.03, 1.25  # of the check's bound over the norm: off the diagonal, and with few squarings

# --- words that are multiplied out before the bounds begin ---
PREFIX_WORDS = 600  # a second of exact products
MOST_PREFIX_WORDS = 4000  # for two letters, where a code of the first one is not enough

# --- the effort spent on a model ---
MANY_NUMBERS = 1_000_000  # in the transitions, from which fewer ways are tried
PATH_ROUNDS = 150  # of value iteration for the potentials: the mean is that of its second half

# --- the descent on norms, codes, scales and rows ---
MOST_DESCENT = 1_500_000_000  # products in a descent, about: no more time than all other ways take together
MOST_DESCENT_IN_CONTEXT = 500_000_000  # the same in coordinates that depend on the last letters: less is won there
ROUNDS_OF_LEG, FEWEST_ROUNDS = 90, 20  # of a descent; fewer than these change next to nothing
LEGS, WORTH = 3, 1.25  # descents after each other, as long as each reaches farther by this factor
FEW_LETTERS, MUCH_LOST = 8, 0.8  # below which a descent has to win a letter in its first third; may lose in contexts
LOOKS = 3  # times that a descent is measured
RATE, RATE_PER_LETTER = 0.015, 0.4  # of a step, and times the length that is proved
SETTLED = 0.02  # share of the step at the end
OF_CODES, OF_SCALES, OF_ROWS = 0.03, 0.03, 0.1  # shares of the step: codes are nearly right, norms need not be
ADAM = (0.9, 0.95)  # memory of the descent
FIRM, FIRM_NORMS, FIRM_PER_LETTER = 40.0, 40.0, 5.0  # of soft maxima: over pairs; over norms, which T letters multiply
FEW_ROWS, FOLLOWED = 6, 4  # matrices with more rows have so many singular vectors followed,
TURNS, MORE_TURNS = 2, 30  # so many turns a round, and at the beginning
FADED = 1e-12  # share of a lead below which nothing is taken

POTENTIAL = 2.0**-90  # the last digit of a potential: the check counts in 2**-96

# --- the path through pairs and contexts ---
FEW_PAIRED, MOST_PAIRED = 40_000, 400_000  # pairs of states over all edges: a second in the check, and ten
LEVELS, LEVELS_OF_MANY_PAIRED = 24, 10  # radii, and where there are more than FEW_PAIRED
ROUNDS_OF_MANY_PAIRED = 60  # of value iteration there, else PATH_ROUNDS
LEVEL_ROUNDS, BEYOND, LEVEL_ROOM = 3, 1.3, 2 * GIVEN  # of better radii, how far beyond a length, for fewer squarings
LEVEL_FLOOR = 1e-9  # of the largest radius, that every component has at least: coordinates are not quite inverse
FOLLOWED_SINGLY = 1000  # first letters after each of which radii are large enough: later on errors only grow

# --- a ball that every letter keeps ---
BALL_ROUNDS, BALL_GROWTH, LARGEST_BALL = 2000, 1 + 1e-9, 1e6  # rounds, a little room for the check, and when to give up

# --- lengths ---
ALONE = 48  # letters beyond after which the worst length, and not each one, is compared

# --- decoders ---
ROOM, LEAST_RADIUS = 1e-6, 1e-18  # of the radii of balls, beyond the errors in floats
HALF, MOST_ROOM = 0.25, 1e6  # of what a lead allows is taken where errors are smaller, and how many times as much
STEP = 1e-6  # of a difference quotient, relative to a code
LONGER = 1.2  # claims, where one was proved at once
TRIES_OF_DECODERS = 9  # claims that are checked, each between what is proved and what is not
