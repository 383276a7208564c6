"""What all commands share: how a process begins and ends, limits, what is shown, and the options of a task.

Read `endings.py` first, which has the exit codes; `output.py` has what commands are written with, `process.py` what
happens before and after them.
"""
