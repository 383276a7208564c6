"""Where the repository, the stored answers and the old files are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORACLES = ROOT / "tests" / "oracles"
BEFORE_ROOMS = ROOT / "tests" / "fixtures" / "before_rooms"  # files that an earlier layout of the library wrote
