"""Published benchmark tasks by their names: automata with the token ids, labels, lengths and words of their sources.

Read first `entry`, what is said of a task, and `registry`, which finds one by its name; then a file for each source.
"""
