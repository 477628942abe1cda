"use strict";
// What was typed survives a session that ended meanwhile: a form marked data-keep keeps its texts
// in this tab when it is sent; the answer "sign in" asks for them back; the form, shown again to
// the same person, takes them in and says so once. Never photos, hidden fields or passwords. The
// next page with this script forgets what was not asked for, and so does signing out.
(function () {
  const KEY = "riskmap-kept";
  const KINDS = ["text", "search", "number", "date", "datetime-local", "textarea", "select-one", "radio", "checkbox"];

  function read() {
    try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
  }
  function write(kept) {
    try { kept ? sessionStorage.setItem(KEY, JSON.stringify(kept)) : sessionStorage.removeItem(KEY); } catch { /* no storage: the page says what holds without it */ }
  }
  const local = (address) => { const at = new URL(address, location.href); return at.pathname + at.search; };
  const typed = (form) => Array.from(form.elements).filter((one) => one.name && KINDS.includes(one.type));

  function restore(form, kept) {
    let changed = false;
    for (const one of typed(form)) {
      const said = kept.values.find(([name, option]) => name === one.name && (option === null || option === one.value));
      if (!said) continue;
      if (one.type === "radio" || one.type === "checkbox") {
        changed = changed || one.checked !== said[2];
        one.checked = said[2];
      } else {
        changed = changed || one.value !== said[2];
        one.value = said[2];
      }
      if (said[2] && one.closest("details") && one.value !== one.defaultValue) one.closest("details").open = true;
    }
    if (!changed) return;
    const note = document.createElement("p");
    note.className = "form-note";
    note.setAttribute("role", "status");
    note.textContent = form.dataset.restored;
    form.prepend(note);
    for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    note.scrollIntoView({ block: "center" });
  }

  const kept = read();
  const again = document.querySelector(".sign-in-again");
  if (again) {
    // The answer to a form that was sent without a session.
    if (!kept || kept.sent !== local(location.href)) return write(null);
    write({ ...kept, wanted: true });
    again.href = "/sign-in?next=" + encodeURIComponent(kept.page);
    again.removeAttribute("target");
    const sentence = document.querySelector("[data-kept]");
    sentence.textContent = sentence.dataset.kept;
    return;
  }
  const forms = Array.from(document.querySelectorAll("form[data-keep]"));
  const mine = kept && kept.wanted && forms.find((form) => form.dataset.keep === kept.who && form.getAttribute("action") === kept.form);
  write(null);
  if (mine) restore(mine, kept);
  forms.forEach((form) => form.addEventListener("submit", function (event) {
    const by = event.submitter;
    write({
      who: form.dataset.keep,
      form: form.getAttribute("action"),
      page: form.dataset.page,
      sent: local(by && by.hasAttribute("formaction") ? by.formAction : form.action),
      values: typed(form).map((one) => one.type === "radio" || one.type === "checkbox" ? [one.name, one.value, one.checked] : [one.name, null, one.value]),
    });
  }));
})();
