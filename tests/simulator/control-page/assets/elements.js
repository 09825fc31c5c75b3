/**
 * Brings the children of `list` in line with `items`. An element stays the same as long as its item is there, so that
 * focus and half-filled forms are not lost: `make` builds it once, `update` writes what changed.
 */
export function renderList(list, items, { key, make, update }) {
  const known = new Map([...list.children].map((element) => [element.dataset.key, element]));
  let place = null;
  for (const item of items) {
    const id = String(key(item));
    const element = known.get(id) ?? make(item);
    known.delete(id);
    element.dataset.key = id;
    update(element, item);
    const following = place === null ? list.firstElementChild : place.nextElementSibling;
    if (element !== following) list.insertBefore(element, following);
    place = element;
  }
  for (const gone of known.values()) gone.remove();
}

/** Makes an element with attributes and children; `text` and `onclick` as in the DOM. */
export function element(tag, { text, onclick, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  if (onclick !== undefined) made.addEventListener("click", onclick);
  made.append(...children);
  return made;
}

/** Writes a text only when it changed. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** The element of the page with an id. */
export const find = (id) => document.getElementById(id);
