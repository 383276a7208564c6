"""Limits of the room, each with its reason."""

EDGES = 4_000_000  # pairs or triples of states, times letters: a second of work; 60 states with 60 letters fit
CODES = 8_000_000  # |Q|³ entries of the table that numbers triples: 200 states
WALKS = 2_000_000  # walks that are followed at once in looking for a shortest word; all tasks of up to 16 states fit
WALKED = 12_000_000  # walks of all lengths together: a few seconds
MULTIPLIED = 20_000_000  # letters of a power of one letter, times states, where no graph is made
HIDDEN = 255  # units of the weights that are built: seven letters of memory over an alphabet of two
