"""What is kept in git: nothing large, no registry's address, no path of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGE = 200_000
RASTERS_AND_PICTURES = {".tif", ".png"}
NAMES_OF_REGISTRIES = (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
    ("registry", "yarnpkg"), ("deb", "debian", "org"), ("mirrors", "aliyun"), ("tuna", "tsinghua"),
)  # fmt: skip
HOSTS = re.compile("|".join(r"\.".join(parts) for parts in NAMES_OF_REGISTRIES) + "|npm" + "mirror")
"""Put together from parts, so that this file names none either."""
MACHINE_PATHS = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:root|home/[a-z]+|Users/[A-Za-z]+)/")


def kept() -> list[Path]:
    """Return the files git tracks, and those it would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """Return a file's text, or nothing for a binary file."""
    raw = path.read_bytes()
    return "" if b"\0" in raw[:8000] else raw.decode("utf-8", errors="replace")


def test_nothing_large() -> None:
    large = {
        str(path.relative_to(ROOT)): path.stat().st_size
        for path in kept()
        if path.stat().st_size > LARGE and path.suffix not in RASTERS_AND_PICTURES
    }
    assert large == {}


@pytest.mark.parametrize("pattern", [HOSTS, MACHINE_PATHS], ids=["registry hosts", "paths"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in kept()
        for match in pattern.finditer(text_of(path))
    ]
    assert found == []


def test_the_patterns_find_what_they_look_for() -> None:
    for parts in NAMES_OF_REGISTRIES:
        assert HOSTS.search(f'"resolved": "https://{".".join(parts)}/leaflet"')
    assert MACHINE_PATHS.search("see " + "/".join(["", "home", "someone", "riskmap"]))


def test_no_foreign_asset_is_kept() -> None:
    foreign = re.compile(r"\.(?:woff2?|ttf|otf|min\.js|min\.css)$")
    assert [p for p in kept() if foreign.search(p.name)] == []


def test_lock_files_are_pinned_with_hashes() -> None:
    for name in ("runtime.lock", "web.lock", "dev.lock"):
        lines = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
        loose = [
            line for line in lines if line.strip() and not re.match(r"\S+==\S+ .*--hash=", line)
        ]
        assert loose == []
