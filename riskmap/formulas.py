"""Cells of csv files that a spreadsheet would run as a formula."""

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def as_text(cell: str) -> str:
    """Return a cell that a spreadsheet reads as text: with an apostrophe in front where needed.

    Examples
    --------
    >>> as_text("=1+1"), as_text("1+1"), as_text("")
    ("'=1+1", '1+1', '')
    """
    return f"'{cell}" if cell.startswith(_BEGINNINGS) else cell
