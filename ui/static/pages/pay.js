// The pay page: the fields that are needed are shown, a card's token comes from the processor's
// frame, a button works once, and a payment that is being processed is asked after.
"use strict";

const ASK_EVERY_MS = 2000;
const PATIENCE_MS = 15000;

function begin(button) {
  button.dataset.label = button.textContent;
  button.textContent = button.dataset.busy;
  button.disabled = true;
}

function again(button) {
  button.textContent = button.dataset.label;
  button.disabled = false;
}

function payForm(form) {
  const other = document.getElementById("other");
  const card = document.getElementById("card");
  const frame = card.querySelector("iframe");
  const trouble = document.getElementById("trouble");
  const button = form.querySelector("button[type=submit]");
  let waiting = null;

  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`)?.value;

  function show() {
    other.classList.toggle("hidden", chosen("amount_of") !== "other");
    card.classList.toggle("hidden", chosen("method") !== "card");
  }

  function say(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  function stop(text) {
    clearTimeout(waiting);
    waiting = null;
    again(button);
    say(text);
  }

  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    if (waiting) {
      event.preventDefault();
      return;
    }
    say("");
    begin(button);
    if (chosen("method") !== "card" || form.elements.card.value) return;
    event.preventDefault();
    waiting = setTimeout(() => stop(form.dataset.slow), PATIENCE_MS);
    frame.contentWindow.postMessage({ kind: "tokenise" }, "*"); // it holds no secret
  });
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || typeof event.data !== "object") return;
    const { kind, token, height } = event.data;
    if (kind === "size" && Number.isFinite(height)) frame.style.height = `${Math.ceil(height)}px`;
    if (kind === "wrong" && waiting) stop(form.dataset.card);
    if (kind === "token" && waiting) {
      clearTimeout(waiting);
      form.elements.card.value = String(token);
      form.submit();
    }
  });
  window.addEventListener("pageshow", () => {
    form.elements.card.value = "";
    if (button.disabled) stop("");
  });
  show();
}

function sureForm(form) {
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", () => {
    begin(button);
    document.getElementById("progress").textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", () => button.disabled && again(button));
}

async function followUp(wait) {
  for (;;) {
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    try {
      const answer = await fetch(wait.dataset.state, { headers: { accept: "application/json" } });
      if (answer.ok && (await answer.json()).state === "processing") continue;
      if (answer.status < 500) {
        location.reload();
        return;
      }
    } catch {
      // The network is away; it is asked again.
    }
  }
}

const parts = { pay: payForm, sure: sureForm, wait: followUp };
for (const [id, start] of Object.entries(parts)) {
  const found = document.getElementById(id);
  if (found) start(found);
}
