"use strict";
// One press, one action: a form is sent once; a form that came back with faults is brought in sight.
(function () {
  document.querySelectorAll(".act-form").forEach(function (form) {
    const buttons = Array.from(form.querySelectorAll('button[type="submit"]'));
    form.addEventListener("submit", function () {
      // After the browser has taken the pressed button's own address.
      setTimeout(() => buttons.forEach((button) => { button.disabled = true; }), 0);
    });
    window.addEventListener("pageshow", () => buttons.forEach((button) => { button.disabled = false; }));
    followTerm(form);
  });
  // A deadline that is merely the term's follows the term; one set by hand stays.
  function followTerm(form) {
    const { term, deadline } = form.elements;
    if (!term || !deadline || !form.dataset.dueTown) return;
    const due = () => (term.value === "district" ? form.dataset.dueDistrict : form.dataset.dueTown);
    let usual = due();
    term.addEventListener("change", function () {
      if (deadline.value === usual) deadline.value = due();
      usual = due();
    });
  }
  const faults = document.querySelector(".form-faults");
  if (faults) {
    const closed = faults.closest("details");
    if (closed) closed.open = true;
    faults.focus();
  }
})();
