"""The only place that asks what time it is; everything below is given the answer."""

from collections.abc import Mapping
from datetime import UTC, datetime

from riskmap.errors import RiskmapError

NOW_VARIABLE = "RISKMAP_NOW"


def now(environ: Mapping[str, str]) -> datetime:
    """Return the present moment in UTC, or the one that ``RISKMAP_NOW`` states.

    ``RISKMAP_NOW`` (ISO 8601 with offset) exists for the sample district, tests and drills:
    a past month is delivered day by day as it would have been.

    Raises
    ------
    RiskmapError
        ``RISKMAP_NOW`` is not a time with an offset.
    """
    stated = environ.get(NOW_VARIABLE, "").strip()
    if not stated:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise RiskmapError(
            f"环境变量 {NOW_VARIABLE} 不是带时区的时间",
            stated,
            "写成 2026-06-30T08:00:00+08:00，或删去该变量",
        )
    return moment.astimezone(UTC)
