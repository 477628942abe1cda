"""Photos: read by content, refused with the reason, stored without a word of metadata."""

import io
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import sqlalchemy as sa
from PIL import ExifTags, Image, ImageCms, ImageFilter
from PIL.TiffImagePlugin import IFDRational

from riskmap.access.actors import Actor, Role, anonymous
from riskmap.access.tables import audit
from riskmap.errors import ForbiddenError, NotFoundError, SignInError
from riskmap.ledger.photo_reading import PhotoError, read_photo
from riskmap.ledger.photos import photo_file, read_photo_row, take_photo
from riskmap.ledger.tables import photos
from riskmap.workspace import Workspace, init_workspace, open_workspace

CST = timezone(timedelta(hours=8))
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=CST)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
REPORTER = Actor("zhang", "张三", Role.REPORTER, town="331003001")


@pytest.fixture
def ws(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    init_workspace(tmp_path / "w", "临海区", "331003", database_url)
    with open_workspace(tmp_path / "w", database_url) as opened:
        yield opened


def picture(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """Return a picture with large shapes, as a photo has them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    big = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return big.filter(ImageFilter.GaussianBlur(2))


def exif_of(image: Image.Image, **words: object) -> Image.Exif:
    """Return EXIF at 28°30'36"N 121°15'0"E, taken 2026-06-29 16:05:00, with changes."""
    exif = image.getexif()
    exif[ExifTags.Base.Make] = "Secret phone of 李四"
    exif[ExifTags.Base.Orientation] = words.get("orientation", 1)
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = words.get("south", "N")
    gps[ExifTags.GPS.GPSLatitude] = words.get("lat", (28.0, 30.0, 36.0))
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (121.0, 15.0, 0.0)
    block = exif.get_ifd(ExifTags.IFD.Exif)
    block[ExifTags.Base.DateTimeOriginal] = words.get("taken", "2026:06:29 16:05:00")
    if "offset" in words:
        block[ExifTags.Base.OffsetTimeOriginal] = words["offset"]
    return exif


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]  # options of the encoder
    return buffer.getvalue()


def heic(image: Image.Image, exif: bytes | None = None) -> bytes:
    """Return a HEIC file; an orientation in the EXIF becomes its `irot` box, as phones write it."""
    pillow_heif.register_heif_opener()
    return encoded(image, "HEIF", quality=70, **({"exif": exif} if exif else {}))


def read(data: bytes):
    return read_photo(data, zone=CST, now=NOW)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_each_kind_by_content_with_place_and_time(kind: str) -> None:
    image = picture()
    exif = exif_of(image).tobytes()
    data = heic(image, exif) if kind == "HEIC" else encoded(image, kind, exif=exif)
    found = read(data)
    assert (found.width, found.height) == (640, 480)
    assert found.lon == pytest.approx(121.25, abs=1e-6)
    assert found.lat == pytest.approx(28.51, abs=1e-6)
    assert found.taken_at == datetime(2026, 6, 29, 16, 5, tzinfo=CST)
    kept = Image.open(io.BytesIO(found.jpeg))
    assert kept.format == "JPEG"
    difference = np.abs(np.asarray(kept, float) - np.asarray(image, float)).mean()
    assert difference < 4


@pytest.mark.parametrize("profile", [True, False])
def test_nothing_of_the_metadata_is_left(profile: bool) -> None:
    image = picture()
    data = encoded(
        image,
        exif=exif_of(image).tobytes(),
        comment="李四的手机",
        xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
        icc_profile=SRGB if profile else b"",
        dpi=(72, 72),
    )
    assert b"Secret" in data
    assert b"secret" in data
    for part in (read(data).jpeg, read(data).thumbnail):
        kept = Image.open(io.BytesIO(part))
        assert dict(kept.getexif()) == {}
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        segments = [part[i + 1] for i in range(len(part) - 1) if part[i] == 0xFF]
        assert not {0xE1, 0xE2, 0xED, 0xFE} & set(segments[: segments.index(0xDA)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_orientation_is_applied(kind: str) -> None:
    image = Image.new("RGB", (400, 200), "black")
    image.paste("white", (0, 0, 200, 200))
    found = read(encoded(image, kind, exif=exif_of(image, orientation=6).tobytes()))
    assert (found.width, found.height) == (200, 400)
    upright = np.asarray(Image.open(io.BytesIO(found.jpeg)).convert("L"))
    assert upright[50, 100] > 240
    assert upright[350, 100] < 15


def test_orientation_of_heic_is_applied_once() -> None:
    image = Image.new("RGB", (400, 200), "black")
    image.paste("white", (0, 0, 200, 200))
    found = read(heic(image, exif_of(image, orientation=6).tobytes()))
    assert (found.width, found.height) == (200, 400)
    upright = np.asarray(Image.open(io.BytesIO(found.jpeg)).convert("L"))
    assert (upright[50, 100] > 240, upright[350, 100] < 15) == (True, True)


def test_long_side_is_cut_and_thumbnail_made() -> None:
    found = read(encoded(picture(4000, 3000)))
    assert (found.width, found.height) == (2560, 1920)
    assert Image.open(io.BytesIO(found.thumbnail)).size == (480, 360)


def test_transparent_16_bit_palette_and_cmyk() -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert Image.open(io.BytesIO(read(encoded(clear, "PNG")).jpeg)).getpixel((5, 5)) == (
        255,
        255,
        255,
    )
    deep = Image.fromarray(np.full((64, 64), 32768, dtype=np.uint16))
    shade = Image.open(io.BytesIO(read(encoded(deep, "PNG")).jpeg)).getpixel((5, 5))
    assert isinstance(shade, tuple)
    assert abs(shade[0] - 128) <= 2
    for mode in ("P", "L", "1"):
        assert read(encoded(picture().convert(mode), "PNG")).width == 640
    assert read(encoded(picture().convert("CMYK"))).width == 640


class Nothing(IFDRational):
    """The 0/0 that some phones write while they have no fix."""

    def __init__(self) -> None:
        super().__init__(0, 0)

    def limit_rational(self, max_denominator: int) -> tuple[int, int]:
        return 0, 0


def test_south_and_odd_positions() -> None:
    image = picture()
    south = read(encoded(image, exif=exif_of(image, south="S").tobytes()))
    assert south.lat == pytest.approx(-28.51)
    for lat in ((Nothing(), 0.0, 0.0), (128.0, 0.0, 0.0), (28.0, 30.0)):
        found = read(encoded(image, exif=exif_of(image, lat=lat).tobytes()))
        assert (found.lon, found.lat) == (None, None)
    assert read(encoded(image)).lon is None


def test_time_of_the_camera() -> None:
    image = picture()

    def taken(**words: object) -> datetime | None:
        return read(encoded(image, exif=exif_of(image, **words).tobytes())).taken_at

    assert taken(offset="+00:00") == datetime(2026, 6, 29, 16, 5, tzinfo=UTC)
    assert taken(offset="rubbish") == datetime(2026, 6, 29, 16, 5, tzinfo=CST)
    assert taken(taken="1980:01:01 00:00:00") is None
    assert taken(taken="2031:01:01 00:00:00") is None
    assert taken(taken="0000:00:00 00:00:00") is None


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and has next to no data."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(40_000, 40_000), (10_000, 9_500), (7072, 7072)])
def test_too_many_pixels_are_refused_before_decoding(width: int, height: int) -> None:
    start = time.process_time()
    with pytest.raises(PhotoError, match="像素太多") as said:
        read(png_header(width, height))
    assert time.process_time() - start < 0.5
    assert "5000 万像素" in str(said.value)


def test_a_heic_of_too_many_pixels_is_refused() -> None:
    data = heic(picture(64, 64))
    claimed = data.replace(struct.pack(">II", 64, 64), struct.pack(">II", 40_000, 40_000))
    assert claimed != data
    with pytest.raises(PhotoError):
        read(claimed)


def test_what_is_no_photo() -> None:
    whole = encoded(picture())
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for data, words in (
        (b"", "空的"),
        (b"hello, I am not a photo at all", "不是照片"),
        (b"%PDF-1.7 rest", "PDF"),
        (b"PK\x03\x04 rest", "压缩包"),
        (svg, "SVG"),
        (encoded(picture(), "GIF"), "GIF"),
        (encoded(picture(), "TIFF"), "不是照片"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 50, "视频"),
        (whole[: len(whole) // 2], "已损坏"),
        (b"\xff\xd8\xff\xe0" + os.urandom(500), "不是照片|已损坏"),
        (heic(picture())[:800], "已损坏"),
        (encoded(Image.new("RGB", (20, 400))), "太小"),
        (whole + b"\0" * 50_000_000, "20 MB"),
    ):
        with pytest.raises(PhotoError, match=words):
            read(data)


def test_likeness_survives_recompression_and_tells_photos_apart() -> None:
    def distance(one: bytes, two: bytes) -> int:
        return (int(read(one).likeness, 16) ^ int(read(two).likeness, 16)).bit_count()

    image = picture(1200, 900, seed=3)
    first = encoded(image)
    assert len(read(first).likeness) == 16
    assert distance(first, encoded(image.resize((600, 450)), quality=40)) <= 4
    assert distance(first, encoded(picture(1200, 900, seed=4))) > 10


def test_stored_once_with_audit(ws: Workspace) -> None:
    data = encoded(picture())
    photo = take_photo(ws, REPORTER, data, now=NOW)
    again = take_photo(ws, REPORTER, data, now=NOW + timedelta(hours=1))
    assert again == photo
    assert photo.stored_by == "zhang"
    assert photo_file(ws, REPORTER, photo.digest).stat().st_size == photo.bytes
    assert photo_file(ws, REPORTER, photo.digest).parent.name == photo.digest[:2]
    assert photo_file(ws, REPORTER, photo.digest, thumbnail=True).is_file()
    assert read_photo_row(ws, photo.digest) == photo
    with ws.read() as connection:
        rows = connection.execute(sa.select(audit.c.action, audit.c.actor)).all()
    assert [tuple(row) for row in rows] == [("photo.take", "zhang")]


def test_the_same_photo_from_ten_phones_at_once(ws: Workspace) -> None:
    data, taken = encoded(picture()), []

    def send() -> None:
        taken.append(take_photo(ws, REPORTER, data, now=NOW).digest)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 10
    with ws.read() as connection:
        count = sa.select(sa.func.count())
        assert connection.execute(count.select_from(photos)).scalar() == 1
        assert connection.execute(count.select_from(audit)).scalar() == 1
    assert [path.suffix for path in (ws.root / "photos").rglob("*.*")] == [".jpg", ".jpg"]


def test_who_may_and_what_is_not_there(tmp_path: Path) -> None:
    init_workspace(tmp_path / "w")
    with open_workspace(tmp_path / "w") as ws:
        with pytest.raises(SignInError):
            take_photo(ws, anonymous(), encoded(picture()), now=NOW)
        with pytest.raises(ForbiddenError):
            take_photo(ws, Actor("v", "v", Role.VIEWER), encoded(picture()), now=NOW)
        speaker = Actor("token:1", "网关", Role.MACHINE, scopes=("device.send",))
        with pytest.raises(ForbiddenError):
            take_photo(ws, speaker, encoded(picture()), now=NOW)
        assert not (ws.root / "photos").exists()
        sender = replace(speaker, scopes=("danger.report",))
        photo = take_photo(ws, sender, encoded(picture()), now=NOW)
        assert photo_file(ws, Actor("v", "v", Role.VIEWER), photo.digest).is_file()
        with pytest.raises(SignInError):
            photo_file(ws, anonymous(), photo.digest)
        with pytest.raises(ForbiddenError):
            photo_file(ws, sender, photo.digest)
        for digest in ("../../riskmap.toml", "a" * 64, "", "A" * 64):
            with pytest.raises(NotFoundError):
                photo_file(ws, REPORTER, digest)
        with pytest.raises(NotFoundError):
            read_photo_row(ws, "b" * 64)
