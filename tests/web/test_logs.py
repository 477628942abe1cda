"""The log of the service names nobody."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.workspace import init_workspace, open_workspace
from web.logs import mask_logs

PHONE, SHOWN = "13812345678", "138****5678"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the loggers of the service write, masked as in service."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    names = ("uvicorn.error", "uvicorn.access")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    mask_logs()
    yield stream
    for name in names:
        logging.getLogger(name).removeHandler(handler)


def test_numbers_are_masked_also_in_a_traceback(written: io.StringIO) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.error("联系 %s", PHONE)
    try:
        raise ValueError(f"电话 {PHONE}")
    except ValueError:
        logger.exception("failed")
    assert PHONE not in written.getvalue()
    assert written.getvalue().count(SHOWN) == 2
    assert "Traceback" in written.getvalue()


def test_an_access_keeps_the_path_only(written: io.StringIO) -> None:
    line = '%s - "%s %s HTTP/%s" %d'
    arguments = ("127.0.0.1:1", "GET", "/dangers?q=%E7%8E%8B%E6%9F%90&page=2", "1.1", 200)
    logging.getLogger("uvicorn.access").warning(line, *arguments)
    assert '"GET /dangers HTTP/1.1" 200' in written.getvalue()
    assert "?" not in written.getvalue()


def test_an_error_of_the_database_does_not_say_what_was_stored(tmp_path: Path) -> None:
    init_workspace(tmp_path / "w", "我的区", "330001")
    statement = sa.text("INSERT INTO no_such_table VALUES (:phone)")
    with open_workspace(tmp_path / "w") as workspace, workspace.engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.execute(statement, {"phone": PHONE})
        assert PHONE not in str(caught.value)
