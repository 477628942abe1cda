"""`/shelters`: is there shelter for everybody, and where is it missing."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap import layer_store
from riskmap.shelters import coverage_document
from web.rendering import language_of, render, workspace_of
from web.shelters.map import shelter_map
from web.shelters.view import MAIN, sentence, shown_columns, sorted_towns, town_rows
from web.shelters.words import in_english
from web.texts.lookup import Texts

router = APIRouter(include_in_schema=False)
NEEDED = ("towns", "shelters")


@router.get("/shelters", response_class=HTMLResponse)
def shelters(request: Request, sort: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Show effective shelter area and places per head by town against the target."""
    workspace, t = workspace_of(request), Texts(language_of(request))
    if any(layer_store.current(workspace, layer) is None for layer in NEEDED):
        return render(request, "shelters_none.html", {"page": "shelters"})
    document = coverage_document(workspace)
    rows = town_rows(document, t)
    columns, hidden = shown_columns(document)
    context: dict[str, Any] = {
        "page": "shelters",
        "coverage": document,
        "said": lambda sentence: t.pick(sentence, in_english(sentence)),
        "sentence": sentence(document, t),
        "rows": sorted_towns(rows, sort, document["basis"]),
        "columns": columns,
        "main": MAIN[document["basis"]],
        "hidden": [t(column.text) for column in hidden],
        "sort": sort,
        "map": _map(request, rows, document, t),
    }
    return render(request, "shelters.html", context)


def _map(request: Request, rows: list[dict[str, Any]], document: dict[str, Any], t: Texts) -> Any:
    digest = document["layers"]["towns"]["digest"]
    towns = layer_store.load_layer(workspace_of(request), "towns", digest)
    said = {row["code"]: row for row in rows}
    towns = towns[towns["code"].isin(list(said))]
    codes = towns["code"].astype(str).tolist()
    label = t("shelters_map_places" if document["basis"] == "capacity" else "shelters_map")
    return shelter_map(codes, towns.geometry.to_numpy(), said, label)
