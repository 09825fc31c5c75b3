import { NEWCOMER } from "./choices.js";
import { attempt, command, say } from "./commands.js";
import { element, find, renderList, setText } from "./elements.js";

const GROUP = "120363041234567890";
const CALLS_SHOWN = 5;
const calls = new Map();
let newcomers = 0;

/** Makes the form that places calls work. `readStage` gives what the page shows now. */
export function offerCalls(readStage) {
  const nameOf = (jid) => readStage().phones.find(({ address }) => jid.startsWith(`${address}@`))?.name ?? jid;
  onSubmit("call", async ({ elements }) => {
    const { value: kind } = elements.kind;
    const details = kind === "group" ? { group: GROUP } : { kind };
    const call = await command("/calls", { from: await nameCaller(elements), to: elements.to.value, ...details });
    calls.set(call.id, { ...call, label: `${kind} call to ${nameOf(call.to)}` });
    renderCalls();
    void follow(call.id);
  });
}

/** Makes the form that sends messages work. */
export function offerMessages() {
  onSubmit("write", async ({ elements }) => {
    const { to, text } = elements;
    await command("/messages", { from: await nameCaller(elements), to: to.value, text: text.value });
    text.value = "";
    say("The message is sent.");
  });
}

function onSubmit(id, act) {
  find(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(() => act(event.target));
  });
}

/** The address of whoever shall act. Somebody new is made, and stays chosen. */
async function nameCaller({ from }) {
  if (from.value !== NEWCOMER) return from.value;
  newcomers++;
  const { phoneNumber, name } = await command("/contacts", { name: newcomers === 1 ? "You" : `You, ${newcomers}` });
  from.append(element("option", { value: phoneNumber, text: `${name} (+${phoneNumber})`, "data-key": phoneNumber }));
  from.value = phoneNumber;
  return phoneNumber;
}

/** Waits for the end of a call, and says it. */
async function follow(id) {
  const call = calls.get(id);
  while (call.state === "ringing") {
    const res = await fetch(`/calls/${id}/settled?timeoutMs=30000`).catch(() => null);
    if (res === null || !res.ok) return;
    Object.assign(call, await res.json());
  }
  say(`Your ${call.label} ${describeState(call)}.`);
  renderCalls();
}

function renderCalls() {
  const newest = [...calls.values()].reverse().slice(0, CALLS_SHOWN);
  renderList(find("own-calls"), newest, { key: ({ id }) => id, make: makeCall, update: updateCall });
}

function makeCall({ id, label }) {
  const button = (text, action) =>
    element("button", {
      type: "button",
      class: "small",
      text,
      onclick: () => attempt(() => command(`/calls/${id}/${action}`)),
    });
  return element(
    "li",
    {},
    element("span", { text: label }),
    element("strong"),
    button("Hang up", "hang-up"),
    button("Answer on the phone", "accept-elsewhere"),
  );
}

function updateCall(item, call) {
  setText(item.querySelector("strong"), describeState(call));
  for (const button of item.querySelectorAll("button")) button.hidden = call.state !== "ringing";
}

function describeState({ state, rejectedAfterMs }) {
  if (state === "ringing") return "rings";
  return state === "rejected" ? `was turned away after ${Math.max(1, Math.round(rejectedAfterMs))} ms` : "is over";
}
