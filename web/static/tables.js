// Sort a whole table in place when a header is chosen; without this script the header's own
// address (?sort=) does the same on the server.
"use strict";
(function () {
  function valueOf(row, place) {
    const cell = row.cells[place];
    return cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
  }

  function compare(one, other, numeric) {
    if (one === "" || other === "") return (one === "") - (other === "");
    if (numeric) return Number(one) - Number(other);
    return one.localeCompare(other, "zh-CN");
  }

  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    const body = table.tBodies[0];
    let cells = 0;
    heads.forEach(function (head) {
      const place = cells;
      cells += head.colSpan;
      const link = head.querySelector("a");
      if (!link) return;
      link.addEventListener("click", function (event) {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        const first = head.dataset.first || "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? second : first;
        const sign = order === "ascending" ? 1 : -1;
        const numeric = head.classList.contains("num");
        const rows = Array.from(body.rows);
        rows.sort(function (one, other) {
          const a = valueOf(one, place);
          const b = valueOf(other, place);
          const unknown = a === "" || b === "";
          return (unknown ? 1 : sign) * compare(a, b, numeric);
        });
        body.append(...rows);
        heads.forEach((each) => each.querySelector("a") && each.setAttribute("aria-sort", each === head ? order : "none"));
        const query = new URLSearchParams(window.location.search);
        query.set("sort", (order === "descending" ? "-" : "") + head.dataset.column);
        window.history.replaceState(null, "", "?" + query.toString());
      });
    });
  });
})();
