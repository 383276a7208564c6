"""Files of models: numbers in safetensors, the rest in JSON, each replaced in one step and checked when it is read.

Read `atomic.py` first, then `storage.py`, which makes models of them.
"""
