// The sandbox processor's fields. What is typed here goes to the processor alone; the page around
// the frame gets a token.
"use strict";

const form = document.getElementById("fields");
const inputs = ["number", "expiry", "code"].map((name) => form.elements[name]);

function tell(message) {
  // The page around it is on the same host, while this one has no origin to name.
  parent.postMessage(message, location.origin);
}

function size() {
  tell({ kind: "size", height: document.querySelector("main").offsetHeight + 8 });
}

function mark(field, text) {
  for (const input of inputs) {
    const wrong = input.name === field;
    input.setAttribute("aria-invalid", String(wrong));
    document.getElementById(`${input.name}-wrong`).textContent = wrong ? text : "";
    if (wrong) input.focus();
  }
  size();
}

async function tokenise() {
  const body = new URLSearchParams({ language: form.dataset.language });
  for (const input of inputs) body.set(input.name, input.value);
  try {
    const answer = await fetch("/sandbox/tokens", { method: "POST", body, credentials: "omit" });
    const found = await answer.json();
    if (answer.ok) {
      mark("", "");
      tell({ kind: "token", token: found.token, brand: found.brand, last4: found.last4 });
      return;
    }
    mark(found.field || "number", found.field ? found.detail : form.dataset.down);
  } catch {
    mark("number", form.dataset.down);
  }
  tell({ kind: "wrong" });
}

form.elements.number.addEventListener("input", (event) => {
  const digits = event.target.value.replace(/\D/g, "").slice(0, 19);
  event.target.value = digits.replace(/(.{4})(?=.)/g, "$1 ");
});
form.elements.expiry.addEventListener("input", (event) => {
  const digits = event.target.value.replace(/\D/g, "").slice(0, 4);
  event.target.value = digits.length > 2 ? `${digits.slice(0, 2)}/${digits.slice(2)}` : digits;
});
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("message", (event) => {
  if (event.source === parent && event.data?.kind === "tokenise") tokenise();
});
new ResizeObserver(size).observe(document.querySelector("main"));
size();
