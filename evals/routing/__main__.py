"""`python -m evals.routing [SET ...]`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from evals.routing import run


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="evals.routing")
    parser.add_argument("sets", nargs="*", help="sets of utterances; all of them if none is named")
    parser.add_argument("--verbose", action="store_true", help="show what went wrong")
    parser.add_argument("--json", action="store_true", help="the figures alone")
    parser.add_argument("--cache", type=Path, default=Path(".data/models"))
    args = parser.parse_args(argv)
    return run(args.cache, args.sets, args.verbose, args.json)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
