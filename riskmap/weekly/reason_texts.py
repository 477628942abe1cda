"""What people write as a reason, an answer or an opinion: whether it can be kept as it stands."""

import re

LONGEST = 2000
"""Characters of a reason or an answer."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def says_nothing(text: str) -> bool:
    r"""Say whether a text has no sign that a reader sees.

    Examples
    --------
    >>> says_nothing(" \u3000\u200b"), says_nothing("数据有误")
    (True, False)
    """
    return not any(sign.isprintable() and sign != " " for sign in text)


def fault_of(text: str) -> str:
    r"""Return why a text cannot be kept: too long, or with signs no database takes; "" when it can.

    Examples
    --------
    >>> fault_of("数据有误\r\n已核实"), fault_of("a\x00b")
    ('', '含有不可见的控制字符，请重新输入')
    """
    if len(text) > LONGEST:
        return f"最多 {LONGEST} 字"
    return "含有不可见的控制字符，请重新输入" if _CONTROL.search(text) else ""
