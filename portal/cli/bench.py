"""`portal bench`: the figures of docs/performance.md, measured here and now."""

import sys
from importlib import import_module
from pathlib import Path

import click

SOURCE = Path(__file__).parents[2]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[FIGURE]... [OPTIONS]")
def bench(arguments: tuple[str, ...]) -> None:
    """Measure figures such as V1, each beside its floor, on scratch databases of both engines.

    --engine sqlite|postgresql takes one engine, --sizes 10000,100000 the numbers of customers; BENCH_FULL=1 adds a
    million. `peers` compares with portals from PyPI instead (bench/peers/README.md). Needs the source tree, for the
    bench is no part of the installed package.
    """
    if not (SOURCE / "bench").is_dir():
        raise click.ClickException("the bench needs the source tree: run it from a clone")
    sys.path.insert(0, str(SOURCE))
    sys.exit(import_module("bench.__main__").main(list(arguments)))
