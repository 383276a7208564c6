"""The limits of the search for wrong words; what they cut off costs words that are not found, never truth."""

# --- wrong words ---
BALL_BITS = (128, 512, 2048, 8192, 32_768)  # precisions of an exact comparison, one after the other
SCALED_EVERY, SCALED_BEYOND = 16, 1e100  # letters after which a state is scaled, and sizes at which it is
SCALED_LINEAR = 8  # letters after which states are divided by their norms in floats, where scores are linear
NEAR_ZERO = 1e-12  # times the largest weight: leads that rounding can turn round
RANDOM_WORDS = 1000
POWERS, SHORT_WORDS, LONGEST_POWER = 300, 20_000, 2000  # words whose powers are tried, of how many, and how far
LONGEST_LOOP, LONGEST_ENDING, MOST_ENDINGS = 4, 3, 40  # letters of loops and endings, and how many of these
MOST_PUMPED = 4000  # beginnings, loops and endings together: vectors that are read in a round
EACH_ROUND, ROUNDS_APART = 48, 1.05  # rounds that are all asked about, and how far apart later ones are
MOST_RIVALS = 40  # per state that are kept, times the number of states
MOST_SHRINKS = 400  # words that are tried while one is shortened
MOST_SWEEPS = 24  # over pairs of states, forwards; backwards as many
RANDOM_LETTERS = 20  # behind which the readout stands for the rest of a word, in the first of these
MOST_SWEEP_PRODUCTS = 80_000_000_000  # in all sweeps of a model, about 20 seconds
MOST_SWEEP_NUMBERS = 64_000_000  # that are kept of a word, 256 MB
SHORTER_BY, NEAR_ENOUGH = 0.9, 0.03  # times a wrong word's length is tried next, and then half way back, up to a share
GAINED, HOPELESS = 0.99, -0.6  # a ratio that is not this much nearer to 0; one that never gets there
RANDOM_LENGTH, MORE_RANDOM = 20, 100  # random words are so many times as long as the wrong one, and this much longer

# --- wrong words of anything that answers: every word costs a call, so numbers are smaller ---
LONGEST_BY_WEIGHTS, LONGEST_BY_ANSWERS = 4000, 500  # where nothing else is said
SHORT_ASKED = 5000  # words that are all asked about, from the shortest ones on
RANDOM_ASKED, POWERS_ASKED = 300, 100  # random words, and words whose powers are tried
NEXT_LENGTH = 1.25  # times the last length asked about, where a callable does not answer at every position
MOST_ASKED = 3_000_000  # letters, while words are lengthened
MOST_KEPT = 64  # words that are lengthened together
