"""No page, script, style or description names another host (the browser test blocks the net too).

Allowed are XML namespaces, which are names and are never fetched, and licence notes in comments.
"""

import re
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

PAGES = (
    "/",
    "/map/2026-06-30",
    "/towns/339901001",
    "/shelters",
    "/cards",
    "/docs",
    "/openapi.json",
    "/layers/enterprises",
    "/layers/population",
    "/records/hidden_dangers",
    "/records/alarms",
    "/hazard-sources/H1",
    "/nothing-here",
    "/api/v1/days/2020-01-01",
)
NAMESPACES = {"www.w3.org"}
LINK = re.compile(r"(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
FETCHED = re.compile(
    r"""(?:src|href|action|data-url)=["']([^"']*)["']|url\(([^)]*)\)|@import\s+["']([^"']+)"""
)


def foreign(text: str) -> set[str]:
    return {host for host in LINK.findall(text) if host not in NAMESPACES}


def addresses(html: str) -> list[str]:
    found = ["".join(groups).strip("'\" ") for groups in FETCHED.findall(html)]
    return [one for one in found if not one.startswith(("#", "data:"))]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_names_no_other_host(client: TestClient, path: str, language: str) -> None:
    text = client.get(path, params={"lang": language}, headers={"accept": "text/html"}).text
    assert foreign(text) == set()
    for address in addresses(text):
        assert not urlsplit(address).netloc, address


def test_scripts_and_styles_load_nothing_from_elsewhere(client: TestClient) -> None:
    """Whatever the pages load: own files name no host at all, vendored ones fetch none."""
    loaded = {
        address
        for path in PAGES
        for address in addresses(client.get(path, headers={"accept": "text/html"}).text)
        if address.startswith("/static/")
    }
    assert any("swagger-ui" in address for address in loaded)
    assert any("leaflet" in address for address in loaded)
    for address in sorted(loaded):
        answer = client.get(address)
        assert answer.status_code == 200, address
        if address.endswith(".css"):
            assert [one for one in addresses(answer.text) if urlsplit(one).netloc] == [], address
        if "/vendor/" not in address:
            assert foreign(answer.text) == set(), address


def test_the_policy_lets_nothing_in_from_elsewhere(client: TestClient) -> None:
    for path in PAGES:
        policy = client.get(path, headers={"accept": "text/html"}).headers[
            "content-security-policy"
        ]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe" not in policy


def test_the_guard_sees_a_foreign_host() -> None:
    assert foreign('<script src="https://cdn.example.com/x.js">') == {"cdn.example.com"}
    assert foreign("<img src='//tiles.example.org/1.png'>") == {"tiles.example.org"}
    assert foreign('<svg xmlns="http://www.w3.org/2000/svg">') == set()
    assert addresses('<link href="//a.example/x.css">') == ["//a.example/x.css"]
