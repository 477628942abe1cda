"""A command that was typed wrongly, said in one Chinese line with the mend."""

import re

import typer

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Typer's own class of usage errors; its public name in Typer is only that of a child."""

_SAID: tuple[tuple[str, str], ...] = (
    (
        r"No such option: (?P<a>\S+) \(Possible options?: (?P<b>.+)\)",
        "没有这个选项：{a}。相近的：{b}",
    ),
    (r"No such option: (?P<a>\S+) Did you mean (?P<b>.+)\?", "没有这个选项：{a}。相近的：{b}"),
    (r"No such option:? (?P<a>\S+)", "没有这个选项：{a}"),
    (r"No such command '(?P<a>.+?)'\.?(?: .*)?", "没有这个命令：{a}"),
    (r"Missing command\.?", "没有写命令"),
    (r"Missing (?:argument|parameter) '(?P<a>.+?)'\.?.*", "缺少参数：{a}"),
    (r"Missing option '(?P<a>.+?)'\.?.*", "缺少选项：{a}"),
    (r"Got unexpected extra arguments? ?(?:\(s\) )?\((?P<a>.+)\)", "多余的参数：{a}"),
    (r"Got unexpected extra argument\(s\) \((?P<a>.+)\)", "多余的参数：{a}"),
    (r"Option '(?P<a>.+?)' requires (?:an|\d+) arguments?\.?", "选项后面缺少值：{a}"),
    (r"Option '(?P<a>.+?)' does not take a value\.?", "选项不带值：{a}"),
    (r"Invalid value for '(?P<a>.+?)': .*valid integer.*", "{a} 应为整数"),
    (
        r"Invalid value for '(?P<a>.+?)': .*(?:less|greater) than or equal to (?P<b>\S+)",
        "{a} 超出范围，界限为 {b}",
    ),
    (r"Invalid value for '(?P<a>.+?)': (?P<b>.+)", "{a} 的值不对：{b}"),
)


def usage_line(error: Exception) -> str:
    """Return a usage error as one line: what is wrong, and where the help is.

    A message that is not known is shown as Typer gives it.
    """
    message = " ".join(str(getattr(error, "format_message", error.__str__)()).split())
    path = getattr(getattr(error, "ctx", None), "command_path", None) or "riskmap"
    return f"命令写法不对，{_chinese(message).rstrip('.。')}。用法见 {path} --help。"


def _chinese(message: str) -> str:
    for pattern, text in _SAID:
        found = re.fullmatch(pattern, message)
        if found is not None:
            return text.format(**found.groupdict())
    return message
