"""The indicators of a week summed from the sample's raw files, with pandas alone.

An oracle for `riskmap.weekly.measuring`: it shares no line with it, reads the files as they come
and knows neither database nor layers.
"""

import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd

Table = pd.DataFrame
HOUR = pd.Timedelta(hours=1)
DAY = pd.Timedelta(days=1)
UNBOUNDED = ("A1.3", "A2.3", "A4.1", "A5.3")
"""Indicators that are no share."""


class Sample:
    """The raw files, typed; a row that says nothing usable is left out."""

    def __init__(self, raw: Path, workdays: Path) -> None:
        """Read them."""
        special = pd.read_csv(workdays, parse_dates=["date"])
        self.kind = dict(zip(special["date"], special["kind"], strict=True))
        self.delivered = pd.concat([read(path) for path in sorted(raw.glob("indicators*.csv"))])
        self.dangers = times(
            read(raw / "hidden_dangers.csv", "gb18030"), "发现时间 销号时间 整改期限"
        )
        self.dangers = self.dangers.dropna(subset=["发现时间", "隐患等级"])
        self.accidents = times(read(raw / "accidents.csv"), "发生时间")
        self.inspections = times(
            read(raw / "inspections.csv", "gb18030"), "检查时间 立案时间 公示时间"
        )
        self.commitments = times(read(raw / "commitments.csv"), "承诺日期 承诺时间")
        self.alarms = times(read(raw / "alarms.csv"), "报警时间 处置时间")
        self.shelters = shelters(raw / "shelters.xlsx")

    def works(self, day: pd.Timestamp) -> bool:
        """Tell whether a day is worked."""
        return self.kind.get(day, "makeup" if day.weekday() < 5 else "holiday") == "makeup"

    def cut(self, week: str) -> pd.Timestamp:
        """Return Friday 17:00 of a week, or of the last working day before."""
        day = pd.Timestamp.fromisocalendar(int(week[:4]), int(week[6:]), 5)
        while not self.works(day):
            day -= DAY
        return day + 17 * HOUR

    def seven_workdays(self, day: pd.Timestamp) -> pd.Timestamp:
        """Return the seventh working day after a day."""
        left = 7
        while left:
            day += DAY
            left -= self.works(day)
        return day


def read(path: Path, encoding: str = "utf-8-sig") -> Table:
    """Read a csv as text."""
    return pd.read_csv(path, encoding=encoding, dtype="str")


def times(table: Table, columns: str) -> Table:
    """Turn columns into moments; what is none becomes NaT."""
    for column in columns.split():
        table[column] = pd.to_datetime(table[column], errors="coerce", format="ISO8601")
    return table


def shelters(path: Path) -> Table:
    """Read the list of shelters: town cells are merged, some rows are no use."""
    table = pd.read_excel(path, header=1, dtype="str", engine="openpyxl")
    table["所属镇街"] = table["所属镇街"].ffill()
    area = table["有效避难面积"].map(number)
    people = table["容纳人数"].map(number)
    wrong = table["有效避难面积"].notna() & area.isna()
    empty = area.isna() & people.isna()
    nowhere = table["经度"].map(number) == 0
    return table[~(wrong | empty | nowhere)].drop_duplicates("场所编号")


def number(text: object) -> float:
    """Return the number that a cell shows, NaN when it shows none."""
    plain = unicodedata.normalize("NFKC", str(text)).replace(",", "").strip()
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*(?:m2|平方米|人)?", plain)
    return float(found[1]) if found else np.nan


def share(rows: Table, good: "pd.Series[bool]") -> Table:
    """Return good of all by town, in per cent."""
    counted = pd.DataFrame({"town": rows["所属镇街"], "good": good.astype("float64")})
    found = counted.groupby("town")["good"].agg(numerator="sum", denominator="count")
    return found.assign(value=100 * found["numerator"] / found["denominator"])


def points(rows: Table, lost: "pd.Series[float]", most: float) -> Table:
    """Return the points lost by town, at most so many."""
    total = lost.groupby(rows["所属镇街"]).sum().clip(upper=most)
    return pd.DataFrame({"value": total})


