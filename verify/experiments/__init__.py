"""Experiments: many trainings, one result file each, and the tables made from them.

Read `sweep.py` first; `presets.py` lists the cells of each table.
"""
