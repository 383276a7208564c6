"""The limits of the search for responses, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check`.
"""

SHORT = 30  # letters: where more is proved, drifts add up along a path, which this bound does not know
MOST_STATES, MOST_NUMBERS = 130, 600_000  # states, and numbers in the transitions
AVERAGED, WORDS, TURNS = range(2, 9), 4000, 5  # lengths and words of each over which codes are averaged, and turns
NUMBERS = 2**18  # rows, vectors and products that are multiplied out, in the search and in the check: a second
MORE = 3  # the power of the effort that they grow with: the most effort may take all that the check allows
SECONDS = 6  # that a search and a check with so many numbers may take: budgets allow as many times more
LONGEST = 12  # letters before a decision, or after a drift, that are multiplied out
AIMS = (8, 24)  # letters that the first descent aims at, at least and at most
ROUNDS, LEGS, WORTH = 150, 2, 1.05  # of a descent; descents after each other, while each reaches farther by this factor
MOST_DESCENT = 60_000_000_000  # products in a descent
RATE, OF_CODES, OF_SCALES = 0.01, 0.05, 0.01  # step of the descent, and that of codes and scales beside it
ADAM = (0.9, 0.999)  # memory of the descent
FIRM, FIRMER, FIRMEST = 20.0, 100.0, 40.0  # soft maxima: of norms at first, what is added, and of decisions
SMALL_LEAD, LEAST_SCALE, TINIEST = 1e-6, 1e-3, 1e-300  # what leads, scales and norms are not below
CLEAR = 1e-6  # of a lead: what has to be left, since the check multiplies numbers of 30 binary digits
MOST_FOLLOWED = 400  # letters
SQUARINGS = 10  # of a Gram matrix: of 64 rows a norm to a thousandth
FURTHER = 1.5  # a descent aims at so much more than is proved
POWERS = 3  # turns of power iteration for the largest singular value, which goes on from round to round
