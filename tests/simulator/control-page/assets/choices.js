import { element, renderList } from "./elements.js";

/** Stands for a caller that is made when it acts. */
export const NEWCOMER = "newcomer";

/** Offers who can call and write, and whom. */
export function renderChoices({ callers, phones }) {
  // By name, so that a choice does not move under the pointer while people come and go.
  const people = [...callers].sort((left, right) => left.name.localeCompare(right.name));
  const from = [{ value: NEWCOMER, label: "Somebody new" }, ...people.map(toChoice)];
  const to = phones.filter(({ isLinked }) => isLinked).map(toChoice);
  for (const select of document.querySelectorAll("select[name=from]")) renderSelect(select, from);
  for (const select of document.querySelectorAll("select[name=to]")) renderSelect(select, to);
}

function toChoice({ address, name, phoneNumber }) {
  return { value: address, label: `${name} (${phoneNumber === null ? "no number" : `+${phoneNumber}`})` };
}

/** What is chosen stays on offer, also when it is not among the newest any more. */
function renderSelect(select, choices) {
  const { value } = select;
  const isOffered = value === "" || choices.some((choice) => choice.value === value);
  const chosen = { value, label: select.selectedOptions[0]?.textContent ?? value };
  renderList(select, isOffered ? choices : [...choices, chosen], {
    key: (choice) => choice.value,
    make: (choice) => element("option", { value: choice.value, text: choice.label }),
    update: () => undefined,
  });
}
