"""The last 30 days of every town at once, for the small lines in lists."""

from datetime import date, timedelta

from riskmap.daily.days import TREND_DAYS
from riskmap.daily.history import score_matrix, shown_days, town_scores
from riskmap.moment import parse_day
from riskmap.workspace import Workspace


def town_trends(ws: Workspace, day: date | str, codes: list[str]) -> list[list[float | None]]:
    """Return the scores of the 30 calendar days that end with `day`, by town.

    Parameters
    ----------
    codes
        The towns (n), in the order of the answer.

    Returns
    -------
    list
        (n, 30) scores, oldest first; None where a day or a score is missing.
    """
    last = parse_day(day) if isinstance(day, str) else day
    dates = [last - timedelta(days=back) for back in range(TREND_DAYS - 1, -1, -1)]
    with ws.read() as connection:
        table = town_scores(connection, shown_days(connection, dates[0], last))
    matrix = score_matrix(table, codes, dates)
    return [[None if value != value else value for value in row] for row in matrix.tolist()]  # noqa: PLR0124 - NaN is the only value unequal to itself
