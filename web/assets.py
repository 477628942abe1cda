"""Own and vendored static files: addresses that carry a content hash, cached for ever."""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
REQUIRED = (
    "app.css",
    "map.js",
    "vendor/leaflet/leaflet.js",
    "vendor/leaflet/leaflet.css",
    "vendor/echarts/echarts.min.js",
    "vendor/swagger-ui/swagger-ui-bundle.js",
    "vendor/swagger-ui/swagger-ui.css",
    "vendor/fonts/noto-sans-sc.css",
)
"""Files without which no page is whole; `/readyz` names the missing ones."""

_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<digest>[0-9a-f]{12})(?P<suffix>\.[^./]+)$")
_LINK = re.compile(r"url\((?P<quote>['\"]?)(?P<path>[^'\")]+)(?P=quote)\)")


@dataclass(frozen=True)
class Asset:
    """One static file as it is sent: its bytes, its type and the address with its hash."""

    name: str
    url: str
    body: bytes
    media_type: str


class Assets:
    """All files below one folder, read once; stylesheets link to hashed names too."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self._assets: dict[str, Asset] = {}
        names = sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        for name in sorted(names, key=lambda each: each.endswith(".css")):
            self._add(name)

    def _add(self, name: str) -> None:
        body = (self.folder / name).read_bytes()
        if name.endswith(".css"):
            body = self._with_hashed_links(name, body)
        digest = hashlib.sha256(body).hexdigest()[:12]
        stem, _, suffix = name.rpartition(".")
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith((".css", ".js")):
            media_type = f"{media_type}; charset=utf-8"
        self._assets[name] = Asset(name, f"/static/{stem}.{digest}.{suffix}", body, media_type)

    def _with_hashed_links(self, name: str, body: bytes) -> bytes:
        base = (self.folder / name).parent

        def hashed(match: re.Match[str]) -> str:
            path = match["path"]
            target = (base / path).resolve()
            if path.startswith(("data:", "#")) or not target.is_relative_to(self.folder.resolve()):
                return match[0]
            linked = self._assets.get(target.relative_to(self.folder.resolve()).as_posix())
            return f"url({linked.url})" if linked else match[0]

        return _LINK.sub(hashed, body.decode("utf-8")).encode("utf-8")

    def url(self, name: str) -> str:
        """Return the address of a file by its plain name.

        Raises
        ------
        KeyError
            There is no such file; the build step was left out.
        """
        if name not in self._assets:
            raise KeyError(f"静态文件缺失：{name}。请先运行 python -m web.build_assets")
        return self._assets[name].url

    def missing(self) -> list[str]:
        """Return the required files that are not there."""
        return [name for name in REQUIRED if name not in self._assets]

    def find(self, path: str) -> tuple[Asset | None, bool]:
        """Return the file for a path below `/static/` and whether the path carried its hash."""
        match = _HASHED.match(path)
        if match:
            asset = self._assets.get(match["stem"] + match["suffix"])
            if asset and asset.url == f"/static/{path}":
                return asset, True
        return self._assets.get(path), False


def serve(request: Request, path: str) -> Response:
    """Answer `/static/{path}`: for ever under the hashed name, re-validated under the plain."""
    assets: Assets = request.app.state.assets
    asset, hashed = assets.find(path)
    if asset is None:
        return Response("没有这个文件", status_code=404, media_type="text/plain; charset=utf-8")
    cache = FOREVER if hashed else "no-cache"
    return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": cache})
