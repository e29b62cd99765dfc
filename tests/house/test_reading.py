"""What a person reads of records goes through one place: `records.reading` says which columns, and how masked."""

import re

from tests.house.sources import modules

ROOMS = ("portal/records/", "portal/rules/", "portal/security/")  # which keep records, and which say who may see them
COLUMNS = re.compile(r"\btable_of\(|\btables\.(build|column|Columns)\b|\brecord_table\b")
OWN_RULE = re.compile(
    r"policy\.access\([^()]*(\([^()]*\)[^()]*)*\)\s*(>=|>|<|<=|==|!=)\s*(policy\.)?Access\.(HIDE|MASK|READ)"
)
# Who reads columns of records outside, and why that needs no answer about a person's fields.
WITHOUT = {
    "portal/blueprints/studio/unconverted.py": "the rows of a file whose one field is asked of `reading`",
    "portal/campaigns/audience.py": "whom a segment holds; addresses go to the mail and are shown by `reading`",
    "portal/campaigns/rehearsal.py": "an address, shown by `reading`",
    "portal/cli/demo/__init__.py": "whether there are records",
    "portal/cli/demo/coupons.py": "orders of the demo itself",
    "portal/confirmations/deciding.py": "the ids of the records within reach",
    "portal/coupons/listing.py": "the ids of the records within reach",
    "portal/desk/intake.py": "the portal itself finds the customer of a mail; nobody sees what it compared",
    "portal/duplicates/carrying.py": "what points at a merged record; its ids alone are changed",
    "portal/duplicates/finding.py": "the portal itself compares; pairs are shown in words of `reading`",
    "portal/duplicates/hints.py": "titles of records within reach; what is compared is asked of `reading`",
    "portal/duplicates/index.py": "keyed hashes of what is compared; nobody sees the values",
    "portal/duplicates/merging.py": "a merge goes through `fetch` and `save`",
    "portal/duplicates/parting.py": "whether something was changed since, never its value",
    "portal/duplicates/ranking.py": "what stands above a merged record, never its value",
    "portal/duplicates/queue.py": "the ids of the pairs whose records are both within reach",
    "portal/fields/field.py": "the tables of links",
    "portal/fields/links.py": "the tables of links",
    "portal/foresight/anew.py": "figures for a draft: counts and moves, never values",
    "portal/foresight/breaks.py": "rows of the forecast's file, see the page",
    "portal/foresight/flows.py": "the number of runs",
    "portal/foresight/questions.py": "conditions of a rule, as its own columns",
    "portal/foresight/past.py": "who would have moved: ids and levels",
    "portal/insights/measures.py": "the number of records",
    "portal/integrations/exports.py": "the ids of the records that may be taken out",
    "portal/integrations/references.py": "what a cell names, of the fields that `reading` gives",
    "portal/integrations/twins.py": "which rows of a file are known; the file's own values are compared",
    "portal/providers/asking.py": "the ids of the records that are due",
    "portal/providers/listing.py": "the ids of the records within reach",
    "portal/surveys/results.py": "the ids of the records within reach",
    "portal/sales/tasks.py": "whether a task is done, asked by a workflow",
}


SAYS = re.compile(r"(\.type|\bkind)\.(text|named|input_text|drawn|export_named)\(")
# Who turns values into words outside, and why nobody sees a record's value by it, or where it was noted that they do.
UNSEEN = {
    "portal/blueprints/imports/standing.py": "a cell of the file that its bringer gave",
    "portal/blueprints/quality/figures.py": "names of issues, no values of records",
    "portal/blueprints/records/board.py": "what was just typed",
    "portal/blueprints/records/conflict.py": "what was just typed, and what `Record.value` gave",
    "portal/blueprints/values.py": "beside `Record.text`",
    "portal/campaigns/audience.py": "goes into mails; a preview notes it by `reading.seen`",
    "portal/foresight/breaks.py": "rows of a file that `reading.passing` notes",
    "portal/insights/measures.py": "names of groups, with the number of records in each",
    "portal/insights/tables.py": "figures of named sources",
    "portal/integrations/exports.py": "beside `Record.value`",
    "portal/integrations/likely.py": "a cell of the file that its bringer gave",
    "portal/rules/assignment/shelf.py": "fields that are not guarded",
    "portal/rules/bulk_changes.py": "what was just typed",
    "portal/rules/assignment/skills.py": "the portal itself compares",
    "portal/rules/record_actions.py": "a value that a document writes",
    "portal/sales/mending.py": "names of issues, no values of records",
    "portal/surveys/answering.py": "what the customer just answered",
}


def outside() -> list[tuple[str, str]]:
    return [(path, text) for path, _tree, text in modules() if not path.startswith(ROOMS)]


def test_no_door_reads_columns_of_its_own() -> None:
    found = {path for path, text in outside() if COLUMNS.search(text)}
    assert found <= WITHOUT.keys(), f"let records.reading give the columns: {sorted(found - WITHOUT.keys())}"
    assert WITHOUT.keys() <= found, f"no longer read columns: {sorted(WITHOUT.keys() - found)}"


def test_no_door_says_itself_what_may_be_read_or_is_masked() -> None:
    found = [path for path, text in outside() if OWN_RULE.search(text) and "layout_outline" not in path]
    assert not found, f"ask records.reading: {found}"
    masks = [path for path, text in outside() if re.search(r"\.mask\(", text) and not path.startswith("portal/fields/")]
    assert not masks, f"ask records.reading.said: {masks}"


def test_no_door_says_a_value_without_leaving_a_look() -> None:
    rooms = ("portal/fields/", "portal/records/", "portal/schema/")
    found = {path for path, _tree, text in modules() if not path.startswith(rooms) and SAYS.search(text)}
    assert found <= UNSEEN.keys(), f"let Record or records.reading say it: {sorted(found - UNSEEN.keys())}"
    assert UNSEEN.keys() <= found, f"no longer say values: {sorted(UNSEEN.keys() - found)}"


def test_the_rules_see_what_they_look_for() -> None:
    assert COLUMNS.search("rows = tables.table_of(entity)") and COLUMNS.search("table_of = records.tables.table_of(x)")
    assert OWN_RULE.search("if policy.access(person, entity.fields[entity.title]) < Access.READ:")
    assert OWN_RULE.search("policy.access(self.person, one) >= policy.Access.READ")
    assert not OWN_RULE.search("policy.access(person, field) >= Access.WRITE")
