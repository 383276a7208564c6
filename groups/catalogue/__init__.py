"""Groups by name and by number, and the name of a group that is given by generators.

Read `named` first: `syntax` reads a name, `single_names` and `point_groups` know what single names mean, `extensions`
what N:H means, `suggestions` what may have been meant. `numbered` holds all groups of order below 64. The other way
goes `identification`, with `cheap_facts`, `simple_groups`, `other_candidates` and `isomorphisms`.
"""
