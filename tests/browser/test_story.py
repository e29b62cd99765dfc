"""The story of the portal, end to end in Chromium, on both engines: every role does its part of a day."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from tests.browser.guide import field
from tests.browser.play import Play, confirm, press, settle, until, write
from tests.browser.stage import Stage, stage

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(params=["sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The whole portal on one engine."""
    url = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        server.execute("DROP DATABASE IF EXISTS story WITH (FORCE)")
        server.execute("CREATE DATABASE story")
        url = server.url("story")
    with stage(url, tmp_path) as found:
        yield found
    if request.param == "postgresql":
        server.drop("story")


def test_story(live: Stage, chromium: Browser, tmp_path: Path) -> None:
    play = Play(live, chromium)
    admin_shapes(play)
    seller_imports(play, tmp_path)
    tiers_say_why(play)
    workflow_makes_tasks(play)
    seller_follows_up(play)
    agent_answers(play)
    marketer_sends(play)
    manager_reads(play, tmp_path)
    admin_takes_it_back(play)
    everything_is_in_the_log(play)
    assert not play.watch.faults, "\n".join(play.watch.faults)


def admin_shapes(play: Play) -> None:
    """A choice field and a lower VIP threshold; wrong YAML says so; who would move; published."""
    page = play.page("admin", "/studio/entities/customer/fields/new")
    field.describe(page)
    page.locator(".field-maker [type=submit]").click()
    page.wait_for_url(re.compile("/studio/(?!.*new)"))
    page.goto("/studio/documents/tiers/customer_tier")
    text = page.locator("textarea#text").input_value()
    wrong = text.replace("strategy:", "strategi:", 1)
    write(page, wrong)
    expect(page.locator("#problems")).to_contain_text("strategi")
    expect(page.locator("#problems")).to_contain_text("strategy")
    assert "100000" in text
    write(page, text.replace("100000", "80000", 1))
    expect(page.locator("#problems")).not_to_contain_text("strategi")
    press(page, page.locator("button[form=editor].btn-primary"))
    page.wait_for_load_state()
    page.goto("/studio/review")
    expect(page.locator(".matrix-moved").first).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=60_000)
    expect(page.locator("body")).to_contain_text("80000")
    page.fill("[name=note]", "放宽 VIP 门槛")
    page.locator(".publish-card [type=submit]").click()
    confirm(page)
    page.wait_for_load_state("networkidle")
    page.goto("/customers")
    expect(page.locator("thead").first).to_contain_text("合作意向")
    page.goto("/customers/new")
    expect(page.locator("[name=intent]").first).to_be_attached()


