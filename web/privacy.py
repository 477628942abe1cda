"""Names and phones of persons are seen by those who need them, and by nobody else.

Basis: 个人信息保护法 (minimum fields), DOMAIN §7 and DESIGN §8: viewers see no person's name or
telephone. A column is a person's when its name says so; a telephone number inside free text is
masked, the first three (or the area code) and the last four digits stay. Who needs them stands in
`riskmap.access.policy` (`read.persons`): the office everywhere, town staff in their own town,
inspectors in their own domain.
The documents of a day and the layers of the API are for everybody and never carry them.
"""

import re
import unicodedata
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

FEWEST_DIGITS = 10
"""Digits of the shortest number that is masked: an area code of three, seven behind it."""

_S = r"[ -]{1,2}"
_GROUPS = (
    r"[0-9]{8}",
    rf"{_S}[0-9]{{8}}",
    rf"(?:{_S})?[0-9]{{4}}{_S}[0-9]{{4}}(?! ?年)",
    r"\.[0-9]{4}\.[0-9]{4}",
    rf"{_S}[0-9]{{3}}{_S}[0-9]{{5}}",
    rf"{_S}[0-9]{{5}}{_S}[0-9]{{3}}",
    rf"[0-9]{_S}[0-9]{{3}}{_S}[0-9]{{4}}",
    rf"(?:{_S}[0-9]{{2}}){{4}}",
)
"""How people group the eight digits behind 138; any other grouping may be quantities."""
_NUMBER = re.compile(
    r"(?P<kept>(?<![0-9])[0-9]{6}-[0-9]{3}-[0-9]{8}-[0-9]{4,}"  # a danger's number
    r"|(?<![0-9A-Za-z])(?:"
    r"(?:19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])"  # a date
    r"|(?=[0-9]*[A-Z])[0-9A-Z]{18}(?<![0-9]{17}X)(?![0-9A-Za-z])))"  # a credit code
    r"|(?:(?:(?<![0-9A-Za-z])(?<![0-9]{2}\.)(?<!0\.)"  # behind "2." stands the next of a list
    r"|(?<=[Tt]el)|(?<=TEL)|(?<=[Pp]hone)|(?<=[WwVv][Xx])|(?<![0-9A-Za-z].)(?<=[Vv]))(?:"
    rf"(?P<card>[1-9][0-9]{{5}}) ?(?:19|20)[0-9]{{2}}[01][0-9][0-3][0-9] ?"
    r"[0-9]{2}(?P<card_end>[0-9][0-9Xx])"
    rf"|(?P<mobile>1[3-9][0-9])(?:{'|'.join(_GROUPS)})"
    rf"|(?P<spaced>1(?:{_S}[0-9]){{10}})"
    r"|(?P<abroad>(?:\+|00)?86[ )-]{0,2})(?P<ours>1[ -]?[3-9][ -]?[0-9])(?:[ -]{0,2}[0-9]){8}"
    r"|(?P<area>(?:(?:\+|00)86[ )-]{0,2}0?|\(?0)(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]{0,2})"
    r"[2-9][0-9]{2,3}[ -]?[0-9]{4})"
    r"|(?<![0-9])(?<![0-9]{2}\.)(?<!0\.)1[3-9][0-9]{9}"  # eleven solid digits, behind anything
    r")(?![0-9A-Za-z])(?!(?:(?<=0000)|\.[0-9]+) ?元)(?!\.[0-9]+ ?[万亿])"
)
_SIGNS = str.maketrans(
    dict.fromkeys("‐‑‒–—―−－﹣", "-")
    | dict.fromkeys("\u00a0\u2002\u2003\u2009\u200b\u200c\u200d\u202f\u3000\ufeff\u00ad", " ")
    | {"（": "(", "）": ")", "＋": "+", "．": "."}
)


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


def sees_persons(actor: Actor, town: str | None = None, domain: str | None = None) -> bool:
    """Say whether somebody may see names and phones in rows of a town or domain (None: of all)."""
    return may(actor, "read.persons", Subject(town, domain))


def without_persons(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the columns that name persons or how to reach them."""
    return table[[column for column in table.columns if not is_personal(str(column))]]


def masked(text: str) -> str:
    """Return a text with telephone and identity card numbers masked.

    Mobile numbers also with +86, spaces or dashes; fixed lines with their area code; digits of
    any width; eleven solid digits also behind letters. Numbers of dangers, dates, credit codes and
    quantities stay, an amount in yuan only when it is round or has decimals.

    Examples
    --------
    >>> masked("联系王某 13812345678，办公室（0571）8888－7777，2026-11-22")
    '联系王某 138****5678，办公室（0571）****7777，2026-11-22'
    """
    if sum(map(str.isdecimal, text)) < FEWEST_DIGITS:
        return text
    plain, shown, end = _plain(text), [], 0
    for found in _NUMBER.finditer(plain):
        if found["kept"] is None:
            shown += [text[end : found.start()], _mask(found, text)]
            end = found.end()
    return "".join([*shown, text[end:]])


def _plain(text: str) -> str:
    """Return a text of the same length with digits, dashes and blanks as ASCII has them."""
    if text.isascii():
        return text
    signs = text.translate(_SIGNS)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in signs)


def _mask(found: re.Match[str], text: str) -> str:
    """Return what stays readable of a number; what stands before it stays as it was written."""
    digits = [sign for sign in found[0] if sign.isalnum()]
    if found["card"] is not None:
        return f"{found['card']}{'*' * 10}{found['card_end']}"
    kept = found["area"] or found["abroad"] or ""
    first = text[found.start() : found.start() + len(kept)]
    own = digits[-11:-8] if found["area"] is None else []
    return f"{first}{''.join(own)}****{''.join(digits[-4:])}"


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
