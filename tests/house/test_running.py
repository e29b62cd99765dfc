"""The page about settings and commands says what the code says."""

import importlib.util

from tests.house.sources import ROOT


def test_running_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("write_running", ROOT / "tools" / "write_running.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.FILE.read_text(encoding="utf-8") == module.page(), "run: python tools/write_running.py"
