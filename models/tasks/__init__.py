"""What models are trained on: words and the states or labels after them, drawn by a law or read from a table.

Read `batches.py` first, which says what a task is for training, then `task.py` and `word_laws.py`.
"""
