"""The defects that real files have, mixed into the sample's tables on purpose."""

import pandas as pd

LON, LAT = "经度", "纬度"


def _repeat(table: pd.DataFrame, column: str, *, row: int, of: int) -> None:
    values = table[column].to_list()
    values[row] = values[of]
    table[column] = values


def _swap(table: pd.DataFrame, *, row: int) -> None:
    lon, lat = table[LON].to_list(), table[LAT].to_list()
    lon[row], lat[row] = lat[row], lon[row]
    table[LON], table[LAT] = lon, lat


def spoil_industry(table: pd.DataFrame) -> pd.DataFrame:
    """Return the industry register with bad rows: 0/0, swapped, no name, odd grade, repeated id."""
    out = table.copy()
    out.loc[17, [LON, LAT]] = ["0", "0"]
    _swap(out, row=58)
    out.loc[103, "企业名称"] = ""
    out.loc[140, "风险等级"] = "紫"
    out.loc[201, [LON, LAT]] = ["118.20311", "31.90522"]
    out.loc[260, LON] = "东经120度"
    _repeat(out, "统一社会信用代码", row=302, of=301)
    out.loc[333, "所属镇街"] = "青墩镇（筹）"
    return out


def spoil_fire(table: pd.DataFrame) -> pd.DataFrame:
    """Return the fire register with bad rows and a shop whose name is a piece of script."""
    out = table.astype(object)
    out.loc[4, "场所名称"] = "<script>alert(1)</script>小吃店"
    out.loc[31, LON] = "１２０．００４５１"
    out.loc[77, [LON, LAT]] = [0, 0]
    _swap(out, row=150)
    out.loc[400, [LON, LAT]] = [None, None]
    _repeat(out, "编号", row=512, of=511)
    return out


def spoil_shelters(table: pd.DataFrame) -> pd.DataFrame:
    """Return the shelter register with areas as text, missing areas and a repeated number."""
    out = table.astype(object)
    out.loc[6, "有效避难面积"] = "１２００㎡"
    out.loc[19, "有效避难面积"] = "1,850.5平方米"
    out.loc[[11, 28, 45, 73], "有效避难面积"] = None
    out.loc[52, ["有效避难面积", "容纳人数"]] = [None, None]
    out.loc[66, "有效避难面积"] = "约800"
    _repeat(out, "场所编号", row=90, of=89)
    out.loc[33, [LON, LAT]] = [0, 0]
    return out


def spoil_targets(table: pd.DataFrame) -> pd.DataFrame:
    """Return the target register with an unknown kind and swapped coordinates."""
    out = table.copy()
    out.loc[12, "类别"] = "寺庙"
    _swap(out, row=80)
    out.loc[133, "人数"] = "约300人"
    return out


def spoil_risk_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return the risk points with 0/0 and an odd severity."""
    out = table.copy()
    out.loc[25, [LON, LAT]] = ["0", "0"]
    out.loc[199, "等级"] = "待定"
    return out


def spoil_hidden_dangers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the dangers with an impossible date, an unknown town and a grade left out."""
    out = table.copy()
    out.loc[101, "发现时间"] = "2025-02-30 10:00"
    out.loc[444, "所属镇街"] = "临溪街道"
    out.loc[777, "隐患等级"] = ""
    return out
