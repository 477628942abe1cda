"""The map and town pages as HTML: headers, weight, language, old and empty states, errors."""

import gzip
import itertools
import re
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from web.assets import REQUIRED, Assets
from web.security import content_policy

DAY = "/map/2026-06-30"
LINK = re.compile(r"""(?:src|href|action)=["']([^"'#]+)""")
HTML = {"accept": "text/html"}


def town_page(client: TestClient) -> str:
    towns = client.get("/api/v1/days/2026-06-30").json()["towns"]
    return f"/towns/{towns[0]['code']}?date=2026-06-30"


def test_daily_page_weighs_at_most_60_kb_compressed(sample_client: TestClient) -> None:
    answer = sample_client.get(DAY)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.count('class="town-row"') == 11
    assert len(gzip.compress(answer.content)) <= 60_000


def test_every_page_carries_the_strict_headers(sample_client: TestClient) -> None:
    for path in (DAY, "/", "/healthz", town_page(sample_client), "/map/2001-01-01"):
        headers = sample_client.get(path, headers=HTML).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_nonce_is_new_each_time_and_stands_on_every_inline_script(
    sample_client: TestClient,
) -> None:
    first, second = sample_client.get(DAY), sample_client.get(DAY)
    nonces = [
        re.search(r"'nonce-([\w-]+)'", one.headers["content-security-policy"])[1]
        for one in (first, second)
    ]
    assert nonces[0] != nonces[1]
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", first.text):
        assert "src=" in tag or f'nonce="{nonces[0]}"' in tag
    assert " style=" not in first.text
    assert not re.search(r"\son\w+=", first.text)


def test_pages_link_to_nothing_foreign_and_to_nothing_missing(sample_client: TestClient) -> None:
    for path in (DAY, town_page(sample_client), "/"):
        text = sample_client.get(path).text
        links = {link.replace("&amp;", "&") for link in LINK.findall(text)}
        assert links and all(link.startswith("/") and link[1:2] != "/" for link in links)
        for link in links:
            assert sample_client.get(link).status_code == 200, link
            sample_client.cookies.clear()


def test_headline_says_counts_change_and_signal(sample_client: TestClient) -> None:
    document = sample_client.get("/api/v1/days/2026-06-30").json()
    text = sample_client.get(DAY).text
    line = re.sub(r"<[^>]+>", "", re.search(r"<h1.*?</h1>", text, re.S)[0])
    counts = document["headline_counts"]
    for level, word in (("red", "红"), ("orange", "橙"), ("yellow", "黄"), ("no_data", "缺")):
        assert (f"{counts[level]} {word}" in line) == (counts[level] > 0)
    assert "较昨日" in line and "：" in line


def test_map_says_its_age_scheme_and_state(sample_client: TestClient) -> None:
    document = sample_client.get("/api/v1/days/2026-06-30").json()
    text = sample_client.get(DAY).text
    facts = re.search(r'<div class="map-facts">.*?</div>', text, re.S)[0]
    for words in ("2026年6月30日 星期二", "内部", "草稿", "计算于", "最旧数据"):
        assert words in facts
    assert f"方案 {document['provenance']['scheme']['version']}" in facts


def test_legend_shows_the_limits_of_the_bands(sample_client: TestClient) -> None:
    legend = re.search(r'<div class="legend".*?</div>', sample_client.get(DAY).text, re.S)[0]
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", legend))
    for words in ("红 ≥ 80", "橙 65–80", "黄 50–65", "蓝 35–50", "绿 &lt; 35", "缺 数据不足"):
        assert words in plain


def test_signals_are_shown_unchanged(sample_client: TestClient) -> None:
    signals = sample_client.get("/api/v1/days/2026-06-30").json()["signals"]
    text = sample_client.get(DAY).text
    assert signals
    for signal in signals:
        assert signal["title"] in text
        assert signal["text"] in text
        assert signal["station"] in text


def test_an_old_day_is_marked_as_old_on_the_front_page(sample_client: TestClient) -> None:
    text = sample_client.get("/").text
    age = (date.today() - date(2026, 6, 30)).days
    assert "这不是今天的图" in text
    assert re.search(rf"已过 ({age - 1}|{age}|{age + 1}) 天", text)


def test_without_any_day_the_page_says_what_to_do(bare_client: TestClient) -> None:
    for path in ("/", "/towns/339901001"):
        answer = bare_client.get(path)
        assert answer.status_code == 200
        assert "riskmap daily" in answer.text
        assert "还没有计算过任何一天" in answer.text


def test_unknown_day_town_and_page_are_calm_404(sample_client: TestClient) -> None:
    for path in ("/map/2001-01-01", "/towns/339901999?date=2026-06-30", "/nowhere"):
        answer = sample_client.get(path, headers=HTML)
        assert answer.status_code == 404
        assert "没有找到" in answer.text and "Traceback" not in answer.text


