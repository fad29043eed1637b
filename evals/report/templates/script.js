"use strict";
const cases = [...document.querySelectorAll("details.case")];
const filters = [...document.querySelectorAll(".filters [name]")];
const count = document.querySelector(".count");

// A play that is long, or went well, is laid out once somebody looks at it.
document.addEventListener(
  "toggle",
  (event) => {
    const held = event.target.open && event.target.querySelector(":scope > template");
    if (held) held.replaceWith(held.content);
  },
  true,
);

function fits(one, { name, value }) {
  if (!value) return true;
  if (name === "words") return one.dataset.words.includes(value.toLowerCase().trim());
  return one.dataset[name].split(" ").includes(value);
}

function apply() {
  let shown = 0;
  for (const one of cases) {
    one.hidden = !filters.every((filter) => fits(one, filter));
    if (!one.hidden) shown += 1;
  }
  count.textContent = `${shown} of ${cases.length} cases`;
}

for (const filter of filters) filter.addEventListener("input", apply);
if (count) apply();

// A link to a case opens it.
function follow() {
  const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (at && at.tagName === "DETAILS") at.open = true;
}
window.addEventListener("hashchange", follow);
follow();
