// What Chainlit's page lacks: the system's theme, our header, a way to a person, names for what is
// only an icon, new messages told to who can't see them, and nothing that was typed gets lost.
(() => {
  "use strict";
  const THEME = "vite-ui-theme"; // where Chainlit keeps the choice
  const LOOK_AGAIN_MS = 5000;
  const GRACE_MS = 3000; // for a message to appear again after the page was put together anew
  const find = (selector, within = document) => within.querySelector(selector);

  // --- a card's state, which outlives the page's drawing of all cards anew when others come --------
  const kept = new WeakMap();
  window.tlKept = (useState, props) => (name, initial) => {
    if (!kept.has(props)) kept.set(props, {});
    const held = kept.get(props);
    if (!(name in held)) held[name] = initial;
    const [value, set] = useState(held[name]);
    const keep = (next) => set((held[name] = typeof next === "function" ? next(held[name]) : next));
    return [value, keep];
  };

  // --- theme: before anything is painted, so that nothing flashes --------------------------------
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem(THEME) || "system";

  function paint() {
    const choice = chosen();
    const theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    const root = document.documentElement;
    root.classList.remove("light", "dark");
    root.classList.add(theme);
    for (const [name, value] of Object.entries(window.theme?.[theme] || {})) {
      root.style.setProperty(name, value);
    }
  }
  localStorage.setItem(THEME, chosen());
  paint();
  dark.addEventListener("change", () => chosen() === "system" && paint());

  // --- small parts -------------------------------------------------------------------------------
  let page = null; // the words and the form's token
  const words = () => page.words;

  const ICONS = {
    map: "M9 4 3 6v14l6-2 6 2 6-2V4l-6 2-6-2Zm0 0v14m6-12v14",
    language: "M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
    leave: "M9 4H5v16h4m5-4 4-4-4-4m4 4H9",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8c1-4 4-6 8-6s7 2 8 6",
  };

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  }

  function part(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const labelled = (text) => part("span", { class: "tl-name" }, text);

  // --- header ------------------------------------------------------------------------------------
  function link(name, href, text) {
    return part("a", { class: "tl-head", href, title: text }, icon(name), labelled(text));
  }

  function languageForm() {
    const { other, other_name: name, form } = page;
    const field = (key, value) => part("input", { type: "hidden", name: key, value });
    const button = part(
      "button",
      { class: "tl-head", type: "submit", lang: other, title: name },
      icon("language"),
      labelled(name),
    );
    return part(
      "form",
      { method: "post", action: "/language" },
      field("form", form),
      field("language", other),
      field("back", "/chat"),
      button,
    );
  }

  function putHeader() {
    const header = find("#header");
    if (!header || find("#tl-pages")) return;
    header.lastElementChild.append(
      part(
        "nav",
        { id: "tl-pages", "aria-label": words().pages },
        link("map", "/outages", words().outages),
        languageForm(),
        link("leave", "/signout", words().sign_out),
      ),
    );
  }

  // --- a person ----------------------------------------------------------------------------------
  const input = () => find("#chat-input");

  function type(text) {
    const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    setter.call(input(), text);
    input().dispatchEvent(new Event("input", { bubbles: true }));
  }

  function askForPerson() {
    const draft = input().value;
    type(words().say_person);
    requestAnimationFrame(() => {
      find("#chat-submit")?.click();
      requestAnimationFrame(() => draft && type(draft));
    });
  }

  function putPerson() {
    const row = find("#message-composer > div:last-child > div:first-child");
    if (!row) return;
    let button = find("#tl-person");
    if (!button) {
      const name = labelled(words().person);
      button = part("button", { id: "tl-person", type: "button" }, icon("person"), name);
      button.addEventListener("click", askForPerson);
      row.append(button);
    }
    button.disabled = Boolean(find("#stop-button") || find("#session-error"));
  }

  // --- names, and what is told -------------------------------------------------------------------
  function named(selector, name) {
    for (const element of document.querySelectorAll(selector)) {
      if (element.getAttribute("aria-label") !== name) element.setAttribute("aria-label", name);
    }
  }

  function nameAll() {
    named("#chat-input", words().message);
    named("#chat-submit", words().send);
    find('#upload-button[role="presentation"]')?.removeAttribute("role"); // it is a button
    named("#upload-button", words().attach);
    named(".step button:has(> svg.lucide-copy)", words().copy);
    named("#theme-toggle", words().theme);
    named("button.rounded-full:has(> svg.lucide-arrow-down)", words().down);
    for (const image of document.querySelectorAll('img[alt^="Avatar for"]')) image.alt = "";
    for (const hidden of document.querySelectorAll('[role="dialog"] button > .sr-only')) {
      if (hidden.textContent !== words().close) hidden.textContent = words().close;
    }
  }

  // Cards grow after they were put there: who read the end still sees it then.
  function stick(log, scrolled) {
    let atEnd = true;
    const toEnd = () => atEnd && scrolled.scrollTo({ top: scrolled.scrollHeight });
    scrolled.addEventListener("scroll", () => {
      atEnd = scrolled.scrollTop + scrolled.clientHeight > scrolled.scrollHeight - 60;
    });
    new ResizeObserver(toEnd).observe(log);
    toEnd();
  }

  // A log tells what is added to it; not token by token, so it is busy while an answer is written.
  function putLog() {
    const log = find("[data-step-type]")?.parentElement;
    if (!log) return;
    const busy = String(Boolean(find("#stop-button")));
    if (log.getAttribute("role") !== "log") {
      log.setAttribute("role", "log");
      log.setAttribute("aria-live", "polite");
      log.setAttribute("aria-label", words().conversation);
      log.parentElement.setAttribute("tabindex", "0"); // it scrolls, also by keyboard
      stick(log, log.parentElement);
    }
    if (log.getAttribute("aria-busy") !== busy) log.setAttribute("aria-busy", busy);
  }

  // --- nothing typed is lost ---------------------------------------------------------------------
  const UNSENT = "throughline-unsent"; // what a page that had to go left behind, in its own tab
  let pending = null; // what was sent, until it is answered
  let draft = ""; // the input's words: the input itself is gone before its page is
  const bubbles = () => [...document.querySelectorAll('[data-step-type="user_message"]')];
  const bubbleOf = (text) => bubbles().findLast((it) => it.innerText.trim().endsWith(text));

  function sent() {
    const text = input()?.value.trim();
    if (!text || find("#stop-button")) return;
    pending = { text, shown: false, gone: 0, back: false };
    draft = "";
  }

  // A session that ends takes the page to the sign-in; whoever comes back finds their words.
  // One who signs out leaves nothing in the browser.
  let leaving = false;

  function keep() {
    const text = draft.trim() || pending?.text;
    if (!page?.who || !text || leaving) return;
    sessionStorage.setItem(UNSENT, JSON.stringify({ who: page.who, text, sent: !draft.trim() }));
  }

  function restore() {
    const left = JSON.parse(sessionStorage.getItem(UNSENT) || "null");
    // Chainlit puts another input in the place of the first once there are messages.
    if (!left || !page.who || !input() || !find("[data-step-type]")) return;
    sessionStorage.removeItem(UNSENT);
    if (left.who !== page.who) return;
    if (left.sent) pending = { text: left.text, shown: true, gone: 0, back: false };
    else if (!input().value.trim()) type(left.text);
  }

  function giveBack(text) {
    if (!input() || input().value.trim()) return;
    type(text);
    note(words().kept);
  }

  function follow() {
    if (!pending) return;
    const bubble = bubbleOf(pending.text);
    if (bubble) {
      if (pending.back && input()?.value.trim() === pending.text) type("");
      pending.shown = true;
      pending.gone = 0;
      const after = bubble.compareDocumentPosition.bind(bubble);
      const answers = [...document.querySelectorAll('[data-step-type="assistant_message"]')];
      const answered = answers.some((it) => after(it) & Node.DOCUMENT_POSITION_FOLLOWING);
      if (answered && !find("#stop-button")) pending = null;
    } else if (pending.shown && !pending.gone) {
      pending.gone = Date.now();
      setTimeout(look, GRACE_MS + 50);
    } else if (pending.shown && !pending.back && Date.now() - pending.gone > GRACE_MS) {
      pending.back = true;
      giveBack(pending.text);
    }
  }

  function note(text) {
    let place = find("#tl-note");
    if (!place) {
      place = part("p", { id: "tl-note", role: "status", class: "tl-note" });
      find("#message-composer")?.before(place);
    }
    place.textContent = text;
    input()?.addEventListener("input", (event) => event.isTrusted && place.remove());
  }

  document.addEventListener("input", (event) => event.target === input() && (draft = input().value));
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href="/signout"]')) leaving = true;
  });
  window.addEventListener("pageshow", () => (leaving = false));
  window.addEventListener("pagehide", keep);
  document.addEventListener(
    "keydown",
    (event) => {
      const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (enter && event.target === input()) sent();
    },
    true,
  );
  document.addEventListener("click", (event) => event.target.closest("#chat-submit") && sent(), true);
  window.addEventListener("message", (event) => {
    const ours = event.source === window && event.origin === location.origin;
    if (ours && event.data?.throughline === "unsent") {
      pending = null;
      giveBack(String(event.data.text));
    }
  });

  // --- a lost connection -------------------------------------------------------------------------
  let asking = false;

  async function lost() {
    const banner = find("#session-error");
    if (!banner || asking || find("#tl-ended")) return;
    asking = true;
    banner.setAttribute("role", "status");
    try {
      const answer = await fetch("/chat/user", { headers: { accept: "application/json" } });
      if (answer.status === 401) ended(banner, words().ended, "/signin", words().sign_in);
    } catch {
      // no network yet: Chainlit tries again, and so do we
    } finally {
      setTimeout(() => {
        asking = false;
        lost();
      }, LOOK_AGAIN_MS);
    }
  }

  function ended(banner, text, href, name) {
    const said = part("p", { id: "tl-ended", role: "alert" }, `${text} `, part("a", { href }, name));
    banner.after(said);
    banner.hidden = true;
  }

  // --- whenever the page changes -----------------------------------------------------------------
  let due = false;

  function look() {
    due = false;
    if (!page) return;
    putHeader();
    putPerson();
    nameAll();
    putLog();
    restore();
    follow();
    lost();
  }

  const hasButton = (node) => node.matches?.("button") || node.querySelector?.("button");

  function changed(changes) {
    // A button never stands there without a name, not even for a moment.
    if (page && changes.some((it) => [...it.addedNodes].some(hasButton))) nameAll();
    if (due) return;
    due = true;
    setTimeout(look, 50);
  }

  async function begin() {
    const answer = await fetch("/chat-page");
    if (!answer.ok) return;
    page = await answer.json();
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
    look();
  }
  document.addEventListener("DOMContentLoaded", begin);
})();