def dangers_of(sample: Sample, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, Table]:
    """Return A1.2, A5.1 and the points of A5.3 without the signs."""
    rows = sample.dangers[sample.dangers["发现时间"] <= end]
    closed = rows["销号时间"].where(rows["销号时间"] <= end)
    due, today = rows["整改期限"], end.normalize()
    in_time = closed.dt.normalize() <= due
    over = due < today
    fire = over & (due >= today - 28 * DAY) & (rows["行业领域"] == "消防")
    month = over & (due >= today - 30 * DAY)
    late = rows[over & closed.isna()]
    lost = late["隐患等级"].map({"一般": 1.0, "重大": 5.0})
    return {
        "A1.2": share(rows[fire], in_time[fire]),
        "A5.1": share(rows[month], in_time[month]),
        "overdue": points(late, lost, np.inf),
        "signs": pd.DataFrame({"value": signs(rows.assign(closed=closed), start, end)}),
    }


def signs(rows: Table, start: pd.Timestamp, end: pd.Timestamp) -> "pd.Series[float]":
    """Return by town: many closed in the last hour, found again within 30 days and 50 m."""
    week = rows[(rows["closed"] > start) & (rows["closed"] <= end)]
    late = week[week["closed"] > end - HOUR].groupby("所属镇街").size()
    part = late / week.groupby("所属镇街").size()
    hour = ((late >= 5) | ((late >= 3) & (part >= 0.3))).astype("float64")
    new = rows[(rows["发现时间"] > start) & (rows["发现时间"] <= end)]
    old = rows[(rows["closed"] > start - 30 * DAY) & (rows["closed"] <= end)]
    both = new.merge(old, on="行业领域", suffixes=("", "_old"))
    gap = both["发现时间"] - both["closed_old"]
    lon, lat, lon_old, lat_old = (
        np.radians(both[name].astype("float64"))
        for name in ("经度", "纬度", "经度_old", "纬度_old")
    )
    metres = 6_371_008.8 * np.hypot((lon - lon_old) * np.cos(lat), lat - lat_old)
    again = (gap > 0 * DAY) & (gap <= 30 * DAY) & (metres <= 50)
    again &= both["隐患编号"] != both["隐患编号_old"]
    found = both[again].groupby("所属镇街").size()
    return hour.add(found, fill_value=0).astype("float64")


def accidents_of(sample: Sample, end: pd.Timestamp) -> dict[str, Table]:
    """Return the points of A4.1 and the number of fires of A1.3."""
    rows = sample.accidents
    recent = (rows["发生时间"] > end - 28 * DAY) & (rows["发生时间"] <= end)
    rows = rows[recent & (rows["性质"] == "事故")]
    harm = rows[["死亡人数", "重伤人数", "轻伤人数"]].astype("float64")
    lost = points(rows, harm @ [6.0, 3.0, 2.0], 8.0)
    dead = harm["死亡人数"].groupby(rows["所属镇街"]).sum()
    lost.loc[dead[dead >= 2].index, "value"] = 8.0
    fires = rows[rows["行业领域"] == "消防"].groupby("所属镇街").size()
    return {"A4.1": lost, "A1.3": pd.DataFrame({"numerator": fires.astype("float64")})}


def inspections_of(sample: Sample, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, Table]:
    """Return A2.2, A2.3 and A2.4."""
    rows = sample.inspections[sample.inspections["检查时间"] <= end]
    week = rows[rows["检查时间"] > start]
    month = rows[rows["检查时间"] > end - 28 * DAY]
    rate = share(month, month["立案时间"] <= end)
    usual = rate["value"].median()
    if not usual > 0 and len(month):
        usual = 100 * rate["numerator"].sum() / rate["denominator"].sum()
    filed = rows[rows["立案时间"] <= end].copy()
    filed["due"] = pd.to_datetime(
        [sample.seven_workdays(day.normalize()) for day in filed["立案时间"]]
    )
    due = filed[(filed["due"] >= start.normalize()) & (filed["due"] < end.normalize())]
    shown = due["公示时间"].where(due["公示时间"] <= end).dt.normalize()
    return {
        "A2.2": share(week, week["发现隐患数"].astype("float64") >= 1),
        "A2.3": pd.DataFrame({"value": rate["value"] / (usual if usual > 0 else np.nan)}),
        "A2.4": share(due, shown <= due["due"]),
    }


