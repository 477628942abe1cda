"""The report page: position and town, photo, three fields; bad input keeps everything typed."""

import re
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from riskmap.ledger import dangers

GOOD = {"lon": "121.012", "lat": "28.612", "domain": "消防", "grade": "general",
        "description": "三楼楼梯口堆放纸箱"}  # fmt: skip


def fault_of(page: str, field: str) -> str:
    """Return the sentence beside a field, "" when there is none."""
    found = re.search(rf'id="f-{field}-fault">([^<]*)<', page)
    return found[1] if found else ""


def number_of(answer: Any) -> str:
    """Return the number of the danger that a report was given."""
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"].split("/")[2].split("?")[0])


def test_report_from_a_phone(house: Any) -> None:
    answer = house.post("duty", "/report", GOOD, photos=[("p.jpg", house.jpeg(), "image/jpeg")])
    number = number_of(answer)
    assert number == "339901-001-20260630-0001"
    danger = dangers.read_danger(house.workspace, number)
    assert (danger.record["town"], danger.record["grade"]) == ("339901001", "general")
    assert (danger.record["lon"], danger.record["lat"]) == (121.012, 28.612)
    page = house.client("duty").get(answer.headers["location"]).text
    assert "已收到。编号 339901-001-20260630-0001，整改期限 2026年7月15日。" in page
    digest = danger.steps[0].photos[0]
    for ending in (".jpg", "-480.jpg"):
        assert f"/photos/{digest}{ending}" in page
        sent = house.client("duty").get(f"/photos/{digest}{ending}")
        assert sent.status_code == 200 and sent.headers["content-type"] == "image/jpeg"


def test_the_position_comes_from_the_photo_when_the_device_gives_none(house: Any) -> None:
    exif = Image.Exif()
    exif[0x8825] = {
        1: "N", 2: (IFDRational(28), IFDRational(36), IFDRational(43)),
        3: "E", 4: (IFDRational(121), IFDRational(1), IFDRational(48)),
    }  # fmt: skip
    fields = {**GOOD, "lon": "", "lat": ""}
    photo = ("p.jpg", house.jpeg(exif=exif.tobytes()), "image/jpeg")
    danger = dangers.read_danger(
        house.workspace, number_of(house.post("duty", "/report", fields, photos=[photo]))
    )
    assert danger.record["town"] == "339901002"
    assert danger.record["lon"] == pytest.approx(121.03, abs=1e-6)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("lon", "121.2", "本区之外"),
        ("found_at", "1999-12-31T23:00", "2000"),
        ("found_at", "2026-07-01T09:00", "晚于现在"),
        ("description", "", "请写清楚"),
        ("description", "长" * 2001, "2000"),
        ("domain", "航天", "航天"),
        ("grade", "huge", "重大"),
        ("town", "海角镇", "海角镇"),
        ("lat", "north", "度"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(
    house: Any, field: str, value: str, said: str
) -> None:
    fields = {**GOOD, "place": "<b>三楼</b>", field: value}
    photo = ("p.jpg", house.jpeg(), "image/jpeg")
    answer = house.post("duty", "/report", fields, photos=[photo])
    assert answer.status_code == 422
    assert said in fault_of(answer.text, field)
    kept = re.findall(r'name="kept" value="([0-9a-f]{64})"', answer.text)
    assert len(kept) == 1
    assert 'value="&lt;b&gt;三楼&lt;/b&gt;"' in answer.text
    if field not in ("domain", "grade", "town", "description"):
        assert f'value="{value}"' in answer.text
    if field != "description":
        assert "三楼楼梯口堆放纸箱</textarea>" in answer.text
    again = house.post("duty", "/report", {**GOOD, "kept": kept[0]})
    assert dangers.read_danger(house.workspace, number_of(again)).steps[0].photos == tuple(kept)


def test_faults_of_photo_and_fields_are_said_together(house: Any) -> None:
    photos = [("ok.jpg", house.jpeg(), "image/jpeg"), ("x.txt", b"text", "text/plain")]
    answer = house.post("duty", "/report", {**GOOD, "description": ""}, photos=photos)
    assert answer.status_code == 422
    assert fault_of(answer.text, "description") and "x.txt" in fault_of(answer.text, "photos")
    assert answer.text.count('name="kept"') == 1


def test_a_photo_alone_can_be_wrong_and_nothing_is_reported(house: Any) -> None:
    answer = house.post("duty", "/report", GOOD, photos=[("x.jpg", b"text", "image/jpeg")])
    assert answer.status_code == 422 and "x.jpg" in fault_of(answer.text, "photos")
    assert "没有隐患" in house.client("duty").get("/dangers").text or "未销号 0 条" in (
        house.client("duty").get("/dangers").text
    )


def test_who_may_report(house: Any) -> None:
    nobody = house.client().get("/report")
    assert nobody.status_code == 303 and nobody.headers["location"].startswith("/sign-in?next=")
    assert house.client("viewer").get("/report").status_code == 403
    assert house.post("viewer", "/report", GOOD).status_code == 403
    assert house.client("town").get("/report").status_code == 200
    assert house.post("town", "/report", {**GOOD, "lon": "121.03"}).status_code == 403
    number_of(house.post("town", "/report", GOOD))


def test_what_is_known_is_filled_in(house: Any) -> None:
    page = house.client("town").get("/report").text
    assert '<option value="339901001" selected>西街道</option>' in page
    assert 'value="2026-06-30T09:00"' in page
    inspector = house.client("inspector").get("/report").text
    assert 'value="消防"' in inspector and 'value="危化"' not in inspector


def test_only_this_page_asks_for_the_position(house: Any) -> None:
    client = house.client("duty")
    assert "geolocation=(self)" in client.get("/report").headers["permissions-policy"]
    assert "geolocation=()" in client.get("/dangers").headers["permissions-policy"]
    faulty = house.post("duty", "/report", {**GOOD, "description": ""})
    assert "geolocation=(self)" in faulty.headers["permissions-policy"]


def test_the_town_of_a_place(house: Any) -> None:
    client = house.client("duty")
    inside = client.get("/report/place", params={"lon": 121.03, "lat": 28.61}).json()
    assert inside == {"town": "339901002", "name": "东镇", "metres_outside": None}
    outside = client.get("/report/place", params={"lon": 121.05, "lat": 28.61}).json()
    # 0.01° of longitude at 28.61° north is 978 m on the ellipsoid.
    assert outside["town"] is None and outside["metres_outside"] == pytest.approx(978, abs=2)
    towns = client.get("/report/towns.geojson").json()
    assert [one["properties"]["name"] for one in towns["features"]] == ["西街道", "东镇"]


def test_what_scripts_fill_has_its_room_from_the_start(house: Any) -> None:
    page = house.client("duty").get("/report").text
    for name in ("place-map", "place-tools", "place-status"):
        tag = re.search(rf'<\w+ class="{name}"[^>]*>', page)
        assert tag is not None and " hidden" not in tag[0]
    assert re.search(r"<noscript><style nonce=[^>]*>\.place-status,\.place-map", page)
