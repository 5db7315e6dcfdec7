"""The documents' generated parts are what the code says."""

from __future__ import annotations

import pytest

from scripts import docs


@pytest.mark.parametrize(("document", "part", "make"), docs.PARTS, ids=[part[0] for part in docs.PARTS])
def test_it_is_fresh(document: str, part: str, make: object) -> None:
    assert callable(make)
    text = (docs.ROOT / document).read_text("utf-8")
    assert docs.fresh(document, part, make) == text, "run make docs"


def test_the_readme_names_only_files_that_exist() -> None:
    import re

    text = (docs.ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert targets
    assert [target for target in targets if not (docs.ROOT / target).exists()] == []
