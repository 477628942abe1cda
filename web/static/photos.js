"use strict";
// Small pictures of the photos chosen in a form, made in the browser; a format that it cannot show
// keeps its name.
(function () {
  async function picture(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    try {
      const bitmap = await createImageBitmap(file);
      const scale = 96 / Math.max(bitmap.width, bitmap.height);
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      item.append(canvas);
    } catch {
      item.className = "no-picture";
    }
    item.append(name);
    return item;
  }

  document.querySelectorAll(".photos-field").forEach(function (field) {
    const files = Array.from(field.querySelectorAll('input[type="file"]'));
    const previews = field.querySelector(".photo-previews");
    async function show() {
      const chosen = files.flatMap((input) => Array.from(input.files));
      previews.replaceChildren(...(await Promise.all(chosen.map(picture))));
    }
    files.forEach((input) => input.addEventListener("change", show));
    if (files.some((input) => input.files.length)) show();
  });
})();
