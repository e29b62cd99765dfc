"""`python -m bench [ID …]`: print every figure beside its floor, on both engines."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from bench import duplicates, load, report
from bench.frame import MEASURES, Result, take
from bench.peers import main as peers
from bench.world import world

SIZES = (10_000, 100_000)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when all figures are reached, 1 when one is missed. `load` and `peers` are apart."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["load"]:
        return load.main(arguments[1:])
    if arguments[:1] == ["peers"]:
        return peers.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("ids", nargs="*", help="figures to measure, such as V1; all when none is named")
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgresql"), help="one engine only")
    parser.add_argument("--sizes", help="numbers of customers, such as 10000,100000 (BENCH_FULL=1 adds 1000000)")
    parser.add_argument("--pair", default="", help="only what has these words in its name, such as: after one order")
    given = parser.parse_args(arguments)
    if [one.casefold() for one in given.ids] == ["duplicates"]:
        return duplicates.main()
    sizes = [int(size) for size in given.sizes.split(",")] if given.sizes else list(SIZES)
    if os.environ.get("BENCH_FULL") == "1" and not given.sizes:
        sizes.append(1_000_000)
    _load()
    chosen = [found for found in MEASURES if not given.ids or found.id.casefold() in {i.casefold() for i in given.ids}]
    if not chosen:
        known = ", ".join(dict.fromkeys(found.id for found in MEASURES))
        parser.error(f"no such figure; there are {known}")
    results = [
        result
        for engine in given.engine or ("sqlite", "postgresql")
        for result in _run(engine, chosen, sizes, given.pair)
    ]
    for line in report.growth(results):
        print(line)
    return 0 if all(result.is_kept for result in results) else 1


def _load() -> None:
    """Import every measure of this folder."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in ("__init__", "__main__"):
            import_module(f"bench.{path.stem}")


def _run(engine: str, chosen: list, sizes: list[int], words: str) -> list[Result]:  # type: ignore[type-arg]
    results = []
    with world(engine) as found:
        print(report.HEAD, flush=True)
        for size in sorted(sizes):
            found.grow(size)
            for measure in chosen:
                if measure.largest is None or size <= measure.largest:
                    for result in take(measure, found, words):
                        results.append(result)
                        print(report.line(result), flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
