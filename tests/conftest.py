"""What every test shares: markers that ask for a device or a program, and Hypothesis without deadlines."""

import os
import shutil

import pytest
from hypothesis import settings

# The models of the tests are small: more than one thread only costs, most of all when other work runs beside them.
# Torch, here and in the processes that tests start, reads this when it is imported, which is later.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A plot must never look for a display.
os.environ.setdefault("MPLBACKEND", "Agg")

# A deadline measures the load of the machine, not the code.
settings.register_profile("bistate", settings.default, deadline=None, print_blob=True)
settings.load_profile("bistate")


def missing_gap() -> str | None:
    """Why the tests marked `gap` cannot run here; None where they can."""
    return None if shutil.which("gap") else "the GAP program is not on the PATH"


def missing_gpu() -> str | None:
    """Why the tests marked `gpu` cannot run here; None where they can."""
    import torch

    return None if torch.cuda.is_available() else f"torch {torch.__version__} finds no CUDA device"


def missing_kernels() -> str | None:
    """Why the tests marked `kernel` cannot run here; None on a card, and where triton interprets kernels on the CPU."""
    if os.environ.get("TRITON_INTERPRET") == "1":
        return None
    missing = missing_gpu()
    return missing and f"{missing}; test_interpreted.py runs these on the CPU"


REQUIREMENTS = {"gap": missing_gap, "gpu": missing_gpu, "kernel": missing_kernels}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine cannot run. Torch is imported only when a test asks for it."""
    for marker, missing in REQUIREMENTS.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        reason = missing() if marked else None
        if reason:
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))
