"""What proves a source: its bytes, and those of its companions."""

import hashlib
from pathlib import Path
from typing import Any

from layers.readers.raw import RawTable


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and hashes in a folder (.gdb)."""
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        text = "".join(f"{file.relative_to(path)} {sha256_of(file)}\n" for file in inside)
        return hashlib.sha256(text.encode()).hexdigest()
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def source_facts(path: Path, raw: RawTable | None) -> dict[str, Any]:
    """Return what proves and describes a source: file, SHA-256 and how it was read."""
    entry: dict[str, Any] = {"file": path.name, "sha256": sha256_of(path)}
    if path.suffix.lower() == ".shp":
        beside = [path.with_suffix(end) for end in (".dbf", ".shx", ".prj", ".cpg")]
        entry["companions"] = {p.name: sha256_of(p) for p in beside if p.exists()}
    if raw is not None:
        entry |= {"rows": len(raw.frame), "sheet": raw.sheet, "encoding": raw.encoding}
        entry["crs"] = raw.crs
    return entry