def seller_imports(play: Play, folder: Path) -> None:
    """A workbook with good and bad rows; each is accounted for, refused ones come back with reasons."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["客户名称", "行业", "城市", "电话", "邮箱", "合作意向", "外部编号"])
    for number in range(40):
        sheet.append(
            [
                f"故事客户{number}",
                "制造业",
                "杭州市",
                f"1390000{number:04}",
                f"s{number}@example.cn",
                "高",
                f"ST-{number}",
            ]
        )
    sheet.append(["坏电话", "制造业", "杭州市", "12", "ok@example.cn", "高", "ST-90"])
    sheet.append(["坏邮箱", "制造业", "杭州市", "13900009999", "not-an-address", "高", "ST-91"])
    book.save(folder / "customers.xlsx")
    page = play.page("seller", "/imports/new")
    page.select_option("[name=entity]", "customer")
    page.set_input_files("[name=file]", folder / "customers.xlsx")
    page.locator(".import-form [type=submit]").click()
    page.get_by_role("button", name="检查文件").click()
    page.get_by_role("button", name=re.compile("导入 40 行")).click(timeout=60_000)
    expect(page.locator(".import-title")).to_contain_text("42", timeout=60_000)
    with page.expect_download() as coming:
        page.locator("a[download]").first.click()
    coming.value.save_as(folder / "refused.xlsx")
    refused = load_workbook(folder / "refused.xlsx").active
    assert refused is not None
    cells = [[str(cell or "") for cell in row] for row in refused.iter_rows(values_only=True)]
    assert {"坏电话", "坏邮箱"} <= {row[0] for row in cells[1:]} | {row[1] for row in cells[1:]}
    page.goto("/customers?q=故事客户7")
    expect(page.locator("tbody")).to_contain_text("故事客户7")
    expect(page.locator("tbody")).to_contain_text("高")


def tiers_say_why(play: Play) -> None:
    """The tier page shows the levels; a customer says why."""
    page = play.page("seller", "/tiers/")
    for word in ("VIP 客户", "重点客户", "普通客户", "80,000"):
        expect(page.locator("main")).to_contain_text(word)
    page.goto("/customers?f.tier=in:vip")
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("年消费")


def workflow_makes_tasks(play: Play) -> None:
    """Started by hand here (by the clock in tests/rules), the workflow makes tasks and shows its run step by step."""
    page = play.page("manager", "/workflows/")
    page.locator("form button", has_text="立即启动").first.click()
    confirm(page)
    for _ in range(40):
        page.goto("/workflows/runs")
        if page.locator("tbody a").count():
            break
        page.wait_for_timeout(500)
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("联系沉默的重点客户")


def seller_follows_up(play: Play) -> None:
    """The follow-up closes its task and plans the next."""
    page = play.page("seller", "/today")
    page.locator("a", has_text="跟进").locator("visible=true").locator("nth=-1").click()
    page.wait_for_url("**/follow-up**")
    page.locator("[name=way]").first.select_option("phone")
    page.fill("[name=summary]", "确认了下季度的采购计划")
    page.fill("[name=next_step]", "寄送报价单")
    page.locator("[name=next_due]").first.evaluate("(box) => { box.value = '2030-01-07'; }")
    press(page, page.locator(".form-actions [type=submit]"))
    page.goto("/follow-ups")
    expect(page.locator("tbody")).to_contain_text("确认了下季度的采购计划")
    page.goto("/tasks?f.status=in:open&q=寄送报价单")
    expect(page.locator("tbody")).to_contain_text("寄送报价单")


def agent_answers(play: Play) -> None:
    """A guest asks, the agent answers by mail, notes, and solves; the customer's page shows it."""
    guest = play.page(None, "/public/ticket")
    guest.fill("[name=name]", "王小明")
    guest.fill("[name=email]", "s7@example.cn")
    guest.fill("[name=subject]", "发票抬头写错了")
    guest.fill("[name=body]", "请改为故事客户7有限公司。")
    guest.locator("form.stack [type=submit]").click()
    guest.wait_for_url("**/received?of=*")
    page = play.page("agent", "/desk/?queue=unassigned")
    page.get_by_role("link", name="发票抬头写错了").or_(
        page.locator("tr", has_text="发票抬头写错了").locator("a")
    ).first.click()
    page.fill("#body", "已为您更正，新发票今天寄出。")
    press(page, page.locator("button[value=reply]"))
    expect(page.locator(".talk-reply")).to_contain_text("已为您更正")
    page.fill("#body", "财务已确认。")
    press(page, page.locator("button[value=note]"))
    expect(page.locator(".talk-note")).to_contain_text("财务已确认")
    until(page, lambda: play.live.sink.recipients["s7@example.cn"] == 2, "the acknowledgement and the answer")
    page.reload()
    expect(page.locator(".talk-reply")).to_contain_text("邮件已发送")
    press(page, page.get_by_role("button", name="解决"))
    expect(page.locator(".page-subtitle")).to_contain_text("已解决")
    page.locator("dl a").first.click()
    expect(page.locator("main")).to_contain_text("发票抬头写错了")


