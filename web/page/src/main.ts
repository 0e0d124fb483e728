import "./graph/webgl"; // before everything that uses sigma
import "uplot/dist/uPlot.min.css";
import "./page.css";
import { App } from "./app";
import { byID, watchPresses } from "./dom";
import { GraphView } from "./graph/view";
import { Charts } from "./panel/charts";
import { ChatPanel } from "./panel/chat";
import { DemoPanel } from "./panel/demo";
import { DetailsPanel } from "./panel/details";
import { TabCard } from "./panel/card";
import { Panels } from "./panel/tabs";
import { PeersPanel } from "./panel/peers";
import { Status } from "./panel/status";
import { Tools } from "./panel/tools";

function feedURL(): URL {
  const url = new URL("live", document.baseURI);
  const room = new URLSearchParams(location.search).get("room");
  if (room) url.searchParams.set("room", room);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

let graph: GraphView | undefined;
const app = new App(feedURL(), (delta) => graph?.apply(delta));
const select = (n: number) => app.select(n);

try {
  graph = new GraphView(byID("graph"), app.overlay, select);
} catch {
  byID("stage").classList.add("absent"); // the status says what to do
}

const panels = new Panels();
const status = new Status(app, graph !== undefined);
new Tools(app, graph);
new TabCard(app, status);
const peers = new PeersPanel(app, byID("peers"));
new DetailsPanel(app, byID("peers"), peers);
new ChatPanel(app, byID("chat"), panels);
new Charts(app, byID("charts"), panels);
new DemoPanel(app, byID("demo"), panels);

app.selected.watch((selected) => {
  graph?.choose({ selected, lingering: [] });
  if (!selected) return;
  panels.show("peers");
  byID("panel").scrollTop = byID("tab").offsetHeight; // on a phone the card is in the way
});
app.self.watch((self) => graph?.choose({ self }));
app.details.watch((details) => graph?.choose({ lingering: details?.lingering ?? [] }));

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && app.selected.value) select(0);
});
// A tab that is closed leaves, if there is still time for it.
addEventListener("pagehide", () => void app.tab.leave());

watchPresses();
app.feed.connect();
