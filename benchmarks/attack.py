"""Attack certificates: words against proved horizons of odd models, and certificates that somebody has changed.

    python benchmarks/attack.py [--certificates 10000] [--imported 1000] [--mutations 10000] [--seed 0] [--seconds 7200]
    python benchmarks/attack.py --first 4000    # the models from number 4000 on, where a run was stopped

Prints every finding with the command that makes it again, and counts at the end. The exit status is 1 if there was a
finding: a wrong word at or below a horizon, a changed certificate that is accepted though it is false or taken for
the model's own, an error without a name, or a program that does not come to an end.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.pool import Pool
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch are imported
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from helpers.attack_certificates import Outcome, attack, attack_on_imported, total
from helpers.attack_documents import Verdict, results, tamper
from helpers.attack_exhibits import Exhibit, exhibits
from helpers.attack_words import Budget

TABLES = (
    "family",
    "arithmetic",
    "recipe",
    "outcome",
    "refused",
    "way",
    "length",
    "contradicted",
    "contradicted recipe",
    "ways of running",
)
LONG = 20  # every so many cases, words of thousands of letters


def one_case(seed: int, scan: bool, index: int) -> Outcome:
    """A case, with long words now and then."""
    warnings.simplefilter("ignore")  # overflow in a search is no finding
    long = Budget(200, 2000, 4000)
    return attack(seed, index, long if index % LONG == 0 else Budget(), scan)


def one_imported(seed: int, index: int) -> Outcome:
    """The network of somebody else, with long words now and then."""
    warnings.simplefilter("ignore")
    return attack_on_imported(seed, index, Budget(100, 500, 1000) if index % LONG == 0 else Budget(40, 80, 200))


@functools.cache
def shown() -> list[Exhibit]:
    """The certificates to tamper with, made once in each process."""
    return list(exhibits())


def one_change(seed: int, index: int) -> tuple[str, str, Verdict]:
    """A change and what came of it."""
    warnings.simplefilter("ignore")
    exhibit, verdict = tamper(shown(), seed, index)
    return exhibit.name, exhibit.way, verdict


def until(
    pool: Pool, work: Callable[[int], object], count: int, end: float, name: str, first: int = 0
) -> Iterator[object]:
    """Results from a number on, in any order, to the last or till the time is over; says every minute how far it is."""
    said, done = time.monotonic(), first
    found = pool.imap_unordered(work, range(first, count))
    while done < count:
        try:
            yield found.next(timeout=max(0.1, end - time.monotonic()))
        except multiprocessing.TimeoutError:
            print(f"the time is over after {done} of {count} {name}", flush=True)
            return
        done += 1
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{done} of {count} {name}", flush=True)


def say(title: str, counts: Counter[str], most: int = 40) -> None:
    """A table of counts."""
    print(f"\n{title}")
    for key, count in counts.most_common(most):
        print(f"{count:9d}  {key}")
    if len(counts) > most:
        print(f"{sum(counts.values()) - sum(n for _, n in counts.most_common(most)):9d}  others")


def certificates(
    pool: Pool, work: Callable[[int], Outcome], count: int, end: float, name: str = "models", first: int = 0
) -> list[str]:
    """Certificates of models, or of imported networks; gives the findings."""
    outcomes: list[Outcome] = []
    findings: list[str] = []
    for outcome in until(pool, work, count, end, name, first):
        assert isinstance(outcome, Outcome)
        outcomes.append(outcome)
        for finding in outcome.findings:
            findings.append(finding)
            print(f"FOUND {finding}", flush=True)
    tables = total(outcomes)
    for title in TABLES:
        if title in tables:
            say(title, tables[title])
    certify_time, search_time = (sum(outcome.seconds[i] for outcome in outcomes) for i in (0, 1))
    words = sum(outcome.counts.words for outcome in outcomes)
    exact, unsure = (sum(getattr(o.counts, name) for o in outcomes) for name in ("exact", "undecided"))
    print(
        f"\n{len(outcomes)} {name}, {tables.get('outcome', Counter())['horizon']} horizons, {len(findings)} findings; "
        f"{words} words searched, {exact} multiplied exactly, of which {unsure} undecided; "
        f"{certify_time:.0f} s of certify and {search_time:.0f} s of search"
    )
    return findings


def changes(pool: Pool, args: argparse.Namespace, end: float) -> list[str]:
    """The second half; gives the findings."""
    found: list[tuple[str, str, Verdict]] = []
    findings: list[str] = []
    begun = time.monotonic()
    for item in until(pool, functools.partial(one_change, args.seed), args.mutations, end, "changes"):
        found.append(item)
        verdict = found[-1][2]
        if verdict.finding is not None:
            findings.append(verdict.finding)
            print(f"FOUND {verdict.finding}", flush=True)
    for title, counts in results(found).items():
        say(f"changed certificates: {title}", counts)
    print(f"\n{len(found)} changes, {len(findings)} findings; {time.monotonic() - begun:.0f} s")
    return findings


def alone(args: argparse.Namespace) -> list[str]:
    """One case or one change again, in full."""
    findings: list[str] = []
    outcomes = [] if args.only is None else [one_case(args.seed, args.scan, args.only)]
    outcomes += [] if args.only_imported is None else [one_imported(args.seed, args.only_imported)]
    for outcome in outcomes:
        print(outcome.case)
        for table, key in outcome.keys:
            print(f"  {table}: {key}")
        findings += outcome.findings
    if args.change is not None:
        name, way, verdict = one_change(args.seed, args.change)
        print(f"{name} ({way}), {verdict.place}: {verdict.change}\n  {verdict.result}")
        findings += [] if verdict.finding is None else [verdict.finding]
    for finding in findings:
        print(f"FOUND {finding}")
    return findings


def main(arguments: list[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificates", type=int, default=10_000, metavar="N", help="models to certify")
    parser.add_argument("--first", type=int, default=0, metavar="INDEX", help="go on from this model")
    parser.add_argument("--imported", type=int, default=1000, metavar="N", help="networks of other people to certify")
    parser.add_argument("--mutations", type=int, default=10_000, metavar="N", help="changes of certificates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=4 * 3600.0, help="limit of the whole run")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--scan", action="store_true", help="hold certificates that name no execution to the scan too")
    parser.add_argument("--only", type=int, metavar="INDEX", help="this model alone")
    parser.add_argument("--only-imported", type=int, metavar="INDEX", help="this imported network alone")
    parser.add_argument("--change", type=int, metavar="INDEX", help="this change alone")
    args = parser.parse_args(arguments)
    if any(number is not None for number in (args.only, args.only_imported, args.change)):
        return int(bool(alone(args)))
    begun = time.monotonic()
    findings = []
    with multiprocessing.get_context("spawn").Pool(args.processes) as pool:
        share = args.seconds * (0.75 if args.mutations else 1)
        work = functools.partial(one_case, args.seed, args.scan)
        if args.certificates:
            findings += certificates(pool, work, args.certificates, begun + share, first=args.first)
    with multiprocessing.get_context("spawn").Pool(args.processes) as pool:
        own = functools.partial(one_imported, args.seed)
        end = begun + args.seconds * (0.85 if args.mutations else 1)
        findings += certificates(pool, own, args.imported, end, "imported networks") if args.imported else []
    with multiprocessing.get_context("spawn").Pool(args.processes) as pool:
        findings += changes(pool, args, begun + args.seconds) if args.mutations else []
    print(f"\n{len(findings)} findings, seed {args.seed}, {time.monotonic() - begun:.0f} s")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
