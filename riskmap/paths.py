"""Where the files that ship with riskmap lie (the wheel carries them too)."""

from pathlib import Path


def data_dir() -> Path:
    """Return the folder of shipped data: schemes, standards, fonts, sample district."""
    return Path(__file__).resolve().parent.parent / "data"


def default_scheme_path() -> Path:
    """Return the scheme that `riskmap init` copies into a workspace."""
    return data_dir() / "schemes" / "default-2026.toml"


def font_path() -> Path:
    """Return the font with Chinese glyphs that the map picture uses."""
    return data_dir() / "fonts" / "NotoSansSC-Regular.ttf"


def migrations_dir() -> Path:
    """Return the folder of database migrations."""
    return Path(__file__).resolve().parent / "migrations"
