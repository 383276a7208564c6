"""The limits of words that are multiplied out, each with its reason; what they cut off costs length, never truth.

Limits that are part of a proof stand in the lemma of `exact_check` that uses them.
"""

# Where nothing may be divided by zero: the least normal float, about.
TINY = 1e-300

CLEAR = 1e-9  # lead that counts, relative to the readout or the code's lead: rounding of the search is far below
LONGEST_PREFIX = 12  # letters of words that are all multiplied out before bounds begin
MOST_BEFORE = 64  # letters before every word that the checker takes

# --- words multiplied out where nothing else helps ---
MOST_WORDS, MOST_PRODUCTS = 20_000, 2e8  # words, and products of numbers for one more letter
