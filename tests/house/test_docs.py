"""The docs cannot rot: links lead somewhere, targets and packages they name exist."""

import ast
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


CODE_FILE = re.compile(r"[\w/]+\.py\b")
NOT_OURS = {"env.py"}
"""What Alembic usually makes; a decision says that there is none."""


def test_files_of_code_that_docs_name_exist() -> None:
    have = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py")]
    lost = {
        f"{name(page)}: {file}"
        for page in PAGES
        if page.name != "CHANGELOG.md"  # names what was, when it was
        for file in set(CODE_FILE.findall(page.read_text("utf-8"))) - NOT_OURS
        if not any(path == file or path.endswith(f"/{file}") for path in have)
    }
    assert lost == set()


def test_make_targets_that_docs_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.M)
    }
    assert {"demo", "test"} <= named
    assert named - targets == set()


def test_the_folders_are_told_as_they_say_themselves() -> None:
    told = (ROOT / "docs" / "explanation" / "design.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_/]+)/` \| (.+) \|$", told, re.M))
    packages = ("layers", "scoring", "riskmap", "web")
    inits = [path for package in packages for path in (ROOT / package).rglob("__init__.py")]
    assert rows == {
        path.parent.relative_to(ROOT).as_posix(): ast.get_docstring(
            ast.parse(path.read_text("utf-8"))
        )
        for path in inits
        if "node_modules" not in path.parts
    }


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
