"""The rows behind the numbers: pages and csv over the small district."""

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient

SECRETS = ("王小明", "13812345678", "负责人", "联系电话")
PAGES = (
    "/",
    "/map/2026-06-30",
    "/towns/339901001",
    "/towns/339901001?date=2026-06-29",
    "/layers/enterprises",
    "/layers/enterprises?town=339901001&sort=-name",
    "/layers/hazard_sources",
    "/layers/substances",
    "/layers/shelters?town=339901001",
    "/layers/targets",
    "/layers/towns",
    "/layers/communities",
    "/layers/population",
    "/records/hidden_dangers",
    "/records/hidden_dangers?date=2026-06-30",
    "/records/accidents",
    "/records/warnings",
    "/records/special_periods",
    "/records/alarms",
    "/records/indicators",
    "/hazard-sources/H1",
    "/hazard-sources/H%2F2%20%E4%B9%99",
    "/hazard-sources/H3",
    "/shelters",
    "/docs",
)


@pytest.fixture(autouse=True)
def chinese(client: TestClient) -> None:
    """Forget the language that an earlier test chose."""
    client.cookies.clear()


def body_rows(html: str) -> list[str]:
    _, _, after = html.partition("<tbody>")
    body, _, _ = after.partition("</tbody>")
    return re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_escaped_and_without_persons(
    client: TestClient, path: str, language: str
) -> None:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in answer.text
    for secret in SECRETS:
        assert secret not in answer.text
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in answer.text
    assert not re.search(r">\s*(nan|None|NaT)\s*<", answer.text)


def test_rows_are_paged_at_a_hundred(client: TestClient) -> None:
    pages = [client.get(f"/layers/enterprises?page={page}").text for page in (1, 2, 3)]
    assert [len(body_rows(page)) for page in pages] == [100, 100, 30]
    assert "共 230 行，第 101–200 行" in pages[1]
    seen = [id for page in pages for id in re.findall(r"<td>(E\d{3})</td>", page)]
    assert seen == [f"E{i:03}" for i in range(230)]
    assert 'href="/layers/enterprises?page=3"' in pages[1]
    assert client.get("/layers/enterprises?page=4").status_code == 422


def test_a_town_has_the_rows_that_lie_in_it(client: TestClient) -> None:
    """Enterprise i lies in town i mod 9: 26 in the first, 25 in the last."""
    first = client.get("/layers/enterprises?town=339901001").text
    last = client.get("/layers/enterprises?town=339901009").text
    assert "共 26 行" in first
    assert "共 25 行" in last
    assert client.get("/layers/enterprises?town=339901001000").text.count("<tr>") == 27
    assert "没有企业的行" in client.get("/layers/enterprises?town=339901099").text


def test_every_row_names_its_file_and_row(client: TestClient) -> None:
    for file, path in (
        ("enterprises.csv", "/layers/enterprises?id=E000"),
        ("hidden_dangers.csv", "/records/hidden_dangers?id=D1"),
    ):
        assert f'{file}:<wbr><span class="whole">2</span>' in client.get(path).text


def test_records_of_a_town_and_as_known_then(client: TestClient) -> None:
    town = client.get("/records/hidden_dangers?town=339901002").text
    assert "D2" in town
    assert "D1" not in town
    assert "龙舟赛" in client.get("/records/special_periods?town=339901003").text
    assert "龙舟赛" not in client.get("/records/special_periods?town=339901001").text
    assert "高温" in client.get("/records/warnings?date=2026-06-30").text
    before = client.get("/records/warnings?date=2026-06-29").text
    assert "从未交来" in before


def test_never_delivered_is_said_and_is_not_zero(client: TestClient) -> None:
    assert "按未知处理" in client.get("/records/alarms").text
    assert "从未导入" in client.get("/layers/communities").text


def test_a_hazard_source_is_linked_from_its_row(client: TestClient) -> None:
    address = "/hazard-sources/H/2%20%E4%B9%99"
    assert f'href="{address}"' in client.get("/layers/hazard_sources").text
    assert client.get(address).status_code == 200


def test_the_hazard_source_page_shows_the_calculation(client: TestClient) -> None:
    page = client.get("/hazard-sources/H1").text
    for said in ("S = 2.6", "R = 85.6", "二级重大危险源", "42.8", "102", "7803-51-2"):
        assert said in page
    assert "正式调查（人）" in page
    assert "按人口图层计数（人）" in page
    unknown = client.get("/hazard-sources/H3").text
    assert "级别缺" in unknown
    assert "不构成" not in unknown.split("<section")[0]


def test_csv_is_the_whole_table_in_order(client: TestClient) -> None:
    answer = client.get("/layers/enterprises.csv?sort=-id")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "enterprises.csv" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [f"E{i:03}" for i in reversed(range(230))]
    assert rows[-1]["source"] == "enterprises.csv:2"
    for secret in SECRETS:
        assert secret not in text
    records = client.get("/records/hidden_dangers.csv?town=339901001").text
    assert "D1" in records
    assert "D2" not in records
    assert "138****5678" in records


def test_sorting_works_without_script(client: TestClient) -> None:
    page = client.get("/layers/shelters?sort=-area_m2").text
    assert re.findall(r"<td>(S\d)</td>", page) == ["S4", "S1", "S3", "S2"]
    assert 'aria-sort="descending"' in page
    page = client.get("/shelters?sort=-population").text
    assert 'aria-sort="descending"' in page
    for path in (
        "/layers/shelters?sort=secret",
        "/shelters?sort=secret",
        "/layers/shelters?page=0",
    ):
        assert client.get(path).status_code == 422


def test_shelters_say_it_in_one_sentence_and_per_town(client: TestClient) -> None:
    page = client.get("/shelters").text.replace("\u00a0", " ")
    assert "6 个镇街有缺口，共缺 8,500 m²（5,667 人）；1 个镇街数据缺" in page
    assert page.count('class="area area-short"') == 6
    assert page.count('class="area area-enough"') == 2
    assert page.count('class="area area-unknown"') == 1
    assert "分母是常住人口" in page
    assert 'href="/layers/shelters?town=339901002"' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [("/layers/roads", 404), ("/records/roads", 404), ("/hazard-sources/none", 404),
     ("/layers/towns?town=x", 422), ("/records/accidents?date=x", 422),
     ("/records/accidents?date=2020-01-01", 404), ("/layers/roads.csv", 404)],
)  # fmt: skip
def test_errors_on_pages_are_pages(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text
    machine = client.get(path, headers={"accept": "application/json"})
    assert machine.headers["content-type"] == "application/problem+json"


def test_pages_of_an_empty_workspace(empty_client: TestClient) -> None:
    assert "还没有导入" in empty_client.get("/shelters").text
    assert "从未导入" in empty_client.get("/layers/towns").text
    assert "按未知处理" in empty_client.get("/records/accidents").text
    assert empty_client.get("/hazard-sources/H1").status_code == 404
