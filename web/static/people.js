/* Show only the field that the chosen role needs; without scripts all of them stand there. */
for (const form of document.querySelectorAll("form[data-roles]")) {
  const role = form.querySelector("select[name=role]");
  const show = () => {
    for (const part of form.querySelectorAll("[data-for-role]")) {
      part.hidden = part.dataset.forRole !== role.value;
    }
  };
  role.addEventListener("change", show);
  show();
}
