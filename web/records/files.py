"""Files of records: an empty sheet to fill in, and a file sent back with every fault at once."""

import io
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from starlette.responses import Response

from riskmap.access.policy import authorise
from riskmap.errors import FieldsError, NotFoundError
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.importing import RecordOutcome
from riskmap.records.upload import upload_records
from web.access import actor_of, moment_of
from web.forms import render_form
from web.records.record import frame
from web.rendering import workspace_of

router = APIRouter(prefix="/records", include_in_schema=False, default_response_class=HTMLResponse)

MAX_BYTES = 20 * 1024 * 1024
SHOWN_FAULTS = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = (".xlsx", ".xls", ".csv", ".txt")


@router.get("/{kind}/template.xlsx", response_class=Response)
def template(kind: str) -> Response:
    """Send an empty sheet with the Chinese headers of a kind; required ones are marked."""
    contract = RECORD_CONTRACTS.get(kind)
    if contract is None:
        raise NotFoundError("没有这种记录", kind[:60], "可用：" + " ".join(RECORD_CONTRACTS))
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has no sheet")
    sheet.title = contract.title_zh
    notes = book.create_sheet("说明")
    notes.append(["列", "必填", "可填的值", "说明"])
    for number, column in enumerate(contract.columns, start=1):
        cell = sheet.cell(1, number, column.title_zh)
        cell.font = Font(bold=column.required)
        sheet.column_dimensions[get_column_letter(number)].width = 18
        words = [spellings[0] if spellings else value
                 for value, spellings in (column.allowed or {}).items()]  # fmt: skip
        notes.append(
            [column.title_zh, "是" if column.required else "", "、".join(words), column.note]
        )
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    book.close()
    headers = {"Content-Disposition": f'attachment; filename="{kind}.xlsx"'}
    return Response(out.getvalue(), media_type=XLSX, headers=headers)


@router.get("/{kind}/upload")
def upload_form(request: Request, kind: str) -> Response:
    """Show the form that sends a file."""
    _authorise(request, kind)
    return _page(request, kind)


@router.post("/{kind}/upload")
def upload(
    request: Request, kind: str, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Check a file and take its good rows; every fault is shown at once."""
    _authorise(request, kind)
    name = Path((file.filename or "") if file else "").name[-120:]
    if file is None or not name:
        return _page(request, kind, faults={"file": "请选择一个文件。"})
    data = file.file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return _page(request, kind, faults={"file": "文件超过 20 MB，请分成几个。"})
    if not name.lower().endswith(ENDINGS):
        return _page(request, kind, faults={"file": f"“{name}”不是 xlsx 或 csv 文件。"})
    with tempfile.TemporaryDirectory(prefix="riskmap-upload-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            outcome = upload_records(
                workspace_of(request), actor_of(request), kind, path, now=moment_of(request)
            )
        except FieldsError as error:
            said = {name: text.replace(folder + "/", "") for name, text in error.faults.items()}
            return _page(request, kind, faults=said)
    return _page(request, kind, outcome)


def _authorise(request: Request, kind: str) -> None:
    if kind not in RECORD_CONTRACTS:
        raise NotFoundError("没有这种记录", kind[:60], "可用：" + " ".join(RECORD_CONTRACTS))
    action = "danger.import" if kind == "hidden_dangers" else f"record.{kind}"
    authorise(actor_of(request), action)


def _page(
    request: Request,
    kind: str,
    outcome: RecordOutcome | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    listed = [] if outcome is None else outcome.faults
    context: dict[str, Any] = {
        **frame(request, kind),
        "outcome": outcome,
        "listed": [_told(fault) for fault in listed[:SHOWN_FAULTS]],
        "more": max(0, len(listed) - SHOWN_FAULTS),
    }
    bad = faults or (outcome is not None and outcome.rejected)
    return render_form(request, "record_upload.html", context, faults, {}, 422 if bad else 200)


def _told(fault: Any) -> dict[str, Any]:
    return {
        "sheet": fault.sheet,
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "expected": fault.expected,
        "rejected": fault.severity != "note",
    }
