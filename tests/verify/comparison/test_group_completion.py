"""Gaps of regular tables are filled as the group has it, others are left alone."""

import numpy as np
from bistate.groups.catalogue.named import named_group
from bistate.theory import Automaton
from bistate.verify.comparison.group_completion import by_the_group


def test_gaps_of_a_group_are_filled_and_of_maps_are_not() -> None:
    for name in ("D4", "A4", "Q8"):
        table = Automaton.word_problem(named_group(name)).table
        for seed in range(5):
            gaps = np.random.default_rng(seed).random(table.shape) < 0.3
            gaps[0] = False
            np.testing.assert_array_equal(by_the_group(np.where(gaps, -1, table)), table)
    maps = Automaton.random(8, 4, "map", seed=1).table.copy()
    maps[3, 2] = -1
    np.testing.assert_array_equal(by_the_group(maps), maps)
