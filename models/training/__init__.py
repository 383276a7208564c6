"""Training: settings, the loop and its folder, what follows its last step, stacks of models, accuracy.

Read `config.py` first, then `train_run.py`.
"""
