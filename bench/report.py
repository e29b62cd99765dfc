"""The figures as lines of a table, and how they grow with the data."""

from collections.abc import Iterator, Sequence

from bench.frame import Result

HEAD = f"{'id':7}{'what':46}{'engine':12}{'records':>9}{'ours':>10}{'floor':>10}{'ratio':>7}{'≤':>5}"


def line(result: Result) -> str:
    """One figure."""
    name = f"{result.measure.title}: {result.pair.name}" if result.pair.name else result.measure.title
    mark = "" if result.is_kept else "  MISSED"
    unit = result.pair.unit
    rate = f"  {result.pair.rows / result.time:,.0f} rows/s" if result.pair.rows else f"  p95 {_text(result.p95, unit)}"
    times = f"{_text(result.time, unit):>10}{_text(result.bottom, unit):>10}{result.ratio:7.2f}{result.most:5.1f}"
    return f"{result.measure.id:7}{name[:45]:46}{result.engine:12}{result.size:>9,}{times}{mark}{rate}"


def growth(results: Sequence[Result]) -> Iterator[str]:
    """How the times at the largest size stand to those at the smallest, where a bound is set."""
    kinds = dict.fromkeys((r.measure.id, r.pair.name, r.engine) for r in results if r.measure.growth is not None)
    for id_, name, engine in kinds:
        found = [r for r in results if (r.measure.id, r.pair.name, r.engine) == (id_, name, engine)]
        first, last = min(found, key=lambda r: r.size), max(found, key=lambda r: r.size)
        if first.size != last.size:
            most = first.measure.growth or 0
            ratio, tail = last.time / first.time, last.p95 / first.p95
            mark = "" if ratio <= most else "  MISSED"
            sizes = f"{first.size:,} → {last.size:,}"
            yield f"{id_:7}{name[:45]:46}{engine:12}{sizes:>20}  median ×{ratio:.2f}, p95 ×{tail:.2f} (≤ {most}){mark}"


def _text(value: float, unit: str) -> str:
    return _time(value) if unit == "s" else f"{value:,.0f} {unit}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
