"""Static files under hashed names, and the build step that fetches them."""

import json
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from riskmap.paths import font_path
from web import build_assets
from web.assets import REQUIRED, STATIC, Assets
from web.build_fonts import space_stylesheet

PLACE_NAMES = "垟畲峃浬漈瑢硐岙墩嵊鄞暨衢花蓮縣鳳林鎮壽豐光復瑞穗萬榮臺云溪"


def test_links_in_a_stylesheet_carry_the_hash_of_their_target(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"one")
    (tmp_path / "look.css").write_text("p{background:url('pictures/a.png')} q{fill:url(#x)}")
    before = Assets(tmp_path)
    picture = before.url("pictures/a.png")
    found, hashed = before.find(before.url("look.css").removeprefix("/static/"))
    assert hashed and found is not None
    assert f"url({picture})".encode() in found.body and b"url(#x)" in found.body
    (tmp_path / "pictures" / "a.png").write_bytes(b"two")
    after = Assets(tmp_path)
    assert after.url("pictures/a.png") != picture
    assert after.url("look.css") != before.url("look.css")


def test_wrong_hash_and_paths_outside_find_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    assets = Assets(tmp_path)
    assert assets.find("a.000000000000.js") == (None, False)
    assert assets.find("../assets.py") == (None, False)
    with pytest.raises(KeyError, match="build_assets"):
        assets.url("b.js")


def test_every_linked_file_of_every_stylesheet_is_there() -> None:
    assets = Assets()
    assert assets.missing() == []
    for name in REQUIRED:
        if not name.endswith(".css"):
            continue
        found, _ = assets.find(name)
        assert found is not None
        for link in re.findall(r"url\(['\"]?([^'\")]+)", found.body.decode()):
            if not link.startswith(("#", "data:")):
                assert link.startswith("/static/"), (name, link)
                assert assets.find(link.removeprefix("/static/"))[1], (name, link)


def test_lock_names_no_registry_and_pins_by_hash() -> None:
    lock = json.loads((build_assets.WEB / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert all("resolved" not in one for one in packages.values())
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    wanted = json.loads((build_assets.WEB / "package.json").read_text())
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_picture_font_has_rare_place_names() -> None:
    with TTFont(font_path()) as font:
        characters = font.getBestCmap()
        assert [one for one in PLACE_NAMES if ord(one) not in characters] == []
        assert font["hmtx"][characters[ord("云")]][0] == font["head"].unitsPerEm


def test_build_is_skipped_for_the_same_lock_only() -> None:
    vendor = STATIC / "vendor"
    assert build_assets.is_built(vendor, build_assets.lock_digest())
    assert not build_assets.is_built(vendor, "0" * 64)


def test_missing_package_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(build_assets.BuildError, match=r"leaflet\.js"):
        build_assets.build(tmp_path, tmp_path / "vendor", tmp_path / "font.ttf", "0")
    assert not (tmp_path / "vendor").exists()


def test_blank_font_holds_places_only_for_what_the_real_font_has() -> None:
    sheet = space_stylesheet([ord(one) for one in "云溪，A"], {400: {ord("A"): 608}})
    data = re.search(r"base64,([^)]+)", sheet)[1]
    with TTFont(BytesIO(b64decode(data))) as font:
        characters = font.getBestCmap()
        shown = {chr(code) for code, glyph in characters.items() if font.getGlyphID(glyph) != 0}
        assert shown == {"云", "溪", "，", "A"}
        assert font["hmtx"][characters[ord("A")]][0] == 608
        assert font["hmtx"][characters[ord("云")]][0] == font["head"].unitsPerEm
