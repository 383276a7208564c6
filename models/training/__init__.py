"""Training: tasks and their word lengths, settings, the loop and its folder, stacks of models, accuracy.

Read `task.py` and `config.py` first, then `train_run.py`.
"""
