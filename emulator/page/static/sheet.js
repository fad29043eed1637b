// A sheet that comes up from the bottom of the phone. Escape, its cross and a press beside it close it.

import { h, iconButton } from "./dom.js";

let count = 0;

export function openSheet(title, content, { wide = false, label = "" } = {}) {
  const id = `sheet-${++count}`;
  const opener = document.activeElement;
  const dialog = h("dialog", { class: wide ? "sheet sheet-wide" : "sheet", "aria-labelledby": id },
    h("header", { class: "sheet-head" },
      iconButton("close", "Close", () => dialog.close()),
      h("h2", { id }, title), label && h("span", { class: "sheet-label" }, label)),
    h("div", { class: "sheet-body" }, content));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  const onResize = () => inPhone(dialog, wide);
  addEventListener("resize", onResize);
  dialog.addEventListener("close", () => {
    removeEventListener("resize", onResize);
    dialog.remove();
    if (opener?.isConnected) opener.focus();
  });
  document.body.append(dialog);
  inPhone(dialog, wide);
  dialog.showModal();
  return dialog;
}

/** A dialog is above all of the page: its place is told to be that of the phone. */
function inPhone(dialog, wide) {
  const phone = document.getElementById("phone").getBoundingClientRect();
  if (wide || !phone.width) return;
  dialog.style.setProperty("--left", `${phone.left}px`);
  dialog.style.setProperty("--width", `${phone.width}px`);
  dialog.style.setProperty("--bottom", `${Math.max(0, innerHeight - phone.bottom)}px`);
  dialog.style.setProperty("--most", `${phone.height * 0.85}px`);
}
