import { offerCalls, offerMessages } from "./by-hand.js";
import { renderCaller } from "./caller-card.js";
import { renderChoices } from "./choices.js";
import { attempt, command } from "./commands.js";
import { find, renderList, setText } from "./elements.js";
import { renderPhone } from "./phone-card.js";
import { renderHappened } from "./sights.js";

let stage = null;

const stream = new EventSource("/stage");
stream.onmessage = ({ data }) => {
  stage = JSON.parse(data);
  find("lost").hidden = true;
  render();
};
stream.onerror = () => {
  find("lost").hidden = false;
};

offerCalls(() => stage);
offerMessages();
find("habits").addEventListener("click", () => {
  attempt(() => command(stage.isPaused ? "/habits/resume" : "/habits/pause"));
});

function render() {
  const dashboard = find("dashboard");
  dashboard.hidden = stage.dashboardUrl === null;
  if (stage.dashboardUrl !== null) dashboard.href = stage.dashboardUrl;
  const habits = find("habits");
  habits.hidden = stage.isPaused === null;
  setText(habits, stage.isPaused ? "Let the callers go on" : "Pause the callers");
  const ringing = new Set(stage.ringing.map(({ who }) => who));
  const byId = ({ id }) => id;
  renderList(find("phones"), stage.phones, { key: byId, ...renderPhone });
  renderList(find("callers"), stage.callers, { key: byId, ...renderCaller(ringing) });
  renderHappened(find("happened"), stage.happened);
  renderChoices(stage);
}
