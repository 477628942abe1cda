"""What the API takes and answers about hidden dangers, as models for the OpenAPI description.

What is sent is checked by the ledger itself, all fields at once; the models only say the names.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from riskmap.ledger.danger_list import MOST_ROWS
from web.api.models import Model

State = str
DATE = "日期，YYYY-MM-DD"


class DangerQuery(BaseModel):
    """Which dangers, and which page of them."""

    state: str | None = Field(None, description="open、not_rectified 或一个状态", max_length=20)
    town: str | None = Field(None, description="镇街代码", max_length=12)
    domain: str | None = Field(None, max_length=30)
    grade: str | None = Field(None, description="general 或 major", max_length=10)
    overdue: bool | None = None
    q: str | None = Field(None, description="编号或内容中的文字", max_length=100)
    page: int = Field(1, ge=1, le=1_000_000)
    limit: int = Field(100, ge=1, le=MOST_ROWS)


class DangerFields(BaseModel):
    """Fields of a hidden danger as they may be sent; an unknown name is refused by the ledger."""

    model_config = ConfigDict(extra="allow")

    found_at: str | None = Field(None, description="ISO 8601；不带时区按本区时间；不填为现在")
    town: str | None = Field(None, description="镇街名称或代码；不填按位置判定")
    community: str | None = None
    enterprise_id: str | None = None
    domain: str | None = Field(None, examples=["消防"], description="评分方案中的领域")
    grade: str | None = Field(None, examples=["general"], description="general 或 major")
    description: str | None = Field(None, examples=["三楼楼梯口堆放纸箱，疏散通道被堵"])
    place: str | None = None
    lon: float | str | None = Field(None, description="经度，度")
    lat: float | str | None = Field(None, description="纬度，度")
    responsible_unit: str | None = None
    responsible_person: str | None = None
    deadline: str | None = Field(None, description=DATE + "；不填按方案时限")
    term: str | None = Field(None, description="town 或 district")
    comment: str | None = None


class DangerReport(DangerFields):
    """A new hidden danger; domain, grade, description and a town or a position are needed."""

    photos: list[str] = Field([], description="POST /api/v1/photos 返回的 digest", max_length=20)


class DangerStep(DangerFields):
    """One action; which fields it takes depends on the action."""

    action: str = Field(
        examples=["assign"],
        description="expose assign rectify recheck_pass recheck_fail close extend_ask "
        "extend_approve extend_refuse list transfer reopen void edit comment",
    )
    version: int | None = Field(None, description="您看到的版本；comment 可以不填", examples=[1])
    held_at: str | None = Field(None, description="实际发生时间，ISO 8601；不填为现在")
    extension_until: str | None = Field(None, description=DATE)
    listed_until: str | None = Field(None, description=DATE)
    transferred_to: str | None = None
    photos: list[str] = Field([], description="POST /api/v1/photos 返回的 digest", max_length=20)


class StepAnswer(Model):
    """One step of the history; `changes` is {field: [before, after]}."""

    version: int
    action: str
    state_before: str | None
    state_after: str
    held_at: datetime
    learnt_at: datetime
    actor_name: str
    comment: str | None
    changes: dict[str, Any]
    photos: list[str]


class DangerAnswer(Model):
    """A hidden danger with its history; unknown is null, persons are masked for viewers."""

    number: str = Field(examples=["339901-001-20261121-0001"])
    version: int
    state: State = Field(examples=["assigned"])
    state_zh: str = Field(examples=["已交办"])
    found_at: datetime
    town: str
    domain: str
    grade: str | None
    description: str | None
    deadline: str | None
    due: str | None = Field(description="应整改到的日期，由期限、挂牌期限或方案时限算出")
    overdue_days: int = Field(ge=0)
    lon: float | None
    lat: float | None


class DangerDocument(DangerAnswer):
    """One danger: every column, the steps and the photos, and what you can do with it."""

    steps: list[StepAnswer]
    photos: list[dict[str, Any]]
    allowed: list[str] = Field(description="您现在可以办理的操作")


class DangerList(Model):
    """One page of dangers, newest found first."""

    total: int
    page: int
    pages: int
    limit: int = Field(le=MOST_ROWS)
    dangers: list[DangerAnswer]


class PhotoAnswer(Model):
    """A stored photo; the position is what its EXIF said, which the stored file no longer has."""

    digest: str
    width: int
    height: int
    bytes: int
    lon: float | None
    lat: float | None
    taken_at: datetime | None
