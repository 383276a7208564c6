"""Sizes that the ladder asks for: of an untrained model, and what is wrong with those of one that is given."""
