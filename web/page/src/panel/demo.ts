import type { App } from "../app";
import { h, setText } from "../dom";
import { attempt } from "./attempt";
import type { Panels } from "./tabs";

/** The most Go peers that are added at once. */
const mostAdded = 20;

/** The commands that a demo allows its visitors. */
export class DemoPanel {
  private readonly count = h("input", { type: "number", id: "add-count", "data-testid": "add-count", min: 1, max: mostAdded, value: 1, inputmode: "numeric" });
  private readonly add: HTMLButtonElement = h("button", { type: "submit", "data-testid": "add" }, "Add");
  private readonly addSaid = h("p", { class: "said", role: "status" });
  private readonly server = h("p", { "data-testid": "server-status", role: "status" });
  private readonly toggle: HTMLButtonElement = h("button", { type: "button", "data-testid": "server-toggle" });
  private readonly serverSaid = h("p", { class: "said", role: "status" });

  constructor(app: App, panel: HTMLElement, panels: Panels) {
    const more = h(
      "form", { class: "block", onsubmit: (event) => (event.preventDefault(), void this.adds(app)) },
      h("h3", {}, "Go peers"),
      h("p", { class: "hint" }, "They enter the room as any peer does. To crash one, or let it leave, select it."),
      h("div", { class: "line" }, h("label", { for: "add-count" }, "How many"), this.count, this.add), this.addSaid,
    );
    const signaling = h("section", { class: "block" }, h("h3", {}, "Signaling server"), this.server, this.toggle, this.serverSaid);
    panel.append(more, signaling);
    this.toggle.addEventListener("click", () => {
      const run = !app.serverRuns.value;
      void attempt(this.toggle, this.serverSaid, () => app.feed.request({ type: "server", run }));
    });
    app.hello.watch(() => {
      more.hidden = !app.can("add");
      signaling.hidden = !app.can("server");
      panels.offer("demo", app.can("add") || app.can("server"));
    });
    app.serverRuns.watch((runs) => {
      setText(this.toggle, runs ? "Stop it" : "Start it");
      setText(this.server, runs ? "Running. Peers need it to enter the room, and for nothing else: stop it, and see." : "Stopped. Peers go on and introduce each other; nobody new can enter.");
    });
    app.feed.state.watch(({ is }) => {
      this.add.disabled = is !== "open";
      this.toggle.disabled = is !== "open";
    });
  }

  private async adds(app: App): Promise<void> {
    const count = Math.min(mostAdded, Math.max(1, Math.round(Number(this.count.value) || 1)));
    this.count.value = String(count);
    await attempt(this.add, this.addSaid, () => app.feed.request({ type: "add", count }));
  }
}
