"""The ceilings of size: files, functions, templates."""

import ast

from tests.house.sources import modules, templates

FILE, FUNCTION, TEMPLATE = 300, 45, 120


def test_files_are_short() -> None:
    long = [
        f"{path}: {count} lines" for path, _tree, text in modules("portal", "tests") if (count := _lines(text)) > FILE
    ]
    assert not long, "\n".join(long)


def test_functions_are_short() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}: {length} lines"
        for path, tree, _text in modules("portal", "tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION
    ]
    assert not long, "\n".join(long)


def test_templates_are_short() -> None:
    long = [f"{name}: {count} lines" for name, text in templates().items() if (count := _lines(text)) > TEMPLATE]
    assert not long, "\n".join(long)


def _lines(text: str) -> int:
    return len(text.splitlines())
