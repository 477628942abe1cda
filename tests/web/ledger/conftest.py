"""A district of two towns, four people with sessions, and a clock that the test sets."""

import contextlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from PIL import Image, ImageDraw
from shapely.geometry import box, mapping

from riskmap.access import sessions, users
from riskmap.access.actors import Actor, command_line
from riskmap.access.tables import users as user_table
from riskmap.imports import ReadOptions, import_layer
from riskmap.ledger import dangers
from riskmap.ledger.versions import Danger
from riskmap.workspace import Workspace, init_workspace, open_workspace
from web.access import SESSION_COOKIE
from web.app import create_app

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=ZONE)
WEST, EAST = ("339901001", "西街道", 121.01, 28.61), ("339901002", "东镇", 121.03, 28.61)
"""Code, name and the middle of the two towns, each 0.02° wide."""
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "duty": {"name": "周值班", "role": "duty"},
    "second": {"name": "吴值班", "role": "duty"},
    "town": {"name": "李填报", "role": "reporter", "town": WEST[0]},
    "inspector": {"name": "王检查", "role": "inspector", "domains": ("消防",)},
    "viewer": {"name": "赵查看", "role": "viewer"},
}


@dataclass(frozen=True)
class House:
    """A workspace, the cookies and csrf tokens of its people, and a client per person."""

    root: Path
    workspace: Workspace
    app: Any
    cookies: Mapping[str, str]
    tokens: Mapping[str, str]
    now: datetime = NOW

    @staticmethod
    def jpeg(shade: int = 90, size: tuple[int, int] = (640, 480), exif: bytes = b"") -> bytes:
        """Return a real JPEG: a stairwell with `shade` cartons; other shades are other photos."""
        wide, high = size
        picture = Image.new("RGB", size, (214, 210, 202))
        draw = ImageDraw.Draw(picture)
        draw.polygon(
            [(0, high), (wide // 5, high * 2 // 3), (wide * 4 // 5, high * 2 // 3), size],
            fill=(150, 146, 140),
        )
        draw.rectangle(
            (wide * 3 // 8, high // 6, wide * 5 // 8, high * 2 // 3),
            fill=(112, 124, 122), outline=(80, 88, 88), width=4,
        )  # fmt: skip
        for i in range(shade % 7 + 2):
            left, top = wide // 4 + i % 4 * wide // 8, high * 3 // 4 - i // 4 * high // 7
            box_at = (left, top - high // 7, left + wide // 9, top)
            draw.rectangle(box_at, fill=(176, 132 + shade % 30, 84), outline=(120, 88, 52), width=3)
        out = io.BytesIO()
        picture.save(out, "JPEG", exif=exif)
        return out.getvalue()

    def client(self, login: str | None = None) -> TestClient:
        """Return a browser of somebody, or of nobody; redirects are not followed."""
        client = TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)
        if login:
            client.cookies.set(SESSION_COOKIE, self.cookies[login])
        return client

    def post(
        self, login: str, path: str, fields: Mapping[str, Any], **files: Any
    ) -> httpx2.Response:
        """Send a form as somebody, with the token of the session."""
        data = {"csrf": self.tokens[login], **fields}
        sent = [("photos", one) for one in files.get("photos", [])]
        return self.client(login).post(path, data=data, files=sent or None)

    def actor(self, login: str) -> Actor:
        """Return who somebody is below the routes."""
        user = users.find_user(self.workspace, login)
        assert user is not None
        return user.actor("127.0.0.1")

    def report(self, login: str = "duty", **fields: Any) -> Danger:
        """Report a danger in the western town, below the routes."""
        given = {"town": WEST[0], "domain": "消防", "grade": "general", "description": "通道被堵"}
        return dangers.report(self.workspace, self.actor(login), given | fields, now=NOW)

    def act(self, login: str, danger: Danger, action: str, **fields: Any) -> Danger:
        """Do an action below the routes, on the version given."""
        photos = fields.pop("photos", ())
        return dangers.act(
            self.workspace, self.actor(login), danger.number, action, fields,
            version=danger.version, photos=photos, now=NOW,
        )  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """The cookies and csrf tokens of the people of a workspace."""

    cookies: Mapping[str, str]
    tokens: Mapping[str, str]


def make_district(root: Path, now: datetime) -> Keys:
    """Make the workspace of the two towns with its people, each with an open session."""
    init_workspace(root, "两镇区", "339901")
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "population": 1000},
            "geometry": mapping(box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)),
        }
        for code, name, lon, lat in (WEST, EAST)
    ]
    file = root.parent / "towns.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    keys = Keys({}, {})
    with open_workspace(root) as workspace:
        import_layer(workspace, "towns", [file], ReadOptions(crs="EPSG:4490"), now=now)
        for login, attributes in PEOPLE.items():
            cookie, token = add_person(workspace, login, attributes, now)
            keys = Keys({**keys.cookies, login: cookie}, {**keys.tokens, login: token})
    return keys


def add_person(
    workspace: Workspace, login: str, attributes: Mapping[str, Any], now: datetime
) -> tuple[str, str]:
    """Make an account that need not change its password; return cookie and csrf token."""
    admin, table = command_line("test"), user_table
    user, _ = users.add_user(workspace, admin, login=login, now=now, **attributes)
    with workspace.write() as connection:
        connection.execute(
            sa.update(table).where(table.c.id == user.id).values(must_change_password=False)
        )
        cookie, session = sessions.open_session(
            connection, user, address="127.0.0.1", agent="test",
            settings=workspace.settings.access, now=now,
        )  # fmt: skip
    return cookie, session.csrf


@contextlib.contextmanager
def opened(root: Path, keys: Keys, now: datetime | None) -> Iterator[House]:
    """Open a district with its service; without `now` the clock is the real one."""
    app = create_app(root)
    if now is not None:
        app.state.clock = lambda: now
    with open_workspace(root) as workspace:
        yield House(root, workspace, app, keys.cookies, keys.tokens)
    app.state.workspace.close()


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keys]:
    """Make the district of 30 June 2026, 09:00 once; every test gets a copy."""
    root = tmp_path_factory.mktemp("ledger") / "district"
    return root, make_district(root, NOW)


@pytest.fixture
def house(tmp_path: Path, district: tuple[Path, Keys]) -> Iterator[House]:
    """Return a fresh district on 30 June 2026, 09:00."""
    root, keys = district
    shutil.copytree(root, tmp_path / "district")
    with opened(tmp_path / "district", keys, NOW) as made:
        yield made


@pytest.fixture
def live_house(tmp_path: Path) -> Iterator[House]:
    """Return a fresh district of today, for a real browser."""
    keys = make_district(tmp_path / "district", datetime.now(ZONE))
    with opened(tmp_path / "district", keys, None) as made:
        yield made
