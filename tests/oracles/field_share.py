"""How many irreps have matrices over the field of their character, of those whose Schur index may be 1.

python tests/oracles/field_share.py [--only TEXT] [--up-to ORDER]
"""

from __future__ import annotations

import argparse

from gap_oracle import field_share, group_of, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only groups whose name contains this text")
    parser.add_argument("--up-to", type=int, default=63, help="only groups of at most this order")
    options = parser.parse_args()
    reached = total = 0
    for row in load():
        if options.only not in row["name"] or row["order"] > options.up_to:
            continue
        here, of = field_share(row, group_of(row))
        reached, total = reached + here, total + of
        if here < of:
            print(f"{row['name']}: {here} of {of}", flush=True)
    print(f"{reached} of {total}, {100 * reached / max(total, 1):.2f} %")


if __name__ == "__main__":
    main()
