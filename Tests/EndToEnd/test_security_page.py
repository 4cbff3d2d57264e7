"""docs/security.md names the tests that show what it says; anybody can run them, so they have to be there."""

import re

from webserver_files import ROOT


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs/security.md").read_text()
    python = "\n".join(file.read_text() for file in (ROOT / "Tests/EndToEnd").glob("test_*.py"))
    swift = "\n".join(file.read_text() for file in (ROOT / "Tests").glob("*/*.swift"))
    named = re.findall(r"`(test_\w+)`", page)
    suites = re.findall(r"`([A-Z]\w+Tests)(?:\.(\w+))?`", page)
    assert len(named) > 50 and len(suites) > 10
    assert [name for name in named if f"def {name}(" not in python] == []
    assert [suite for suite, _ in suites if f"struct {suite}" not in swift] == []
    assert [test for _, test in suites if test and f"func {test}(" not in swift] == []