def test_wrong_date_is_refused(sample_client: TestClient) -> None:
    assert sample_client.get("/map/2026-02-30", headers=HTML).status_code == 422


def test_english_is_kept_in_a_cookie(sample_client: TestClient) -> None:
    english = sample_client.get(f"{DAY}?lang=en")
    assert 'lang="en"' in english.text and "Towns by level, then score" in english.text
    assert "lang=en" in english.headers["set-cookie"]
    sample_client.cookies.set("lang", "en")
    try:
        assert "Towns by level, then score" in sample_client.get(DAY).text
        assert "镇街（按级别、得分）" in sample_client.get(f"{DAY}?lang=zh").text
    finally:
        sample_client.cookies.clear()


def test_town_page_reasons_add_up_and_lead_to_rows(sample_client: TestClient) -> None:
    path = town_page(sample_client)
    code = path[7:16]
    detail = sample_client.get(f"/api/v1/days/2026-06-30/towns/{code}").json()
    text = sample_client.get(path).text
    assert f"合计 {detail['score']:.1f} 分" in text
    assert detail["contributions"][0]["label"] in text
    for risk in detail["top_risks"]:
        assert risk["source"] in text
    assert f"/layers/enterprises?town={code}" in text
    assert sample_client.get(f"/api/v1/days/2026-06-30/towns/{code}").status_code == 200


def test_a_change_of_the_dominant_sector_is_said_and_nothing_else(
    sample_client: TestClient,
) -> None:
    days = [f"2026-06-{day}" for day in range(24, 31)]
    sectors = {
        day: {
            town["code"]: town["dominant_sector"]
            for town in sample_client.get(f"/api/v1/days/{day}").json()["towns"]
        }
        for day in ("2026-06-23", *days)
    }
    moved = 0
    for before, day in itertools.pairwise(sectors):
        for code, now in sectors[day].items():
            then = sectors[before][code]
            text = sample_client.get(f"/towns/{code}?date={day}").text
            said = f"主导行业由{then}变为{now}" in text
            assert said == (then != now and None not in (then, now)), (day, code)
            assert said == ("dominant-note" in text)
            moved += said
    assert moved, "the sample has no such day any more: this test shows nothing"


def test_health_and_readiness(sample_client: TestClient) -> None:
    assert sample_client.get("/healthz").json() == {"status": "ok"}
    ready = sample_client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "assets": "ok"}


def test_not_ready_without_assets(sample_client: TestClient, tmp_path: Path) -> None:
    app = sample_client.app
    kept = app.state.assets
    app.state.assets = Assets(tmp_path)
    try:
        answer = sample_client.get("/readyz")
    finally:
        app.state.assets = kept
    assert answer.status_code == 503
    assert REQUIRED[0] in answer.json()["checks"]["assets"]


@pytest.mark.parametrize("plain", REQUIRED)
def test_assets_are_kept_for_ever_under_their_hash(plain: str, sample_client: TestClient) -> None:
    url = sample_client.app.state.assets.url(plain)
    hashed = sample_client.get(url)
    assert hashed.status_code == 200
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sample_client.get(f"/static/{plain}").headers["cache-control"] == "no-cache"


def test_tiles_open_the_policy_for_pictures_only() -> None:
    policy = content_policy("n", ("https://tiles.example",))
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert "https://tiles.example" in parts["img-src"]
    assert all("example" not in value for key, value in parts.items() if key != "img-src")


def test_denominator_of_shelters_has_no_inner_word(sample_client: TestClient) -> None:
    chinese = sample_client.get("/shelters?lang=zh").text
    english = sample_client.get("/shelters?lang=en").text
    sample_client.cookies.clear()
    assert "人口栅格按镇街合计" in chinese and "raster" not in chinese
    assert "population raster (persons per cell), summed by town" in english


def test_a_page_of_the_list_that_is_not_there_is_refused(sample_client: TestClient) -> None:
    assert sample_client.get(f"{DAY}?page=1").status_code == 200
    answer = sample_client.get(f"{DAY}?page=2", headers=HTML)
    assert answer.status_code == 422 and "没有这一页" in answer.text
    assert 'class="pager"' not in sample_client.get(DAY).text


@pytest.mark.parametrize(
    ("page", "shown", "others"), [(1, 5, ["2"]), (2, 5, ["1", "3"]), (3, 1, ["2"])]
)
def test_a_long_list_of_towns_is_cut_into_pages(
    page: int,
    shown: int,
    others: list[str],
    sample_client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.daily.pages.LIST_ROWS", 5)
    text = sample_client.get(f"{DAY}?page={page}").text
    assert text.count('class="town-row"') == shown
    links = re.findall(r'href="[^"]*\?page=(\d)"', text)
    assert links == others
    assert len(re.findall(r'"Feature"', text)) == 11
