"""The reference page of all layers, written from the contracts so that it cannot be wrong."""

from collections.abc import Iterable

from layers.contracts.layers import LAYER_CONTRACTS
from layers.contracts.model import Column, Contract

_HEAD = """# 图层与列

本页由数据契约生成（`python -m layers.contracts.reference`），请勿手改。

- 表头按“别名”识别：先统一为半角、去掉空白和 `*`，繁体与简体、臺与台视为相同；
  表头末尾括号里的单位（如“面积（公顷）”“数量（kg）”）会换算并在报告中说明。
- 识别不了的列用 `--map 字段=列名` 指明；多余的列照原样保留。
- 空白、`-`、`/`、`未知`、`不详`、`暂无`、`N/A` 等一律按“未知”处理，不是 0。
- 每行的来源（文件、工作表、行号）随数据保存。
- 拒收行的比例超过“拒收上限”时，整个图层保持原样不更换。
- 几何一律存为 EPSG:4490 经纬度。
"""

_KINDS = {
    "str": "文本",
    "float": "数",
    "int": "整数",
    "bool": "是/否",
    "date": "日期",
    "datetime": "时间",
    "town_code": "镇街代码",
    "community_code": "村社代码",
}
_SHAPES = {
    "Point": "点",
    "Polygon": "面",
    "MultiPolygon": "多面",
    "LineString": "线",
    "MultiLineString": "多线",
}


def _bounds(column: Column) -> str:
    parts = []
    if column.minimum is not None:
        parts.append(f"≥ {column.minimum:g}")
    if column.maximum is not None:
        parts.append(f"≤ {column.maximum:g}")
    return "，".join(parts)


def _allowed(column: Column) -> str:
    if column.allowed is None:
        return ""
    listed = [
        f"`{value}`（{'、'.join(words)}）" if words else f"`{value}`"
        for value, words in column.allowed.items()
    ]
    many = "可多个，以 ; 分隔：" if column.many else ""
    return many + "；".join(listed)


def _row(column: Column, contract: Contract) -> str:
    need = "必填" if column.required else ""
    group = next((g for g in contract.one_of if column.name in g), None)
    if group:
        need = f"与 {'、'.join(name for name in group if name != column.name)} 至少一个"
    said = "；".join(part for part in (_bounds(column), _allowed(column), column.note) if part)
    cells = (
        f"`{column.name}`",
        column.title_zh,
        _KINDS[column.dtype],
        column.unit_zh,
        need,
        said,
        "、".join(dict.fromkeys(column.aliases)),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _section(contract: Contract) -> Iterable[str]:
    shapes = "、".join(_SHAPES[kind] for kind in sorted(contract.geometry)) or "无"
    need = "（必填；点可用 lon、lat 两列代替）" if contract.geometry_required else ""
    if contract.geometry <= {"Polygon", "MultiPolygon"} and contract.geometry_required:
        need = "（必填）"
    key = "、".join(f"`{name}`" for name in contract.key_columns) or "无（各行互不比较）"
    yield f"\n## {contract.name} {contract.title_zh}\n"
    yield f"- 主键：{key}"
    yield f"- 几何：{shapes}{need}"
    yield f"- 拒收上限：{contract.reject_limit:.0%}\n"
    yield "| 字段 | 名称 | 类型 | 单位 | 必填 | 取值与说明 | 别名 |"
    yield "|---|---|---|---|---|---|---|"
    for column in contract.columns:
        yield _row(column, contract)
    if contract.name == "population":
        yield "\n人口也可以是每格人数的单波段栅格（GeoTIFF）；人口密度栅格要先换算成人数。"


def reference_page() -> str:
    """Return the page `docs/reference/layers.md`: every layer, column, alias and value."""
    lines = [_HEAD]
    for contract in LAYER_CONTRACTS.values():
        lines.extend(_section(contract))
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(reference_page(), end="")
