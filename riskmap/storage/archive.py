"""The file of a backup: a zip whose manifest names every member with its size and sha256."""

import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

from riskmap.errors import WorkspaceError
from riskmap.storage.database import HEAD_REVISION
from riskmap.workspace import DATABASE_FILE, SETTINGS_FILE

FORMAT, VERSION = "riskmap-backup", 1
MANIFEST = "manifest.json"
KEPT_FOLDERS = ("layers", "photos", "schemes", "calendars", "products")
"""Folders of a workspace that a backup holds; what else lies there is not riskmap's."""

LONGEST_MANIFEST = 512 * 1024 * 1024
_CHUNK = 1 << 20
_PACKED = frozenset(
    {".parquet", ".tif", ".jpg", ".jpeg", ".png", ".webp", ".zip", ".xlsx", ".docx"}
)
_MEND = "换一份完好的备份；工作区未作任何改动"


@dataclass(frozen=True)
class Member:
    """A file of the archive: its size and the sha256 of its content."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the archive says of itself; `digest` is the sha256 of the manifest's own text."""

    about: Mapping[str, Any]
    members: Mapping[str, Member]
    digest: str


@contextmanager
def new_archive(path: Path) -> Iterator["Writer"]:
    """Write an archive whole or not at all: a neighbour is written, checked, synced, renamed.

    Only its owner can read the file: it holds the data of persons.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as handle:
            draft.chmod(0o600)
            with zipfile.ZipFile(handle, "w", allowZip64=True) as file:
                writer = Writer(file, {})
                yield writer
            handle.flush()
            os.fsync(handle.fileno())
        with opened_archive(draft) as (file, manifest):
            for name in manifest.members:
                check_member(file, manifest, name)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Writer:
    """An archive that is being written, and its members so far."""

    file: zipfile.ZipFile
    members: dict[str, Member]

    def add(self, name: str, path: Path) -> None:
        """Add a file as it is now."""
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o600 << 16
        packed = path.suffix.lower() in _PACKED
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        with path.open("rb") as source, self.file.open(info, "w", force_zip64=True) as sink:
            self.members[name] = _copied(source, sink)

    def finish(self, about: Mapping[str, Any]) -> str:
        """Write the manifest, the last member; return its sha256."""
        members = {name: vars(member) for name, member in sorted(self.members.items())}
        document = {"format": FORMAT, "version": VERSION, **about, "members": members}
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8")
        info = zipfile.ZipInfo(MANIFEST)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        self.file.writestr(info, text)
        return sha256(text).hexdigest()


@contextmanager
def opened_archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Give an archive and its manifest, whose list of members is the archive's own.

    Raises
    ------
    WorkspaceError
        The file is no backup of riskmap, is cut, damaged, or of a newer version.
    """
    if not path.is_file():
        raise WorkspaceError("没有这个备份文件", path, "核对路径")
    with _damage(path), zipfile.ZipFile(path) as file:
        manifest = _manifest(path, file)
        names = [info.filename for info in file.infolist()]
        if sorted(names) != sorted([*manifest.members, MANIFEST]):
            raise _damaged(path, "文件清单与内容不符")
        yield file, manifest


def check_member(
    file: zipfile.ZipFile, manifest: Manifest, name: str, into: Path | None = None
) -> None:
    """Read a member whole and compare it with the manifest; write it to a file as it is read.

    Raises
    ------
    WorkspaceError
        Its size or its content is not what the manifest says.
    """
    expected = manifest.members[name]
    info = file.getinfo(name)
    with _damage(name):
        if info.file_size != expected.bytes:
            raise _damaged(name, "大小与清单不符")
        with file.open(info) as source:
            if into is None:
                found = _copied(source, None)
            else:
                into.parent.mkdir(parents=True, exist_ok=True)
                with into.open("xb") as sink:
                    found = _copied(source, sink)
                    sink.flush()
                    os.fsync(sink.fileno())
    if found != expected:
        raise _damaged(name, "内容与清单的摘要不符")


def _copied(source: IO[bytes], sink: IO[bytes] | None) -> Member:
    found, size = sha256(), 0
    while chunk := source.read(_CHUNK):
        found.update(chunk)
        size += len(chunk)
        if sink is not None:
            sink.write(chunk)
    return Member(size, found.hexdigest())


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in file.namelist():
        raise _foreign(path, "没有清单")
    if file.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
        raise _damaged(path, "清单过大")
    text = file.read(MANIFEST)
    try:
        about = json.loads(text)
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise _foreign(path, "清单不是 riskmap 的")
        members = {
            _safe(path, name): Member(int(said["bytes"]), str(said["sha256"]))
            for name, said in about.pop("members").items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, WorkspaceError):
            raise
        raise _damaged(path, "清单读不出来") from error
    if about.get("version") != VERSION or str(about.get("revision", "")) > HEAD_REVISION:
        raise WorkspaceError(
            "备份由更新版本的 riskmap 写成", path, "升级 riskmap 后再恢复；工作区未作任何改动"
        )
    if not {SETTINGS_FILE, DATABASE_FILE} <= set(members):
        raise _damaged(path, "缺少设置或数据库")
    return Manifest(about, members, sha256(text).hexdigest())


def _safe(path: Path, name: str) -> str:
    """Return the name of a member that lies where a backup's members lie."""
    parts = PurePosixPath(name).parts
    plain = str(PurePosixPath(name)) == name and "\\" not in name and "\x00" not in name
    inside = len(parts) > 1 and parts[0] in KEPT_FOLDERS and ".." not in parts
    if not plain or not (inside or name in (SETTINGS_FILE, DATABASE_FILE)):
        raise _damaged(path, f"成员 {name!r} 的位置不对")
    return name


@contextmanager
def _damage(place: object) -> Iterator[None]:
    """Turn what the zip library says of a damaged file into one clear error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
        if isinstance(error, zipfile.BadZipFile) and "not a zip file" in str(error):
            raise WorkspaceError("不是 riskmap 的备份，或备份不完整", place, _MEND) from error
        raise _damaged(place, str(error)) from error
    except (RuntimeError, UnicodeDecodeError) as error:  # "is encrypted", a name that is no text
        raise _damaged(place, str(error)) from error


def _damaged(place: object, why: str) -> WorkspaceError:
    return WorkspaceError("备份已损坏", f"{place}（{why}）", _MEND)


def _foreign(place: object, why: str) -> WorkspaceError:
    return WorkspaceError("不是 riskmap 的备份", f"{place}（{why}）", _MEND)
