"""Names and phones of persons are seen by those who need them, and by nobody else.

Basis: 个人信息保护法 (minimum fields), DOMAIN §7 and DESIGN §8: viewers see no person's name or
telephone. A column is a person's when its name says so; a mobile number inside free text is
masked, the first three and the last four digits stay. Who needs them stands in
`riskmap.access.policy` (`read.persons`): the office everywhere, town staff in their own town.
The documents of a day and the layers of the API are for everybody and never carry them.
"""

import re
from typing import Any

import pandas as pd

from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, may

PERSON_WORDS = (
    "联系人", "联系方式", "联系电话", "电话", "手机", "座机", "传真", "微信", "邮箱", "负责人",
    "法人代表", "法定代表", "法人", "安全员", "管理员", "网格员", "经办人", "填报人", "上报人",
    "责任人", "值班", "姓名", "身份证", "证件号", "报告人", "户主", "决定人", "复核人",
    "承诺人", "审批人", "批准人", "检查人员", "执法人员", "确认人", "提出人",
)  # fmt: skip
PERSON_TOKENS = frozenset(
    {
        "person", "contact", "contacts", "phone", "telephone", "tel", "mobile", "cellphone",
        "email", "mail", "fax", "wechat", "manager", "principal", "leader", "operator",
        "reporter", "representative", "idcard", "decided", "linkman", "fzr", "lxr", "lxdh",
        "dianhua", "frdb", "sjh",
    }
)  # fmt: skip
PERSON_NAMES = frozenset({"second_person", "person_name", "by_whom", "inspector"})
NOT_PERSONS = frozenset(
    {"persons", "capacity_persons", "surveyed_population_500m", "法人单位", "法人单位名称",
     "法人名称", "责任单位", "主管部门"}
)  # fmt: skip

_MOBILE = re.compile(r"(?<![0-9A-Za-z])(1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9A-Za-z])")
_ID_CARD = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{5})(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]"
                      r"[0-9]{2}([0-9][0-9Xx])(?![0-9A-Za-z])")  # fmt: skip


def is_personal(column: str) -> bool:
    """Say whether a column names a person or how to reach one.

    Examples
    --------
    >>> is_personal("负责人电话"), is_personal("contact_phone"), is_personal("capacity_persons")
    (True, True, False)
    """
    name = column.strip()
    if name in NOT_PERSONS:
        return False
    tokens = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return (
        name.lower() in PERSON_NAMES
        or tokens[-1] == "by"
        or not PERSON_TOKENS.isdisjoint(tokens)
        or any(word in name for word in PERSON_WORDS)
    )


def sees_persons(actor: Actor, town: str | None = None) -> bool:
    """Say whether somebody may see names and phones in rows of a town (None: of all towns)."""
    return may(actor, "read.persons", Subject(town=town))


def without_persons(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the columns that name persons or how to reach them."""
    return table[[column for column in table.columns if not is_personal(str(column))]]


def masked(text: str) -> str:
    """Return a text with mobile and identity card numbers masked.

    Examples
    --------
    >>> masked("联系王某 13812345678")
    '联系王某 138****5678'
    """
    return _ID_CARD.sub(r"\1**********\2", _MOBILE.sub(r"\1****\3", text))


CODES = frozenset(
    {"id", "code", "alert_id", "digest", "sha256", "record", "source", "enterprise_id"}
)
"""Fields of documents that are codes and not free text."""


def masked_document(document: Any) -> Any:
    """Return a document with the numbers in its texts masked; codes and numbers stay.

    Examples
    --------
    >>> masked_document({"id": "13812345678", "name": ["找王某 13812345678"], "score": 63.2})
    {'id': '13812345678', 'name': ['找王某 138****5678'], 'score': 63.2}
    """
    if isinstance(document, dict):
        return {
            key: part if key in CODES else masked_document(part) for key, part in document.items()
        }
    if isinstance(document, list):
        return [masked_document(part) for part in document]
    return masked(document) if isinstance(document, str) else document