def commitments_of(sample: Sample, start: pd.Timestamp, end: pd.Timestamp) -> Table:
    """Return A6.3: firms × days that ended in the week.

    A firm is due on every day from its first commitment on, for 60 days after its last (no layer
    of enterprises is read), unless that one said 停产.
    """
    rows = sample.commitments[sample.commitments["承诺时间"] <= end]
    days = pd.date_range(start.normalize(), end.normalize() - DAY)
    pairs = rows[["统一社会信用代码", "承诺日期", "所属镇街", "生产状态"]].merge(
        pd.DataFrame({"day": days}), how="cross"
    )
    back = pairs["day"] - pairs["承诺日期"]
    pairs = pairs[(back >= 0 * DAY) & (back <= 59 * DAY)]
    expected = pairs.sort_values("承诺日期").drop_duplicates(
        ["统一社会信用代码", "day"], keep="last"
    )
    same_day = expected["承诺日期"] == expected["day"]
    expected = expected[same_day | (expected["生产状态"] != "停产")]
    given = rows.set_index(["统一社会信用代码", "承诺日期"])["承诺时间"]
    when = pd.Series(
        [given.get((firm, day), pd.NaT) for firm, day in
         zip(expected["统一社会信用代码"], expected["day"], strict=True)],
        index=expected.index, dtype="datetime64[us]",
    )  # fmt: skip
    return share(expected, when <= expected["day"] + 9 * HOUR)


def alarms_of(sample: Sample, start: pd.Timestamp, end: pd.Timestamp) -> Table:
    """Return A7.2: alarms whose two hours, or whose handling, ended in the week."""
    rows = sample.alarms[sample.alarms["报警时间"] <= end]
    limit = rows["报警时间"] + 2 * HOUR
    good = (rows["处置时间"] <= limit) & (rows["处置时间"] <= end)
    moment = rows["处置时间"].where(good, limit)
    mine = (moment > start) & (moment <= end)
    return share(rows[mine], good[mine])


def delivered_of(sample: Sample, week: str, code: str) -> Table:
    """Return what departments delivered for a week, by the code of the town."""
    rows = sample.delivered
    rows = rows[(rows["周"] == week) & (rows["指标"] == code)].drop_duplicates(
        "镇街代码", keep="last"
    )
    rows = rows.set_index("镇街代码")
    top, bottom = (pd.to_numeric(rows[name]) for name in ("分子", "分母"))
    text = rows["数值"].astype("str").where(rows["数值"].notna(), "")
    plain = pd.to_numeric(text.str.rstrip("%"), errors="coerce")
    if code not in UNBOUNDED:
        few = ~text.str.endswith("%") & (plain <= 1)
        plain = plain.where(~few, plain * 100)
        return pd.DataFrame({"value": (100 * top / bottom).fillna(plain)})
    return pd.DataFrame({"value": (top / bottom).fillna(plain)})


def week_by_pandas(sample: Sample, week: str, names: dict[str, str]) -> dict[str, Table]:
    """Return every indicator of a week by the name of the town; A1.3 is the number of fires.

    Parameters
    ----------
    names
        Code of each town -> its name.
    """
    monday = pd.Timestamp.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    year, last, _ = (monday - DAY).isocalendar()
    start, end = sample.cut(f"{year}-W{last:02d}"), sample.cut(week)
    usable = sample.shelters["是否可用"].map({"是": True, "否": False}).dropna()
    found = {
        **dangers_of(sample, start, end),
        **accidents_of(sample, end),
        **inspections_of(sample, start, end),
        "A6.3": commitments_of(sample, start, end),
        "A7.2": alarms_of(sample, start, end),
        "A8.1": share(sample.shelters.loc[usable.index], usable),
    }
    towns = list(names.values())
    own = {code: table.reindex(towns).astype("float64") for code, table in found.items()}
    for code in ("A4.1", "overdue", "signs"):
        own[code] = own[code].fillna(0.0)
    lost = own.pop("overdue") + 0.5 * own.pop("signs")
    own["A5.3"] = lost.clip(upper=4.0)
    own["A1.3"] = own["A1.3"].fillna(0.0)
    for code in sorted({*sample.delivered["指标"]} - {"index", "patrol"}):
        told = delivered_of(sample, week, code).rename(index=names).reindex(towns)
        if code not in own:  # every file came whole: what it says nothing of did not happen
            own[code] = told.astype("float64")
    return own
