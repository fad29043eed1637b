// Elements from names, attributes and children; never from markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Of its attributes, `class` and the like are set as they are, `on` holds listeners by
 * name, `data` the data-attributes, and true/false switch an attribute on and off.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat(Infinity).filter(Boolean));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** A drawing of icons.svg. What it means is said by what it stands in, or by `label`. */
export function icon(name, label = "") {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", `icon icon-${name}`);
  if (label) {
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
  } else {
    drawing.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  drawing.append(use);
  return drawing;
}

/** A button that shows a drawing and is called `label`. */
export function iconButton(name, label, press, attributes = {}) {
  const { class: more = "", ...others } = attributes;
  return h(
    "button",
    {
      type: "button",
      class: `icon-button ${more}`,
      "aria-label": label,
      title: label,
      on: { click: press },
      ...others,
    },
    icon(name),
  );
}

/**
 * Makes the children of `parent` those of `items`: a child whose item has not changed stays as it
 * is, with its focus and its place. `key` names an item, `draw` makes its element.
 */
export function reconcile(parent, items, key, draw) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const mark = JSON.stringify(item);
    let child = before.get(name);
    before.delete(name);
    if (!child || child.mark !== mark) {
      const drawn = draw(item);
      drawn.dataset.key = name;
      drawn.mark = mark;
      if (child) {
        if (place === child) place = drawn;
        replaceKeepingFocus(child, drawn);
      }
      child = drawn;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const gone of before.values()) gone.remove();
}

function replaceKeepingFocus(before, after) {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const name = focused?.dataset.focus;
  before.replaceWith(after);
  if (focused) (name && after.querySelector(`[data-focus="${CSS.escape(name)}"]`))?.focus();
}

/** Colour of an avatar, always the same for a name: a class name. */
export function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return `hue-${sum % 8}`;
}

export function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("");
}
