"""One Chinese font file out of the many small ones of a web font package.

Pages load the small files by unicode range; the map picture needs a single TrueType file. The
unsplit file of the package lacks rare characters of place names (峃, 浬, 漈), so the glyphs of
all the small files are put together.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.filterPen import DecomposingFilterPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FAMILY = "Noto Sans SC"
SPACE_FAMILY = "Han Space"
HAN = (*range(0x3000, 0xA000), *range(0xFF00, 0xFFF0))
"""From Chinese punctuation to the end of the unified ideographs, and the full-width forms."""
_FILE = re.compile(r"url\(\./files/([\w-]+)\.woff2\)")
_FACE = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def font_files(stylesheet: str) -> list[str]:
    """Return the names (without suffix) of the files that a stylesheet of the package loads."""
    return _FILE.findall(stylesheet)


def page_stylesheet(stylesheets: Iterable[str]) -> str:
    """Return one stylesheet for the pages: only woff2, folders as ours, no blank space.

    The faces of the same characters stand together, so that compression finds the repeats.
    """
    faces = [_FACE.findall(text) for text in stylesheets]
    return "\n".join(_short(face) for same in zip(*faces, strict=True) for face in same) + "\n"


def _short(face: str) -> str:
    only = re.sub(r",\s*url\([^)]*\.woff\)\s*format\('woff'\)", "", face)
    only = only.replace("url(./files/", "url(files/")
    return re.sub(r"\s*([{};:,])\s*", r"\1", only).replace("\n", "")


def space_stylesheet(characters: Iterable[int], narrow: Mapping[int, Mapping[int, int]]) -> str:
    """Return a stylesheet with a font of blanks as wide as the real font, for each weight.

    It stands behind the real font in the stack: while that is still coming, lines are already as
    long as they will be, and nothing moves when it arrives. A character that the real font lacks
    is not in it, so that the machine's own font shows it.

    Parameters
    ----------
    characters
        Characters of the real font; its Han characters are one em wide.
    narrow
        Weight -> character -> width of every other character [1/1000 em].
    """
    known = set(characters)
    return "".join(_space_face(weight, known, widths) for weight, widths in narrow.items())


def narrow_widths(files: Iterable[Path]) -> dict[int, int]:
    """Return the width of every character below the Chinese blocks [1/1000 em].

    The first file that has a character decides.
    """
    found: dict[int, int] = {}
    for file in files:
        with TTFont(file, lazy=True) as font:
            em, widths = font["head"].unitsPerEm, font["hmtx"]
            for code, name in font.getBestCmap().items():
                if code < HAN[0]:
                    found.setdefault(code, round(widths[name][0] * 1000 / em))
    return found


def _space_face(weight: int, known: set[int], narrow: Mapping[int, int]) -> str:
    blank = TTGlyphPen(None).glyph()
    wide = {width: f"w{width}" for width in sorted({1000, *narrow.values()})}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *wide.values()])
    # Every code of the block is listed, the missing ones as .notdef: one long row of two numbers
    # compresses to a few kB, thousands of short ranges do not.
    han = {code: wide[1000] if code in known else ".notdef" for code in HAN}
    builder.setupCharacterMap(han | {code: wide[width] for code, width in narrow.items()})
    builder.setupGlyf(dict.fromkeys([".notdef", *wide.values()], blank))
    builder.setupHorizontalMetrics(
        {".notdef": (1000, 0), **{name: (width, 0) for width, name in wide.items()}}
    )
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": SPACE_FAMILY, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.flavor = "woff"
    written = BytesIO()
    builder.save(written)
    data = b64encode(written.getvalue()).decode("ascii")
    return (
        f"@font-face{{font-family:'{SPACE_FAMILY}';font-weight:{weight};"
        f"src:url(data:font/woff;base64,{data}) format('woff')}}\n"
    )


def merge_fonts(
    files: Iterable[Path], target: Path, progress: Callable[[], object] = lambda: None
) -> list[int]:
    """Write one TrueType font with every character of the given files; first come, first kept.

    Parameters
    ----------
    files
        TrueType fonts as woff (zlib) with the same units per em.
    target
        Where the font goes; written beside and renamed, so it is whole or not there.
    progress
        Called after each file.

    Returns
    -------
    list of int
        The characters in the font.
    """
    glyphs: dict[str, Any] = {".notdef": TTGlyphPen(None).glyph()}
    metrics: dict[str, tuple[int, int]] = {".notdef": (1000, 0)}
    characters: dict[int, str] = {}
    first: TTFont | None = None
    for file in files:
        font = TTFont(file, lazy=False)
        first = first or font
        _take(font, glyphs, metrics, characters)
        progress()
    if first is None:
        raise ValueError("no font file to merge")
    builder = _built(first, glyphs, metrics, characters)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".part")
    builder.save(beside)
    beside.replace(target)
    return sorted(characters)


def _take(
    font: TTFont,
    glyphs: dict[str, Any],
    metrics: dict[str, tuple[int, int]],
    characters: dict[int, str],
) -> None:
    """Copy the glyphs of the characters that are not there yet, composites drawn out."""
    glyph_set, table, widths = font.getGlyphSet(), font["glyf"], font["hmtx"]
    for code, name in font.getBestCmap().items():
        if code in characters:
            continue
        own = f"u{code:05X}"
        glyph = table[name]
        if glyph.isComposite():
            pen = TTGlyphPen(None)
            glyph_set[name].draw(DecomposingFilterPen(pen, glyph_set))
            glyph = pen.glyph()
        glyph.removeHinting()
        glyphs[own], metrics[own], characters[code] = glyph, widths[name], own


def _built(
    first: TTFont,
    glyphs: dict[str, Any],
    metrics: dict[str, tuple[int, int]],
    characters: dict[int, str],
) -> FontBuilder:
    head, across, metrics_os2 = first["head"], first["hhea"], first["OS/2"]
    builder = FontBuilder(head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(characters)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=across.ascent, descent=across.descent)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular"})
    builder.setupOS2(
        sTypoAscender=metrics_os2.sTypoAscender,
        sTypoDescender=metrics_os2.sTypoDescender,
        usWinAscent=metrics_os2.usWinAscent,
        usWinDescent=metrics_os2.usWinDescent,
        usWeightClass=400,
    )
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = head.modified
    return builder