def marketer_sends(play: Play) -> None:
    """A segment whose count moves, a mail proved as real recipients, sent, each recipient with a state."""
    page = play.page("marketer", "/segments/new")
    page.fill("[name=name]", "故事客群")
    settle(page)
    page.locator("button[name=add]").click()
    settle(page)
    page.locator("[name=field-0]").select_option("name")
    settle(page)
    page.locator("[name=operator-0]").select_option("contains")
    settle(page)
    page.fill("[name=value-0]", "故事客户")
    expect(page.locator(".segment-count strong")).to_have_text("40")
    page.fill("[name=value-0]", "故事客户1")
    expect(page.locator(".segment-count strong")).to_have_text("11")
    page.locator("#segment-form > .row-line [type=submit]").click()
    page.wait_for_url("**/segments/")
    page.goto("/campaigns/new")
    page.fill("[name=name]", "故事活动")
    page.select_option("[name=segment]", label="故事客群")
    page.fill("[name=subject]", "{{ name }}，新品上市")
    page.fill("[name=body]", '尊敬的{{ name | default("客户") }}：\n\n请看[目录](https://example.cn/catalogue)。')
    expect(page.locator(".mail-proof")).to_have_count(3)
    expect(page.locator(".mail-proof").first).to_contain_text("尊敬的故事客户1")
    page.locator("#campaign-form [type=submit].btn-primary").click()
    press(page, page.locator("form[action$='/test'] [type=submit]"))
    expect(page.locator("body")).to_contain_text("测试邮件已发往")
    page.locator("form[action$='/schedule'] [type=submit]").click()
    confirm(page)
    expect(page.locator("#campaign-state")).to_contain_text("已完成", timeout=60_000)
    assert sum(count for address, count in play.live.sink.recipients.items() if re.match(r"s1\d?@", address)) == 11
    sent = next(message for message in play.live.sink.messages if b"List-Unsubscribe-Post" in message)
    pixel = re.search(rb"<(http[^>]*/u/([^>]+))>", sent)
    assert pixel is not None
    guest = play.chromium.new_context(base_url=play.live.base, user_agent="Mozilla/5.0 (story)").new_page()
    assert guest.goto(f"/t/o/{pixel[2].decode()}.gif") is not None
    page.goto(page.url.split("#")[0])
    expect(page.locator("#campaign-state .stat", has_text="打开")).to_contain_text("1")


def manager_reads(play: Play, folder: Path) -> None:
    """The activity report: progress, the PDF with its tables, kept in the archive."""
    page = play.page("manager", "/reports/new")
    page.locator("[name=period]").select_option(index=1)
    page.locator(".report-form .form-actions [type=submit]").click()
    link = page.locator("a[download]").first
    expect(link).to_be_visible(timeout=120_000)
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(folder / "report.pdf")
    pdf = PdfReader(folder / "report.pdf")
    text = "".join(part.extract_text() for part in pdf.pages)
    for table in ("客户信息管理表", "销售跟进记录表", "营销活动效果分析表", "客户分层维护策略表"):
        assert table in text, table
    assert pdf.outline
    page.goto("/reports/")
    expect(page.locator("tbody tr")).not_to_have_count(0)


def admin_takes_it_back(play: Play) -> None:
    """Rolled back, the field is gone from the pages; published again, its data is there again."""
    page = play.page("admin", "/studio/releases/1")
    page.locator("form[data-confirm] button").first.click()
    confirm(page)
    page.wait_for_load_state("networkidle")
    page.goto("/customers?q=故事客户7")
    expect(page.locator("thead").first).not_to_contain_text("合作意向")
    page.goto("/studio/releases/2")
    page.locator("form[data-confirm] button").first.click()
    confirm(page)
    page.wait_for_load_state("networkidle")
    page.goto("/customers?q=故事客户7")
    expect(page.locator("thead").first).to_contain_text("合作意向")
    expect(page.locator("tbody")).to_contain_text("高")


def everything_is_in_the_log(play: Play) -> None:
    """What was done stands in the audit log."""
    page = play.page("admin", "/audit")
    for deed in ("release", "campaign"):
        page.goto(f"/audit?action={deed}.*")
        expect(page.locator("tbody tr")).not_to_have_count(0)
