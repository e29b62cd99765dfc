"""V9: a report of 1, 10 and 100 pages, against WeasyPrint on the same HTML in the same process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from weasyprint import HTML

from bench.frame import Pair, measure
from bench.world import World
from portal import clock
from portal.insights import pdf, printing, typesetter
from portal.insights.lens import Lens, Subject
from portal.insights.parts import Part
from portal.insights.periods import Period
from portal.insights.tables import Head, Table

ROWS_ON_A_PAGE = 34
HEADS = ("客户名称", "行业", "城市", "客户等级", "年消费", "复购率", "最近下单", "负责人")
ROW = ("苏州瑞祥精密机械有限公司", "制造业", "苏州市", "重点客户", "¥86,400.00", "33.33%", "2026-03-12", "林晓东")
IN_TURN = 6


@measure("V9", "report as PDF", most=1.2, largest=10_000)
def reports(world: World) -> Iterator[Pair]:
    """Ours: template, squeezed punctuation, limited child. Floor: the layout of that very HTML."""
    seller = world.seller
    cover = printing.Cover(
        "客户活动报告",
        Lens(seller, Subject.of(seller), Period(date(2026, 3, 1), date(2026, 3, 31))),
        clock.now(),
        "zh",
    )
    for pages in (1, 10, 100):
        parts = [_part(pages)]
        same = pdf.dress(printing.html(cover, parts))
        yield Pair(
            f"{pages} page{'s' if pages > 1 else ''} of table",
            lambda parts=parts: printing.print_out(cover, parts),  # type: ignore[misc]
            lambda same=same: _bare(same),  # type: ignore[misc]
        )
    html = printing.html(cover, [_part(3)])
    yield Pair(
        f"{IN_TURN} reports, 2 workers against 1",
        lambda: _together(html, 2),
        lambda: _together(html, 1),
        most=1 / 1.8,
    )
    pdf.close()


def _part(pages: int) -> Part:
    table = Table([Head(text) for text in HEADS], [ROW] * (pages * ROWS_ON_A_PAGE - 6), pages * ROWS_ON_A_PAGE)
    return Part("table", "客户信息管理表", table=table)


def _bare(html: str) -> int:
    document = HTML(string=html, url_fetcher=typesetter.Assets()).render()
    return len(document.write_pdf(pdf_tags=True))


_workers = [pdf.Typesetter(), pdf.Typesetter()]


def _together(html: str, workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda number: _workers[number % workers](pdf.dress(html)), range(IN_TURN)))
