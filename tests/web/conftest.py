"""A small sample district by the user's commands, served on a free port, and a real browser.

The district is the shipped sample with one hostile name in it; 8 days are computed. The browser
reaches nothing but the test server.
"""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright
from starlette.testclient import TestClient

from riskmap.cli.demo import CODE, NAME, run_line
from riskmap.daily.computing import compute_day, store_day
from riskmap.paths import data_dir
from riskmap.sample.district import make_district
from riskmap.workspace import init_workspace, open_workspace
from web.app import create_app

LAST_DAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
HOSTILE = "<script>window.hostile=1</script><img src=x onerror=window.hostile=2>"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="session")
def sample_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district with 8 days; the first hazard source is called `HOSTILE`."""
    root = tmp_path_factory.mktemp("sample") / "district"
    run_line(f"riskmap init {root} --name {NAME} --code {CODE}")
    make_district(root / "raw", end=LAST_DAY)
    sources = root / "raw" / "hazard_sources.geojson"
    document = json.loads(sources.read_text("utf-8"))
    column = next(key for key in document["features"][0]["properties"] if "名称" in key)
    document["features"][0]["properties"][column] = HOSTILE
    sources.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    lines = (data_dir() / "sample" / "commands.txt").read_text("utf-8").splitlines()
    with contextlib.chdir(root):
        for line in lines:
            if line.strip() and not line.startswith("#"):
                run_line(line)
    now = datetime.now(UTC)
    with open_workspace(root) as workspace:
        for back in range(7, -1, -1):
            day = LAST_DAY - timedelta(days=back)
            store_day(workspace, compute_day(workspace, day, now=now))
    return root


@pytest.fixture(scope="session")
def sample_client(sample_root: Path) -> Iterator[TestClient]:
    """A client of the sample district without a server."""
    with TestClient(create_app(sample_root)) as client:
        yield client


@pytest.fixture(scope="session")
def bare_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a workspace in which nothing was computed."""
    root = tmp_path_factory.mktemp("bare") / "district"
    init_workspace(root, NAME, CODE)
    with TestClient(create_app(root)) as client:
        yield client


@contextlib.contextmanager
def served(root: Path) -> Iterator[str]:
    """Serve a workspace on a free port of this machine; give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(root), log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the test server did not start")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@pytest.fixture(scope="session")
def serving() -> Callable[[Path], contextlib.AbstractContextManager[str]]:
    """How a test serves a workspace of its own."""
    return served


@pytest.fixture(scope="session")
def sample_server(sample_root: Path) -> Iterator[str]:
    """The address of the served sample district."""
    with served(sample_root) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium of the machine for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page in the browser with everything that went wrong on it."""

    page: Page
    base: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> "Visit":
        """Open a path, wait until the network and the fonts are quiet."""
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self

    def guard(self, route: Route) -> None:
        """Let a request through to the test server only."""
        if urlsplit(route.request.url).netloc == urlsplit(self.base).netloc:
            route.continue_()
            return
        self.foreign.append(route.request.url)
        route.abort()

    def violations(self) -> list[str]:
        """Return what axe-core finds serious or critical."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document)")
        return [
            f"{one['id']}: {node['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@pytest.fixture
def visit(browser: Browser, sample_server: str) -> Iterator[Callable[..., Visit]]:
    """Open pages at a size, with the network shut but for the test server."""
    contexts = []

    def opened(width: int = 1440, height: int = 900, base: str = sample_server) -> Visit:
        phone = width < 640
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            locale="zh-CN",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_init_script(SHIFTS)
        one = Visit(context.new_page(), base)
        context.route("**/*", one.guard)
        one.page.on(
            "console", lambda said: said.type == "error" and one.complaints.append(said.text)
        )
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        return one

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: RISKMAP_SCREENSHOTS (the docs keep some), else a temporary folder."""
    named = os.environ.get("RISKMAP_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
