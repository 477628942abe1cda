"""What ends a command: one Chinese line, exit code 2, and the document of --json all the same."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskmap.cli.main import app
from riskmap.errors import WorkspaceError
from riskmap.records.warning_feed import read_feed
from riskmap.settings import DistrictSettings, Settings
from riskmap.storage.errors import clear_storage_errors


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--bogus", "没有这个选项：--bogus"),
        ("frobnicate", "没有这个命令：frobnicate"),
        ("import", "缺少参数：LAYER"),
        ("import towns", "缺少参数：FILE"),
        ("daily --dat 2026-06-30", "没有这个选项：--dat。相近的：--date"),
        ("explain a b", "多余的参数：b"),
        ("export", "缺少参数：DATE"),
        ("import towns a.shp --map", "选项后面缺少值：--map"),
        ("replay 2026-06-30 --revision x", "--revision 应为整数"),
        ("serve --port 70000", "--port 超出范围，界限为 65535"),
        ("scheme nothing", "没有这个命令：nothing"),
    ],
)
def test_a_command_typed_wrongly_is_one_line(typed: str, said: str) -> None:
    result = run(*typed.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    [line] = result.stderr.strip().splitlines()
    assert line.startswith("错误：命令写法不对，")
    assert said in line
    assert "--help" in line


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-30T08:00:00+08:00")
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    folder = tmp_path / "w"
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(folder))
    assert run("init", str(folder), "--name", "黄岩区", "--code", "331003").exit_code == 0
    return folder


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("import towns none.shp", "找不到文件"),
        ("import town none.shp", "没有这个图层"),
        ("import towns none.shp --map x", "--map 写法不对"),
        ("record accidents none.csv", "还没有镇街图层"),
        ("record accident none.csv", "没有这种记录"),
        ("warnings none.json", "找不到文件"),
    ],
)
def test_json_stays_one_document_when_nothing_is_taken(root: Path, typed: str, said: str) -> None:
    result = run(*typed.split(), "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert (document["accepted"], document["rejected"], document["snapshot"]) == (0, 0, None)
    [fault] = document["faults"]
    assert said in fault["expected"]
    [line] = result.stderr.strip().splitlines()
    assert line == f"错误：{document['refusal']}"


@pytest.mark.sqlite
def test_json_of_a_damaged_database(root: Path) -> None:
    (root / "riskmap.db").write_bytes(b"no database" * 999)
    result = run("import", "towns", "none.shp", "--json")
    assert result.exit_code == 2
    assert "数据库已损坏" in json.loads(result.stdout)["faults"][0]["expected"]


def test_a_refused_layer_says_so_on_stderr_too(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("编号,名称,经度,纬度\nE1,甲,0,0\n", encoding="utf-8")
    for more in ([], ["--json"]):
        result = run("import", "enterprises", str(path), *more)
        assert result.exit_code == 2
        [line] = result.stderr.strip().splitlines()
        assert line == "错误：企业未导入：没有一行可用。按所列各行改正后重新导入。"


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (b"<alert/>", "CAP"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>", "CAP"),
        (b'{"data": [1,\n2', "第 2 行第 2 列"),
        (b"[" * 100_000, "JSON"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
    ],
)
def test_a_feed_that_is_none_says_why(tmp_path: Path, content: bytes, mend: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    settings = Settings(DistrictSettings("黄岩区", "331003"))
    with pytest.raises(ValueError, match=mend):
        read_feed(path, settings)
    with pytest.raises(ValueError, match="这是文件夹"):
        read_feed(tmp_path, settings)


def test_a_stored_document_that_is_no_json_is_a_damaged_store() -> None:
    with pytest.raises(WorkspaceError, match="库里存的成果已损坏"), clear_storage_errors():
        json.loads("{broken")
