"""`riskmap publish`: approve the newest draft of a day or week, or number the day's 每日曝光."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.cli.daily import chosen_day
from riskmap.cli.state import opened, operator, present, print_json
from riskmap.cli.weekly import chosen_week

if TYPE_CHECKING:
    from riskmap.workspace import Workspace

PRODUCTS = ("daily", "weekly", "exposure")


def publish(
    context: typer.Context,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="产品：daily weekly exposure")],
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="日期；默认今天")
    ] = None,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="WEEK", help="哪一周（weekly）；默认最近截止的一周"),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            "--hold", metavar="TOWN=REASON", help="暂缓给一个镇街的牌（weekly）并写明理由；可以重复"
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="发布人姓名或岗位")] = "命令行",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """发布五色图（daily）、周指数（weekly）或每日曝光（exposure）：发布过的不再改变。

    之后的新稿不会替换它，除非再次发布；发布周指数时按规则发牌；每日曝光按期连续编号，一天一期。
    """
    from riskmap.daily.publishing import publish_day  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (short start for --help)

    if product not in PRODUCTS:
        raise RiskmapError("没有这种产品", product, f"可用：{' '.join(PRODUCTS)}")
    if product != "weekly" and week is not None:
        raise RiskmapError("--week 只用于周指数", week, "写成 riskmap publish weekly --week …")
    if product != "weekly" and hold:
        raise RiskmapError("--hold 只用于周指数", hold[0], "写成 riskmap publish weekly --hold …")
    if product == "weekly":
        if day is not None:
            raise RiskmapError("周指数按周发布", day, "写成 riskmap publish weekly --week 2026-W26")
        _publish_week(context, week, hold or (), by, as_json)
        return
    if product == "exposure":
        _publish_exposure(context, day, as_json)
        return
    with opened(context) as workspace:
        chosen = chosen_day(workspace, day)
        done = publish_day(workspace, chosen, now=present(), by=by, actor=operator())
    if as_json:
        print_json(
            {"date": done.date.isoformat(), "revision": done.revision, "already": done.already}
        )
        return
    verb = "早已发布" if done.already else "已发布"
    typer.echo(f"{done.date} 五色图第 {done.revision} 版{verb}")


def _publish_week(
    context: typer.Context, week: str | None, hold: Sequence[str], by: str, as_json: bool
) -> None:
    from riskmap.weekly.cards.states import CARD_STATE_ZH, CARD_ZH  # noqa: PLC0415  (short start)
    from riskmap.weekly.publishing import publish_week  # noqa: PLC0415  (pandas)

    with opened(context) as workspace:
        chosen = chosen_week(workspace, week)
        held = _held_back(workspace, hold)
        done = publish_week(workspace, operator(), chosen, by=by, now=present(), held_back=held)
    if as_json:
        cards = [
            {"number": one.number, "town": one.town, "card": one.card, "state": str(one.state)}
            for one in done.cards
        ]
        said = {"week": done.week, "revision": done.revision, "corrects": done.corrects}
        print_json({**said, "already": done.already, "cards": cards})
        return
    verb = "早已发布" if done.already else "已发布"
    typer.echo(f"{done.week} 周指数第 {done.revision} 版{verb}")
    if done.corrects is not None:
        typer.echo(f"  更正第 {done.corrects} 版，两版都可查看")
    for card in done.cards:
        typer.echo(f"  {card.number} {CARD_ZH[card.card]}：{CARD_STATE_ZH[card.state]}")


def _held_back(workspace: "Workspace", hold: Sequence[str]) -> dict[str, str]:
    """Return town code → reason of what is typed as TOWN=REASON, the town by name or code."""
    from riskmap.daily.days import find_town  # noqa: PLC0415  (pandas, not for --help)
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (short start for --help)
    from riskmap.rows import town_names  # noqa: PLC0415  (pandas)

    if not hold:
        return {}
    named = town_names(workspace)
    towns = {"towns": [{"code": code, "name": name} for code, name in named.items()]}
    held: dict[str, str] = {}
    for text in hold:
        town, _, reason = text.partition("=")
        if not town.strip() or not reason.strip():
            raise RiskmapError("--hold 没有写全", text, "写成 --hold 镇街=理由")
        code = find_town(towns, town)
        if code in held:
            raise RiskmapError("--hold 同一镇街写了两次", town, "合成一条理由")
        held[code] = reason.strip()
    return held


def _publish_exposure(context: typer.Context, day: str | None, as_json: bool) -> None:
    from riskmap.ledger.exposures import publish_exposure  # noqa: PLC0415  (pandas)

    with opened(context) as workspace:
        chosen = chosen_day(workspace, day)
        done = publish_exposure(workspace, operator(), chosen, now=present())
    if as_json:
        print_json({**done.document, "already": done.already, "passed": done.passed})
        return
    verb = "早已发布" if done.already else "已发布"
    found, earlier = len(done.document["found"]), len(done.document["earlier"])
    typer.echo(
        f"{done.date} 每日曝光第 {done.issue} 期{verb}：当日 {found} 条，前期未整改 {earlier} 条"
    )
    if done.document["note"]:
        typer.echo(f"  {done.document['note']}")
    if done.passed:
        typer.echo(
            f"  {len(done.passed)} 条发布时已另有进展，没有改记“已曝光”：{' '.join(done.passed)}"
        )
