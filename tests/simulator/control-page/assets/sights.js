import { element, renderList } from "./elements.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const key = ({ sequence }) => sequence;
const update = () => undefined;

/** Lists what one person saw. */
export function renderSaw(card, saw) {
  const make = ({ atMs, text, tone }) => element("li", {}, timeOf(atMs), " ", element("span", { class: tone, text }));
  renderList(card.querySelector(".saw"), saw, { key, make, update });
}

/** Lists what everybody saw. */
export function renderHappened(list, happened) {
  const make = ({ atMs, who, text, tone }) =>
    element("li", {}, timeOf(atMs), ` ${who} `, element("span", { class: tone, text }));
  renderList(list, happened, { key, make, update });
}

function timeOf(atMs) {
  return element("time", { datetime: new Date(atMs).toISOString(), text: clock.format(atMs) });
}
