"""Networks that run in fewer digits than their weights have, as caches and graphics processors do.

`kept_states.py` stores states in float16, bfloat16 or int8; `tf32_products.py` takes products in TF32;
`single_precision.py` has what both share, and says for which networks.
"""
