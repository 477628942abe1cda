"""The encoding of a Shapefile's attributes where no .cpg states it."""

import codecs
import struct

_ENOUGH = 20_000


def _fits(values: list[bytes], encoding: str) -> bool:
    """Tell whether all values are text of an encoding; a character cut at the end may be open."""
    for value in values:
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(value, final=False)
        except UnicodeDecodeError:
            return False
    return True


def _values(dbf: bytes) -> list[bytes]:
    """Return distinct non-ASCII values (and field names) of a DBF, at most `_ENOUGH`.

    Layout of dBASE III: number of records at byte 4, header length at 8, record length at 10,
    then 32 bytes a field (name 11, type 1, 4 reserved, length 1) up to 0x0D.
    """
    count, header, record = struct.unpack("<IHH", dbf[4:12])
    fields = []
    offset = 1
    for at in range(32, header - 1, 32):
        if dbf[at : at + 1] == b"\r":
            break
        name, kind, length = dbf[at : at + 11].split(b"\0")[0], dbf[at + 11 : at + 12], dbf[at + 16]
        fields.append((name, kind, offset, length))
        offset += length
    found = {name for name, _, _, _ in fields if not name.isascii()}
    for start in range(header, min(header + count * record, len(dbf)), record):
        for _, kind, offset, length in fields:
            value = dbf[start + offset : start + offset + length].strip(b" \0")
            if kind == b"C" and not value.isascii():
                found.add(value)
        if len(found) >= _ENOUGH:
            break
    return list(found)


def detect_encoding(dbf: bytes) -> str | None:
    """Return ``UTF-8`` or ``GB18030`` when every text of a DBF is valid in it, else None.

    UTF-8 is tried first: Chinese text in GB18030 is practically never valid UTF-8, while UTF-8
    text may be valid GB18030 nonsense. Plain ASCII counts as UTF-8.
    """
    if len(dbf) < 33:
        return None
    values = _values(dbf)
    for encoding in ("UTF-8", "GB18030"):
        if _fits(values, encoding):
            return encoding
    return None
