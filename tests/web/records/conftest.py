"""A district of two towns with the people who enter records, and a clock that stands still."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from shapely.geometry import Point, box, mapping

from riskmap.access import sessions, tokens, users
from riskmap.access.actors import command_line
from riskmap.access.tables import users as user_table
from riskmap.imports import ReadOptions, import_layer
from riskmap.workspace import Workspace, init_workspace, open_workspace
from web.access import SESSION_COOKIE
from web.app import create_app

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=ZONE)
WEST, EAST = ("339901001", "西街道", 121.01, 28.61), ("339901002", "东镇", 121.03, 28.61)
FIRM, OTHER = "91339901MA0000001X", "91339901MA0000002X"
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "duty": {"name": "周值班", "role": "duty"},
    "second": {"name": "吴值班", "role": "duty"},
    "town": {"name": "李填报", "role": "reporter", "town": WEST[0]},
    "inspector": {"name": "王检查", "role": "inspector", "domains": ("消防",)},
    "viewer": {"name": "赵查看", "role": "viewer"},
    "firm": {"name": "钱厂长", "role": "enterprise", "enterprise_id": FIRM},
}


@dataclass(frozen=True)
class Office:
    """A workspace, the sessions of its people, a machine's token, and a client per person."""

    root: Path
    workspace: Workspace
    app: Any
    cookies: Mapping[str, str]
    tokens: Mapping[str, str]
    machine: str

    def client(self, login: str | None = None) -> TestClient:
        """A browser of somebody, or of nobody; redirects are not followed."""
        client = TestClient(self.app, follow_redirects=False)
        if login:
            client.cookies.set(SESSION_COOKIE, self.cookies[login])
        return client

    def post(self, login: str, path: str, fields: Mapping[str, Any], **more: Any) -> Any:
        """Send a form as somebody, with the token of the session."""
        data = {"csrf": self.tokens[login], **fields}
        return self.client(login).post(path, data=data, **more)

    def send(self, body: Any, token: str | None = None) -> Any:
        """Send device messages with the machine's token."""
        headers = {"Authorization": f"Bearer {token or self.machine}"}
        return self.client().post("/api/v1/devices/messages", json=body, headers=headers)


def layer(workspace: Workspace, name: str, folder: Path, features: list[dict[str, Any]]) -> None:
    """Import a layer from GeoJSON features."""
    file = folder / f"{name}.geojson"
    document = {"type": "FeatureCollection", "features": features}
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    import_layer(workspace, name, [file], ReadOptions(crs="EPSG:4490"), now=NOW)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": mapping(geometry)}


def make_district(root: Path) -> tuple[dict[str, str], dict[str, str], str]:
    """Make the district and its people; give their cookies, form tokens, a machine's token."""
    init_workspace(root, "两镇区", "339901")
    workspace = open_workspace(root)
    towns = [
        feature(box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01), code=code, name=name)
        for code, name, lon, lat in (WEST, EAST)
    ]
    layer(workspace, "towns", root.parent, towns)
    firm = feature(Point(121.01, 28.61), id=FIRM, name="西街道化工厂", town="西街道")
    other = feature(Point(121.03, 28.61), id=OTHER, name="东镇木器厂", town="东镇")
    layer(workspace, "enterprises", root.parent, [firm, other])
    administrator = command_line("test")
    cookies, csrf = {}, {}
    for login, attributes in PEOPLE.items():
        users.add_user(workspace, administrator, login=login, now=NOW, **attributes)
        with workspace.write() as connection:
            changed = sa.update(user_table).where(user_table.c.login == login)
            connection.execute(changed.values(must_change_password=False))
        user = users.find_user(workspace, login)
        assert user is not None
        with workspace.write() as connection:
            cookies[login], session = sessions.open_session(
                connection, user, address="127.0.0.1", agent="test",
                settings=workspace.settings.access, now=NOW,
            )  # fmt: skip
        csrf[login] = session.csrf
    _, machine = tokens.issue_token(
        workspace, administrator, name="采集器", scopes=("device.send",), days=30, now=NOW
    )
    workspace.close()
    return cookies, csrf, machine


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The district, made once: each test gets its own copy."""
    root = tmp_path_factory.mktemp("office") / "district"
    return root, make_district(root)


@pytest.fixture
def office(built: tuple[Path, Any], tmp_path: Path) -> Iterator[Office]:
    """A fresh district on 30 June 2026, 09:00."""
    root = tmp_path / "district"
    shutil.copytree(built[0], root)
    app = create_app(root)
    app.state.clock = lambda: NOW
    with open_workspace(root) as workspace:
        yield Office(root, workspace, app, *built[1])
    app.state.workspace.close()
