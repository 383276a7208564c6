"""Certificates as documents: arrays as they are stored, fields changed by hand, digests made again."""

import base64
import json
from array import array

import numpy as np
from bistate.verify.exact_check import digest


def stored(values: np.ndarray) -> dict:
    flat = array("d", values.astype("<f8").tobytes())
    return {"shape": list(values.shape), "float64": base64.b64encode(flat.tobytes()).decode()}


def changed(document: dict, **proof: object) -> dict:
    copy = json.loads(json.dumps(document))
    copy["proof"].update(proof)
    return copy


def signed(document: dict) -> dict:
    """The document with the digest of what it speaks of now."""
    return document | {"digest": digest(document)}
