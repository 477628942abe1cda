"""The floors of the house: imports go down only, without circles, and files stay short."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARROWS: dict[str, frozenset[str]] = {
    "web": frozenset({"riskmap"}),
    "riskmap": frozenset({"layers", "scoring"}),
    "layers": frozenset(),
    "scoring": frozenset(),
}
"""Package -> packages of the house it may import."""

MOST_LINES = 400


def modules(package: str, root: Path = ROOT) -> dict[str, Path]:
    """Return every module of a package by its dotted name."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Yield what a file imports, also inside functions; `from a import b` as a.b if a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                assert alias.name != "*", f"{path}: star import"
                dotted = f"{node.module}.{alias.name}"
                yield dotted if dotted in known else node.module


def climbing(root: Path = ROOT) -> list[str]:
    """Return every import that an arrow of the table does not allow."""
    wrong = []
    for package, allowed in ARROWS.items():
        for name, path in modules(package, root).items():
            for target in imports(path, set()):
                top = target.partition(".")[0]
                if top in ARROWS and top != package and top not in allowed:
                    wrong.append(f"{name} -> {target}")
    return wrong


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return one circle of imports, or an empty list."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if found := visit(target, [*trail, name]):
                return found
        done.add(name)
        return []

    for name in sorted(graph):
        if found := visit(name, []):
            return found
    return []


def test_imports_go_down_only() -> None:
    assert climbing() == []


def test_the_guard_sees_an_arrow_that_climbs(tmp_path: Path) -> None:
    for package in ARROWS:
        (tmp_path / package).mkdir()
    (tmp_path / "layers" / "bad.py").write_text("def f():\n    from riskmap import daily\n")
    assert climbing(tmp_path) == ["layers.bad -> riskmap"]


def test_no_circles() -> None:
    known = {name: path for package in ARROWS for name, path in modules(package).items()}
    graph = {
        name: {target for target in imports(path, set(known)) if target in known} - {name}
        for name, path in known.items()
    }
    assert circle(graph) == []


def test_the_guard_sees_a_circle() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_files_are_short(package: str) -> None:
    lengths = {name: len(p.read_text("utf-8").splitlines()) for name, p in modules(package).items()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_init_holds_one_docstring(package: str) -> None:
    for path in (ROOT / package).rglob("__init__.py"):
        body = ast.parse(path.read_text("utf-8")).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


def test_no_drawer_for_things_without_a_name() -> None:
    names = {name.rpartition(".")[2] for package in ARROWS for name in modules(package)}
    assert names & {"util", "utils", "common", "helpers", "misc"} == set()
