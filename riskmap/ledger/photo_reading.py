"""What is in a photo: kind by content, size before decoding, place and time; re-encoded.

JPEG, PNG, WebP and HEIC are read whatever the file is called. What is kept is a new JPEG without
any metadata, turned upright, at most 2560 pixels long; position and time are read first from the
EXIF that the new file no longer has.
"""

import io
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from threading import BoundedSemaphore
from typing import Any

import imagehash
import pi_heif
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from riskmap.errors import RiskmapError

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2560
THUMBNAIL_SIDE = 480
_QUALITY = 85
_SMALLEST_SIDE = 32
_FORMATS = ("JPEG", "PNG", "WEBP")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error, IndexError)
"""What Pillow and libheif raise on a picture whose bytes are damaged."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_DECODING = BoundedSemaphore(2)
"""A decoded photo takes up to 200 MB: only two at a time, the others wait their turn."""


class PhotoError(RiskmapError):
    """A photo that cannot be taken: not one, too large, damaged."""


@dataclass(frozen=True)
class ReadPhoto:
    """A photo as it will be stored, and what its EXIF said.

    `likeness` is the perceptual hash (64 bits as 16 hex digits); `lon`, `lat` in degrees as the
    device wrote them (WGS 84), both or none; `taken_at` with zone.
    """

    jpeg: bytes
    thumbnail: bytes
    likeness: str
    width: int
    height: int
    lon: float | None
    lat: float | None
    taken_at: datetime | None


def read_photo(data: bytes, *, zone: tzinfo, now: datetime) -> ReadPhoto:
    """Read, check and re-encode a photo.

    Parameters
    ----------
    data
        The file's bytes.
    zone
        For times of the EXIF that name no offset.
    now
        A time later than this (by more than a day) is a wrong clock and is not kept.

    Raises
    ------
    PhotoError
        Larger than 20 MB or 50 million pixels, of another kind, or damaged.
    """
    if not data:
        raise PhotoError("照片是空的", "0 字节", "重新选择或拍摄一张")
    if len(data) > MAX_BYTES:
        raise PhotoError("照片文件太大", "", f"不超过 {MAX_BYTES // 1_000_000} MB，压缩后再传")
    with _DECODING:
        return _read(data, zone, now)


def _read(data: bytes, zone: tzinfo, now: datetime) -> ReadPhoto:
    try:
        image = _opened(data)
        exif = image.getexif()
        upright = _upright(image)
        lon, lat = _position(exif)
        taken_at = _taken_at(exif, zone, now)
    except PhotoError:
        raise
    except _BROKEN as error:
        raise PhotoError("照片已损坏，打不开", "", "重新拍摄或另选一张") from error
    small = upright.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return ReadPhoto(
        jpeg=_jpeg(upright),
        thumbnail=_jpeg(small),
        likeness=str(imagehash.phash(upright)),
        width=upright.width,
        height=upright.height,
        lon=lon,
        lat=lat,
        taken_at=taken_at,
    )


def _opened(data: bytes) -> Image.Image:
    """Open a picture by its content; its size is checked before a pixel is decoded."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        heif = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        _check_size(*heif.size)
        picture: Image.Image = heif.to_pillow()
        return picture
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise PhotoError(
            "这不是照片", _what_it_is(data), "可用的格式：JPEG、PNG、WebP、HEIC"
        ) from error
    _check_size(*image.size)
    return image


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(width, height)
    if min(width, height) < _SMALLEST_SIDE:
        raise PhotoError("照片太小", f"{width}×{height}", f"每边至少 {_SMALLEST_SIDE} 像素")


def _too_many_pixels(width: int = 0, height: int = 0) -> PhotoError:
    shown = f"{width}×{height} 像素" if width else ""
    return PhotoError("照片的像素太多", shown, f"不超过 {MAX_PIXELS // 10_000} 万像素，缩小后再传")


def _what_it_is(data: bytes) -> str:
    """Name what people send by mistake, "" when it is nothing known."""
    starts = {
        b"%PDF": "PDF 文件",
        b"PK\x03\x04": "压缩包或 Office 文件",
        b"GIF8": "GIF 动图",
        b"<svg": "SVG 图形",
        b"BM": "BMP 图片",
    }
    if data[4:8] == b"ftyp":
        return "视频或其他媒体文件"
    return next((name for start, name in starts.items() if data.startswith(start)), "")


def _upright(image: Image.Image) -> Image.Image:
    """Return the pixels only: turned as the EXIF says, on white, shrunk, sRGB, no metadata."""
    limit = (LONGEST_SIDE, LONGEST_SIDE)
    profile = image.info.get("icc_profile")
    if image.mode in ("RGB", "L", "CMYK"):
        image.thumbnail(limit, Image.Resampling.LANCZOS, reducing_gap=2.0)
    ImageOps.exif_transpose(image, in_place=True)
    flat = _flattened(image)
    flat.thumbnail(limit, Image.Resampling.LANCZOS)
    plain = _in_srgb(flat, profile)
    plain.info = {}
    return plain


def _flattened(image: Image.Image) -> Image.Image:
    """Return an RGB picture; what is transparent becomes white, 16 bits become 8."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the profile of a camera to sRGB; a profile that is none is left out."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted if converted is not None else image


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _position(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Return lon, lat in degrees from the GPS block; (None, None) when it says nothing usable."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if lon is None or lat is None or (lon == 0 and lat == 0):
        return None, None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else (None, None)


def _degrees(parts: Any, half: Any, negative: str) -> float | None:
    """Return degrees from degrees, minutes, seconds; None when a part is missing or not finite."""
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if str(half).strip().upper() == negative else value


def _taken_at(exif: Image.Exif, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the photo was taken; None when unknown, before 2000 or in the future."""
    block = exif.get_ifd(ExifTags.IFD.Exif)
    text = str(block.get(ExifTags.Base.DateTimeOriginal) or "").strip("\0 ")
    offset = str(block.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    read: tuple[Callable[[], datetime], ...] = (
        lambda: datetime.strptime(text + offset, "%Y:%m:%d %H:%M:%S%z"),
        lambda: datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone),
    )
    for attempt in read:
        try:
            moment = attempt()
        except ValueError:
            continue
        return moment if _EARLIEST <= moment <= now + timedelta(days=1) else None
    return None
