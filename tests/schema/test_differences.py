"""How two sets of documents differ."""

from portal.schema import differences


def test_added_removed_changed():
    old = {"a": "one\ntwo\n", "b": "x\n", "same": "s\n"}
    new = {"a": "one\n2\n", "c": "y"}
    found = {item.path: item for item in differences.between(old, {**new, "same": "s\n"})}
    assert {path: item.kind for path, item in found.items()} == {"a": "changed", "b": "removed", "c": "added"}
    assert (found["a"].added, found["a"].removed) == (1, 1)
    assert [line.text for line in found["a"].lines if line.sign == "+"] == ["2"]


def test_as_patch():
    assert "".join(differences.text({"a": "x\n"}, {"a": "y\n"})) == "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n"
    assert differences.text({"a": "x"}, {"a": "x"}) == []
