"""Automata: words that move states, how they are made, and the groups and monoids in which their letters act.

Read `automaton.py` first; the builders beside it return `Parts`, which it checks and keeps.
"""
