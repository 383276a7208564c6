"""Linear-recurrent layers that people train, one to a file, each with its lift to a `LinearRNN`.

Read `base.py` first, then `delta_product.py`.
"""
