"""The docs cannot rot: links lead somewhere, targets and packages they name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def name(page: Path) -> str:
    """Return the page's path below the repository."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_pattern_finds_links() -> None:
    assert LINK.findall("see [this](a/b.md#c) and ![p](d.png)") == ["a/b.md", "d.png"]


def test_make_targets_that_docs_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.M)
    }
    assert {"demo", "test"} <= named
    assert named - targets == set()


def test_decisions_are_numbered_without_gap_and_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    long = {r.name: n for r in records if (n := len(r.read_text("utf-8").splitlines())) > 45}
    assert long == {}


def test_every_picture_of_the_docs_is_shown_somewhere() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text("utf-8"))
        if link.endswith(".png")
    }
    kept = {path.resolve() for path in (ROOT / "docs").rglob("*.png")}
    assert sorted(path.name for path in kept - shown) == []
