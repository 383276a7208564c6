"""Bilinear state tracking: exact constructions, trained models, and proofs that one matches the other.

Read the four layers from the left, `groups ← theory ← models ← verify`: `bistate.groups` has finite groups and their
exact representations, `bistate.theory` automata and exact weights, `bistate.models` torch modules and training,
`bistate.verify` comparison, proofs and reports. Each is imported when it is first used, and a name of a layer likewise,
so that `import bistate` costs next to nothing.
"""

# Nothing is imported here: Ctrl-C while the command line starts is answered in __main__.py, which comes after this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from . import groups, models, theory, verify

__version__ = "0.1.0"
__all__ = ["__version__", "groups", "models", "theory", "verify"]


def __getattr__(name: str) -> "ModuleType":
    """A layer, imported when it is first asked for."""
    if name in __all__:
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
