"""The limits of the search, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

# Where nothing may be divided by zero: the least normal float, about.
TINY = 1e-300

# --- coordinates and codes ---
GRID = 44  # binary digits kept of coordinates, relative to their largest entry: products of two stay short in the check
ORDINARY = 30  # binary orders of magnitude that squares and averages of weights bear; others are scaled first
MOST_SCALED = 1000  # the same for the powers of two they are scaled by, which have to be normal floats
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
MORE_ROUNDS = 3  # of solving for the tilts, beyond one per letter kept
LARGEST_TILT = 1e3  # a remainder that grows remembers for ever: the tilts run away

# --- norms, as the check bounds them ---
SQUARINGS, FEW = 26, 4  # of a Gram matrix until the bound is tight; of a large one, which gives its norm to a quarter
SMALL = 64  # rows or columns up to which a matrix is no large one
POWER_ROUNDS = 30  # of the power method, for the norms of large matrices
SLACK, LARGE_SLACK = 1.03, 1.25  # of the check's bound over the norm: off the diagonal, and with few squarings

# --- words that are multiplied out before the bounds begin ---
MOST_BEFORE = 64  # letters before every word that the checker takes
PREFIX_WORDS, LONGEST_PREFIX = 600, 12  # how many, and their length: a second of exact products
MOST_PREFIX_WORDS = 4000  # for two letters, where a code of the first one is not enough
CLEAR = 1e-9  # lead that counts, relative to the readout or the code's lead: rounding of the search is far below

# --- words multiplied out where nothing else helps ---
MOST_WORDS, MOST_PRODUCTS = 20_000, 2e8  # words, and products of numbers for one more letter

# --- the effort spent on a model ---
KEPT = 3  # attempts whose worst paths are looked at
LARGE = 500_000  # pairs of states times letters from which one attempt's worst paths are enough
MANY_NUMBERS = 1_000_000  # in the transitions, from which fewer ways are tried
PATH_ROUNDS = 150  # of value iteration for the potentials: the mean is that of its second half

# --- a ball that every letter keeps ---
BALL_ROUNDS, BALL_GROWTH, LARGEST_BALL = 2000, 1 + 1e-9, 1e6  # rounds, a little room for the check, and when to give up

# --- cones for states and last letters ---
CONE_PREFIX_WORDS, CONE_EDGES, MOST_CONE_NUMBERS = 600, 64, 200_000  # words, edges, numbers of their matrices: seconds
CONE_LETTERS = (1, 4)  # over which functionals are averaged
CONE_SHARES, CONE_FORM_ROUNDS = (0.3, 0.6, 1.0, 1.5, 3.0), 12  # how much of the later errors a form counts
CONE_FLOOR = 0.01  # share of the mean eigenvalue, so that every direction counts a little
CONE_LOOK, CONE_RATE = 25, 0.006  # rounds of the descent between two looks at the radii, and its step
CONE_COST, CONE_EFFORT, CONE_EFFORT_ON_BEST = 20, 4000, 8000  # letters that a round costs, and that descents follow
CONE_SIZE = 400_000  # edges times hidden**3: descents of larger networks follow fewer letters
CONE_MOMENTS, CONE_LAST = (0.9, 0.95), 0.2  # of the descent: its memory, and the share of the step at the end
CONE_SHARPNESS, CONE_BELOW, CONE_EXPLODED = 40.0, 0.1, 3.0  # of the soft maximum; least scale; where following ends
CONE_AHEAD, CONE_FARTHER, CONE_EASY = 6, 1.3, 0.1  # letters looked ahead, how many more, and the loss that earns them
CONE_STEPS, MOST_WALKED = 1000, 2**20  # letters that are followed in the search; edges times letters at the end
STILL, CONE_ROOM = 1e-7, 1e-5  # growth of radii that have settled, and what is added so that rounding is covered
RAISED = 4  # squarings of the Gram matrix in a norm that has a derivative

# --- lengths ---
ALONE = 48  # letters beyond after which the worst length, and not each one, is compared
SHORTER = 0.995  # of a claim that did not check: rounding upwards costs about so much
TRIES = 12  # claims that are checked
TRIES_OF_BOUNDS, TRIES_OF_HALVES = 6, 9  # of these, until half as much is claimed each time, then short words alone

# --- angles ---
MOST_PIECES, MOST_WORK = 4000, 2_000_000  # halvings of the hull, and these times corners and planes: seconds
MOST_STRETCHED = 0.5  # of T ρ: beyond, the bound on the stretching of planes says nothing
ROUNDED_LENGTH = 1e-6  # of a squared length less 1: what single precision leaves of cosine and sine
HALF_TURN = 1e-9  # an arc has to be shorter than π by this, so that the concave parts are told safely
ANGLE_STEP, ANGLE_NOISE, SINGLE_NOISE = 1e-15, 1e-12, 4e-7  # rounding per letter, at all, and with a rounded readout

# --- decoders ---
ROOM, LEAST_RADIUS = 1e-6, 1e-18  # of the radii of balls, beyond the errors in floats
HALF, MOST_ROOM = 0.25, 1e6  # of what a lead allows is taken where errors are smaller, and how many times as much
NEAR = 1e-6  # steps of a difference quotient, relative to a code
LONGER = 1.2  # claims, where one was proved at once
TRIES_OF_DECODERS = 9  # claims that are checked, each between what is proved and what is not
