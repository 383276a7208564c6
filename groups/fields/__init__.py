"""Abelian number fields, and which of their numbers are norms: what decides over which field an irrep can be written.

Read `number_field` first; `local_norms` decides whether a norm equation has a solution, `norm_equation` finds one.
"""
