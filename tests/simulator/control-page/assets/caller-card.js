import { element } from "./elements.js";
import { renderSaw } from "./sights.js";

/** How a caller is shown; `ringing` has the ids of those whose call rings. */
export function renderCaller(ringing) {
  return {
    make: makeCaller,
    update: (card, { id, saw }) => {
      card.classList.toggle("rings", ringing.has(id));
      renderSaw(card, saw);
    },
  };
}

function makeCaller({ name, phoneNumber, address, habit }) {
  const about = habit === null ? "acts by your hand only" : `${habit.name}: ${habit.about}`;
  return element(
    "li",
    { class: "card" },
    element("h3", { text: name }),
    element("p", { class: "quiet", text: phoneNumber === null ? `LID ${address}` : `+${phoneNumber}` }),
    element("p", { class: "quiet", text: about }),
    element("ul", { class: "saw" }),
  );
}
