// The rows of a list message, of which one is sent.

import { h } from "./dom.js";
import { openSheet } from "./sheet.js";

export function chooseFrom(message, thread) {
  const send = h("button", { class: "primary", disabled: true }, "Send");
  const form = h("form", { class: "rows" },
    message.sections.map((section, at) => group(section, at)), h("footer", { class: "sheet-foot" }, send));
  const sheet = openSheet(message.menu || "Choose", form);
  form.addEventListener("change", () => {
    send.disabled = false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = new FormData(form).get("row");
    if (id === null) return;
    sheet.close();
    thread.send({ press: { message_id: message.id, id } });
  });
  form.querySelector("input")?.focus();
}

function group(section, at) {
  const title = section.title ? h("legend", {}, section.title) : h("legend", { class: "unseen" }, `Choices ${at + 1}`);
  return h("fieldset", {}, title, section.rows.map((row) =>
    h("label", { class: "choosable" },
      h("span", { class: "choosable-words" }, h("strong", {}, row.title), row.description && h("small", {}, row.description)),
      h("input", { type: "radio", name: "row", value: row.id }))));
}
