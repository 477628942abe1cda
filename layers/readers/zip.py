"""Zip archives: unpacked beside each other, so that every reader serves them too."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from layers.errors import InputError

_UTF8_NAME = 0x800
_SIDE_FILES = {
    ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".qix", ".idm", ".ind", ".xml",
    ".qmd", ".qml", ".sld", ".md", ".pdf", ".doc", ".docx", ".htm", ".html", ".jpg", ".png",
}  # fmt: skip
_LIMIT_BYTES = 8 * 1024**3


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; names not marked as UTF-8 are GB18030 where that fits.

    Chinese Windows writes names in GBK without a mark, which zipfile shows as CP437.
    """
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack an archive into a folder and return the sources in it.

    A source is a file that is not a companion of another (.dbf, .prj, ...), or a .gdb folder.

    Raises
    ------
    InputError
        When the file is no zip, is encrypted, damaged, too large, or has a path that leaves
        its folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if sum(info.file_size for info in members) > _LIMIT_BYTES:
                raise InputError(f"{path.name} 解压后超过 8 GB", "", "分成几个文件导入")
            for info in members:
                target = folder / _safe(_member_name(info), path.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise InputError(f"{path.name} 不是完整的 zip", error, "重新打包后导入") from error
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(f"{path.name} 解不开", error, "去掉密码，用普通 zip 重新打包") from error
    return _sources(folder)


def _safe(name: str, archive: str) -> Path:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        raise InputError(f"{archive} 里的路径不安全", name, "重新打包后导入")
    return Path(*parts)


def _sources(folder: Path) -> list[Path]:
    databases = [path for path in folder.rglob("*.gdb") if path.is_dir()]
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix.lower() not in _SIDE_FILES
        and "__MACOSX" not in path.parts
        and not path.name.startswith(".")
        and not any(base in path.parents for base in databases)
    ]
    return [*sorted(databases), *files]
