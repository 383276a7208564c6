"""Exact numbers and matrices: cyclotomic fields, linear algebra over them, and their images modulo primes.

Read `cyclotomic_field` and `cyclotomic` first, then `exact_matrix`; `elimination` is how its linear algebra is proved.
"""
