"""Build the distributions of a release and check them; nothing is uploaded.

`make release` runs it; docs/releasing.md has the list of what a person does. The wheel is built from the source
distribution, so that one with a file missing fails here, and both are installed in empty environments.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from environments import ROOT, environment, install, run

DIST = ROOT / "dist"
BUILD = """import contextlib, io, sys
from setuptools import build_meta
with contextlib.redirect_stdout(io.StringIO()):
    build_meta.build_sdist(sys.argv[1])
"""


def version() -> str:
    """The version, which stands in package/__init__.py."""
    text = (ROOT / "package" / "__init__.py").read_text(encoding="utf-8")
    (found,) = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(found)


def not_ready(version: str) -> list[str]:
    """What a person has to do before this can be released."""
    faults = []
    if f"\n## [{version}] - 20" not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        faults.append(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`")
    if f"\nversion: {version}\n" not in (ROOT / "CITATION.cff").read_text(encoding="utf-8"):
        faults.append(f"CITATION.cff does not say `version: {version}`")
    if git("status", "--porcelain", "--untracked-files=no"):
        faults.append("files have changes that are not committed")
    if f"v{version}" not in git("tag", "--points-at", "HEAD").split():
        faults.append(f"this commit has no tag v{version}")
    return faults


def git(*arguments: str) -> str:
    """What git prints; nothing where there is no repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout


def build() -> tuple[Path, Path]:
    """The source distribution, made of the files that git knows, and the wheel made of it."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, files.split("\0")):
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        run(sys.executable, "-c", BUILD, DIST, folder=Path(folder))
        (source,) = DIST.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", DIST, source)
    (wheel,) = DIST.glob("*.whl")
    return source, wheel


def compare(source: Path, wheel: Path) -> None:
    """Every file of the package is in both distributions.

    Raises:
        SystemExit: naming what is missing.
    """
    layers = {"package": "bistate"} | {layer: f"bistate/{layer}" for layer in ("groups", "theory", "models", "verify")}
    known = [name for name in git("ls-files", *layers).splitlines() if name]
    with tarfile.open(source) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    installed = set(zipfile.ZipFile(wheel).namelist())
    for name in known:
        top, _, rest = name.partition("/")
        if name not in packed or f"{layers[top]}/{rest}" not in installed:
            sys.exit(f"{name} is missing in {source.name} or in {wheel.name}")
    print(f"{source.name} and {wheel.name} hold all {len(known)} files of the package")


def main() -> None:
    """Build, compare, install both, and say what is left to do."""
    found = version()
    source, wheel = build()
    compare(source, wheel)
    for file in (wheel, source):
        with tempfile.TemporaryDirectory() as folder:
            python = environment(Path(folder) / "venv")
            install(python, "-c", ROOT / "constraints.txt", file)
            run(python, ROOT / "tools" / "smoke.py", folder=Path("/"))
        print(f"{file.name} installs in an empty environment, and works there")
    faults = not_ready(found)
    if faults:
        sys.exit("\n".join([f"built, but {found} is not ready to be released:", *(f"- {fault}" for fault in faults)]))
    print(f"{found} can be released: dist/{source.name}, dist/{wheel.name}")


if __name__ == "__main__":
    main()
