"use strict";
/* The operators' pages without leaving them: htmx puts forms and lists in their place. This says what
   went wrong on the way, and leads the keyboard to what has appeared. All works without it as well. */
(() => {
  const FIELDS = "input:not([type=hidden]):not([readonly]), select, textarea";
  const SAID = {
    401: "Your session has ended. Sign in in another tab, then send this again: it is kept.",
    403: "You may not do that, or this page was open too long. Load it again.",
    429: "That was a lot in a short time. Wait a minute, then send this again.",
    503: "The records don't answer. Wait a minute, then send this again.",
  };
  let opener = null;

  function flash(text) {
    const note = document.createElement("p");
    note.className = "tl-note tl-bad";
    note.textContent = text;
    document.getElementById("flash").replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  }

  function lead(editor) {
    const wrong = editor.querySelector("#wrong, [aria-invalid]");
    const first = editor.querySelector(`fieldset ${FIELDS.split(", ").join(", fieldset ")}, button`);
    (wrong || first || editor).focus();
    editor.scrollIntoView({ block: "nearest" });
  }

  function close(event) {
    const editor = document.getElementById("editor");
    if (!document.getElementById("entries") || !editor) return;
    event.preventDefault();
    editor.replaceChildren();
    if (opener && document.contains(opener)) opener.focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && link.dataset.closes) close(event);
    else if (link && link.hasAttribute("hx-get")) opener = link;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("#editor")) close(event);
  });
  document.addEventListener("htmx:responseError", (event) => {
    flash(SAID[event.detail.xhr.status] || "That did not work. Load the page and try again.");
  });
  document.addEventListener("htmx:sendError", () => {
    flash("There is no connection right now. What you entered is kept: send it again.");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const editor = document.getElementById("editor");
    if (event.detail.target.id !== "editor" || !editor) return;
    if (editor.children.length) lead(editor);
    else document.getElementById("main").focus();
  });
})();
