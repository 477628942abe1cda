"""`/weekly`: which week is shown, what every page says, revisions, bad addresses; no script."""

import json
import re

import pytest
from starlette.testclient import TestClient

HAND = "2026-W20"
TOWN = "339901002"
PAGE = {"accept": "text/html"}


def page(client: TestClient, path: str) -> str:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_newest_published_week_comes_before_a_newer_draft(weeks_client: TestClient) -> None:
    answer = weeks_client.get("/weekly?lang=en", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (307, "/weekly/2026-W25?lang=en")


def test_a_chosen_week_is_gone_to(weeks_client: TestClient) -> None:
    answer = weeks_client.get("/weekly?week=2026-W24", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/weekly/2026-W24")
    assert weeks_client.get("/weekly?week=//evil", headers=PAGE).status_code == 422


def test_without_any_week_the_page_says_how(bare_client: TestClient) -> None:
    text = page(bare_client, "/weekly")
    assert "还没有计算过任何一周" in text and "riskmap publish weekly" in text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/weekly/2026-W99", 422), ("/weekly/nonsense", 422), ("/weekly/2020-W01", 404),
     (f"/weekly/{HAND}?revision=7", 404), (f"/weekly/{HAND}?sort=A9", 422),
     (f"/weekly/{HAND}/towns/339901099", 404), (f"/weekly/{HAND}/towns/x", 422)],
)  # fmt: skip
def test_bad_addresses_are_answered_with_a_page(
    weeks_client: TestClient, path: str, status: int
) -> None:
    answer = weeks_client.get(path, headers=PAGE)
    assert answer.status_code == status, words(answer.text)
    assert "<h1" in answer.text and "Traceback" not in answer.text


def test_a_real_week_says_all_its_parts(weeks_client: TestClient) -> None:
    html = page(weeks_client, "/weekly/2026-W26")
    text = words(html)
    for part in ("八个方面的得分", "两月考核", "年度", "部门", "哪个选择影响名次", "小样本的偶然",
                 "这一周还是草稿", "怎么算的", "default-2026.3"):  # fmt: skip
        assert part in text, part
    assert html.count('class="range-bar"') == 22, "11 towns in the list and in the table"
    assert html.count('data-code="3399010') == 11
    assert "style=" not in html


def test_the_export_is_not_taken_for_a_week(weeks_client: TestClient) -> None:
    answer = weeks_client.get("/weekly/2026-W25.xlsx")
    assert answer.status_code == 200
    assert "spreadsheet" in answer.headers["content-type"]


def test_both_revisions_can_be_read_and_refer_to_each_other(weeks_client: TestClient) -> None:
    newest = page(weeks_client, "/weekly/2026-W25")
    assert "本版更正第 1 版：核对以后再算一次" in newest
    assert 'href="/weekly/2026-W25?revision=1"' in newest
    old = page(weeks_client, "/weekly/2026-W25?revision=1")
    assert "您在看第 1 版" in old and "您在看第" not in newest
    assert "截止之后补算" in old and "截止之后补算" not in newest
    assert 'href="/weekly/2026-W25/towns/339901001?revision=1"' in old
    town = page(weeks_client, "/weekly/2026-W25/towns/339901001?revision=1")
    assert "您在看第 1 版" in town and 'href="/weekly/2026-W25?revision=1"' in town


def test_the_hand_made_week_says_who_is_first_last_and_unknown(weeks_client: TestClient) -> None:
    html = page(weeks_client, f"/weekly/{HAND}")
    text = words(html)
    assert "全区平均 76.1 分，较上周 −1.4" in text
    assert "封顶 59 分" in text and "数据不足，不排名" in text
    assert "A6.1 缺 临溪街道" in text and "原始数怎样折成分（归一化）" in text
    assert "种子" not in text and 'title="随机种子 20261121"' in html
    assert 'aria-label="下一周 2026年第' in html and 'aria-label="下一周 2026-W' not in html
    assert "&lt;b&gt;青墩镇&lt;/b&gt;" in html and "<b>青墩镇" not in html


def test_sources_past_their_limit_are_named(weeks_client: TestClient) -> None:
    for path in (f"/weekly/{HAND}", f"/weekly/{HAND}/towns/339901002"):
        assert "Sources too old: Alarms." in words(page(weeks_client, f"{path}?lang=en"))
        assert "来源过期：传感器报警。" in words(page(weeks_client, f"{path}?lang=zh"))


def test_the_server_sorts_without_a_script(weeks_client: TestClient) -> None:
    html = page(weeks_client, f"/weekly/{HAND}?sort=-A7")
    table = html.split("data-sortable", 1)[1].split("</table>", 1)[0]
    assert re.findall(r'<th scope="row" data-value="(\d+)"', table) == [
        "339901001", "339901002", "339901004", "339901003",
    ]  # fmt: skip
    assert 'data-column="A7" data-first="descending" aria-sort="descending"' in table
    assert 'href="?sort=A7#aspects"' in table


def test_a_town_says_what_costs_what_gains_and_why(weeks_client: TestClient) -> None:
    html = page(weeks_client, f"/weekly/{HAND}/towns/{TOWN}")
    text = words(html)
    assert "第 2 名，共 3 个" in text and "90% 可能在第 2 名" in text
    assert "得 12.0 / 15，最好 望江街道 15.0" in text
    assert "现在 94%，满分要 100%" in text
    assert 'href="/records/hidden_dangers?id=D-17' in html and "超期 3 天" in text
    assert "黄 81%" in text and "蓝 19%" in text
    data = re.search(r'id="radar-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert data is not None
    radar = json.loads(data[1])
    assert radar["series"][0]["name"] == "石梁镇" and len(radar["axes"]) == 8


def test_a_hostile_name_stays_text_in_the_data_of_the_picture(weeks_client: TestClient) -> None:
    html = page(weeks_client, f"/weekly/{HAND}/towns/339901003")
    assert "<b>青墩镇" not in html
    assert "较大事故 A-7" in html and "不封顶是 62.5 分" in html


def test_a_town_without_an_index_is_not_drawn(weeks_client: TestClient) -> None:
    html = page(weeks_client, f"/weekly/{HAND}/towns/339901004")
    assert "缺的指标太多" in html and 'id="radar"' not in html
    assert "level-no_data" in html


@pytest.mark.parametrize("path", [f"/weekly/{HAND}", f"/weekly/{HAND}/towns/{TOWN}"])
def test_english_pages_have_no_chinese_but_from_data(weeks_client: TestClient, path: str) -> None:
    html = page(weeks_client, path + "?lang=en")
    main = html.split("<main", 1)[1].split("</main>", 1)[0]
    shown = re.sub(r"<script.*?</script>", "", main, flags=re.DOTALL)
    for name in ("望江街道", "石梁镇", "青墩镇", "临溪街道", "应急", "消防", "人社", "民政",
                 "超期 3 天"):  # fmt: skip
        shown = shown.replace(name, "")
    assert re.findall(r"[一-鿿]+", words(shown)) == []


def test_every_main_page_links_the_weeks(weeks_client: TestClient) -> None:
    assert 'href="/weekly"' in page(weeks_client, "/shelters")
