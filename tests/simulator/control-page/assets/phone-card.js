import { attempt, command } from "./commands.js";
import { element, setText } from "./elements.js";
import { renderSaw } from "./sights.js";

/** How a phone and the bot that is linked with it are shown. */
export const renderPhone = { make: makePhone, update: updatePhone };

function makePhone(phone) {
  const { name, address } = phone;
  const button = (text, act, done) =>
    element("button", { type: "button", class: "small", text, onclick: () => attempt(act, `${name}: ${done}`) });
  const fault = (text, done, details) => button(text, () => command("/faults", { phone: address, ...details }), done);
  return element(
    "li",
    { class: "card" },
    element("h3", { text: name }),
    element("p", { class: "quiet", text: `+${address}` }),
    element("p", { class: "state" }),
    element(
      "div",
      { class: "actions", role: "group", "aria-label": `What can happen to the bot of ${name}` },
      fault("Cut the connection", "the connection is cut. The bot comes back by itself.", { fault: "cut" }),
      fault("Stream error", "the server ended the stream with error 503.", { fault: "stream-error", code: 503 }),
      fault("Push it out", "the server says that another connection took over.", { fault: "conflict" }),
      button("Unlink", () => command(`/phones/${address}/unlink`), "the phone has unlinked the bot."),
    ),
    makeCodeForm(phone),
    element("ul", { class: "saw" }),
  );
}

/** The way to link a bot here: the dashboard shows a code, and it is typed into the phone. */
function makeCodeForm({ name, address }) {
  const id = `code-${address}`;
  const input = element("input", {
    id,
    name: "code",
    required: "",
    maxlength: "9",
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = element(
    "form",
    {},
    element("div", { class: "field" }, element("label", { for: id, text: `Pairing code for +${address}` }), input),
    element("button", { type: "submit", class: "small", text: "Type the code" }),
    element("p", { class: "quiet", text: "The dashboard shows one when you pair a bot by code with this number." }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = input.value.replace(/[^a-z0-9]/gi, "").toUpperCase();
    attempt(() => command(`/phones/${address}/code`, { code }), `${name}: a bot is linked.`);
  });
  return form;
}

function updatePhone(card, { isLinked, isOnline, saw }) {
  const state = card.querySelector(".state");
  setText(state, isOnline ? "Its bot is online" : isLinked ? "Its bot is offline" : "No bot is linked with it");
  state.className = `state ${isOnline ? "good" : isLinked ? "bad" : "quiet"}`;
  card.querySelector(".actions").hidden = !isLinked;
  card.querySelector("form").hidden = isLinked;
  renderSaw(card, saw);
}
