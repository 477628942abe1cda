"""`riskmap card …`: list, show, give and decide on cards, from the server."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.cli.state import opened, operator, present, print_json

if TYPE_CHECKING:
    from riskmap.weekly.cards.versions import Card
    from riskmap.workspace import Workspace

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="牌的编号，如 2026-W26-330106001-white")
]
Reason = Annotated[str, typer.Option("--reason", help="理由、答复、申请或复核意见")]
Version = Annotated[
    int | None, typer.Option("--version", help="看到的版本号；不写则按现在的版本办理")
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def list_(
    context: typer.Context,
    town: Annotated[str | None, typer.Option("--town", help="镇街代码")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="状态，或 open（未办结）、standing（有效）")
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="只列七天内须答复和已超期的")] = False,
    as_json: Json = False,
) -> None:
    """列出白黄红牌：状态、答复期限，最新的周在前。"""
    from riskmap.weekly.cards.deciding import list_cards  # noqa: PLC0415  (SQLAlchemy)
    from riskmap.weekly.cards.reminders import cards_due  # noqa: PLC0415  (pandas)

    with opened(context) as workspace:
        found = list_cards(workspace, town=town, state=state)
        near = {one.number for one in cards_due(workspace, present())} if due else set()
    found = [card for card in found if not due or card.number in near]
    if as_json:
        print_json([card.plain() for card in found])
        return
    for card in found:
        typer.echo(_line(card))
    typer.echo(f"共 {len(found)} 张")


def show(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """显示一张牌：依据、证据、经过、能否解除、现在可以办什么。"""
    from riskmap.weekly.cards.deciding import read_card  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        _show(workspace, read_card(workspace, number), as_json)


def give(
    context: typer.Context,
    number: Annotated[
        str | None, typer.Argument(metavar="[NUMBER]", help="待定或暂缓的牌；人工发牌时不写")
    ] = None,
    reason: Reason = "",
    town: Annotated[str | None, typer.Option("--town", help="人工发牌：镇街代码")] = None,
    card: Annotated[
        str | None, typer.Option("--card", help="人工发牌：white、yellow 或 red")
    ] = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """发出一张待定或暂缓的牌；或写 --town 和 --card，人工发一张。"""
    from riskmap.errors import RiskmapError  # noqa: PLC0415  (short start for --help)
    from riskmap.weekly.cards import deciding as cards  # noqa: PLC0415  (SQLAlchemy)

    if (number is None) == (town is None and card is None):
        raise RiskmapError("请写牌的编号，或者写 --town 和 --card", number or "", "二者选一")
    if number is not None:
        _act(context, number, "give", reason, version, as_json)
        return
    with opened(context) as workspace:
        given = cards.give(workspace, operator(), town or "", card or "", reason, now=present())
        _show(workspace, given, as_json)


def _command(action: str, said: str) -> Callable[..., None]:
    """Return the command of one step of a card; what it says of itself stands in its help."""

    def command(
        context: typer.Context,
        number: Number,
        reason: Reason = "",
        version: Version = None,
        as_json: Json = False,
    ) -> None:
        _act(context, number, action, reason, version, as_json)

    command.__doc__ = said
    return command


decline = _command("decline", "不发一张待定的牌，写明理由。")
hold = _command("hold", "暂缓一张牌，写明理由。")
answer = _command("answer", "代镇街登记书面答复（整改情况）。")
send_back = _command("send_back", "退回答复，重新计算答复期限。")
apply = _command("apply", "代镇街登记解除红牌的书面申请。")
refuse = _command("refuse", "不同意解除红牌的申请。")
release = _command("release", "解除一张牌：按已发布的周和隐患台账核对条件，须他人复核。")
withdraw = _command("withdraw", "撤回一张发错的牌，写明理由；撤回的不再计入累计。")


def _act(
    context: typer.Context,
    number: str,
    action: str,
    reason: str,
    version: int | None,
    as_json: bool,
) -> None:
    from riskmap.weekly.cards import deciding as cards  # noqa: PLC0415  (SQLAlchemy)

    with opened(context) as workspace:
        seen = cards.read_card(workspace, number).version if version is None else version
        card = cards.act(workspace, operator(), number, action, reason, version=seen, now=present())
        _show(workspace, card, as_json)


def _line(card: "Card") -> str:
    from riskmap.weekly.cards.states import CARD_STATE_ZH, CARD_ZH  # noqa: PLC0415  (as above)

    due = card.answer_due
    parts = [card.number, card.document["town_name"], CARD_ZH[card.card], CARD_STATE_ZH[card.state]]
    if due is not None:
        parts.append(f"{due} 前答复")
    if card.correction is not None:
        parts.append("所依据的周已更正，请复核")
    return "  ".join(parts)


def _show(workspace: "Workspace", card: "Card", as_json: bool) -> None:
    from riskmap.weekly.cards.deciding import allowed, may_release  # noqa: PLC0415  (as above)
    from riskmap.weekly.cards.states import STEP_ZH  # noqa: PLC0415  (as above)
    from riskmap.weekly.cards.words import evidence_text, trigger_text  # noqa: PLC0415  (as above)

    now = present()
    possible = allowed(workspace, card, operator(), now)
    report = may_release(workspace, card, now) if card.standing else None
    if as_json:
        release = None if report is None else report.plain()
        print_json(card.plain() | {"release": release, "allowed": [one.action for one in possible]})
        return
    typer.echo(_line(card))
    for row in card.document["triggers"]:
        typer.echo(f"  依据：{trigger_text(row)}")
    for row in card.document["evidence"]:
        typer.echo(f"  证据：{row['kind']}:{row['key']} {evidence_text(row)}")
    typer.echo(f"  要求：{card.terms.consequence}；解除：{card.terms.release}")
    for step in card.steps:
        when: datetime = step.held_at.astimezone(workspace.settings.zone)
        said = f"：{step.reason}" if step.reason else ""
        title = STEP_ZH.get(step.action, step.action)
        typer.echo(f"  [{step.version}] {when:%Y-%m-%d %H:%M} {step.actor_name} {title}{said}")
    for text in () if report is None else report.missing:
        typer.echo(f"  还不能解除：{text}")
    acts = "、".join(f"{one.title_zh}（{one.action}）" for one in possible)
    typer.echo(f"可以办理：{acts}" if acts else "现在没有可以办理的")
