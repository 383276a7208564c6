"""The limits of the search for cones, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

PREFIX_WORDS, MOST_EDGES, MOST_NUMBERS = 600, 64, 200_000  # words, edges, numbers of their matrices: seconds
LONGEST_ROUNDED = 4  # letters of these words with rounding, whose bound grows with every letter
LETTERS = (1, 4)  # over which functionals are averaged
SHARES, FORM_ROUNDS = (0.3, 0.6, 1.0, 1.5, 3.0), 12  # how much of the later errors a form counts
FLOOR = 0.01  # share of the mean eigenvalue, so that every direction counts a little
LOOK, RATE = 25, 0.006  # rounds of the descent between two looks at the radii, and its step
COST, EFFORT, EFFORT_ON_BEST = 20, 4000, 8000  # letters that a round costs, and that descents follow
SIZE = 400_000  # edges times hidden**3: descents of larger networks follow fewer letters
MOMENTS, LAST = (0.9, 0.95), 0.2  # of the descent: its memory, and the share of the step at the end
SHARPNESS, BELOW, EXPLODED = 40.0, 0.1, 3.0  # of the soft maximum; least scale; where following ends
FAINT = 1e-9  # of a radius: nodes that no word leads to have one as well
AHEAD, FARTHER, EASY = 6, 1.3, 0.1  # letters looked ahead, how many more, and the loss that earns them
STEPS, MOST_WALKED = 1000, 2**20  # letters that are followed in the search; edges times letters at the end
SETTLING = 300  # letters in which radii settle as the check sees them
STILL, ROOM = 1e-7, 1e-5  # growth of radii that have settled, and what is added so that rounding is covered
SPARED = (0.1, 0.01, 0.001, 0.0)  # shares by which the growth of errors may be larger for the check
WIDER, MOST_BALLS = 4.0, 60  # from one ball to the next larger one, and how many are looked at
RAISED = 4  # squarings of the Gram matrix in a norm that has a derivative
