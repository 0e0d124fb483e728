import type { App } from "../app";
import { byID, h, onceAFrame, renew, replace, setText } from "../dom";
import { clock, counted, whole } from "../model/format";
import { Signal } from "../model/signal";
import { closedDoor, type FeedState } from "../net/feed";

interface Notice {
  key: string;
  text: string;
  bad?: boolean;
  button?: { label: string; act(button: HTMLButtonElement): void };
}

/** The state of the page: the line in the header, and notices over the graph. */
export class Status {
  readonly feedDown = new Signal(true);
  private shown = "";
  private serverTrouble = "";

  constructor(private readonly app: App, private readonly drawn: boolean) {
    const draw = onceAFrame(() => this.draw());
    app.feed.state.watch((state) => {
      this.feedDown.set(state.is !== "open");
      draw();
    });
    for (const signal of [app.hello, app.serverRuns, app.overlayChanged, app.tab.state, app.program]) (signal as Signal<unknown>).watch(draw);
    setInterval(() => app.feed.state.value.is === "waiting" && draw(), 1000);
  }

  private draw(): void {
    const { overlay, hello, feed } = this.app;
    const state = feed.state.value;
    const down = state.is !== "open";
    const was = overlay.at > 0;
    document.body.classList.toggle("down", down);
    byID("stage").classList.toggle("dim", down && was);
    const line = byID("feed");
    line.dataset["state"] = state.is;
    setText(line, { open: "Live", connecting: was ? "Reconnecting" : "Connecting", waiting: "Disconnected", refused: "Refused" }[state.is]);
    const room = hello.value?.room ?? "";
    setText(byID("room"), room && `room ${room}`);
    document.title = room ? `n2n · ${room}` : "n2n";
    this.counts();
    const empty = byID("empty");
    empty.hidden = !was || overlay.peers.size > 0;
    setText(empty, "Nobody is in this room yet. Join with this tab, or start a peer.");
    this.notices([...this.ofFeed(state), ...this.ofServer(), ...this.ofGraph()]);
  }

  private counts(): void {
    const { overlay } = this.app;
    if (overlay.at === 0) return;
    const tabs = [...overlay.peers.values()].filter((p) => p.kind === "tab").length;
    const parts = [
      counted(overlay.peers.size + overlay.hidden, "peer"), counted(tabs, "tab"),
      counted(overlay.total(-1), "arc") + (overlay.hiddenArcs > 0 ? ` and ${whole(overlay.hiddenArcs)} not drawn` : ""), counted(overlay.connections.size, "connection"),
    ];
    const old = this.feedDown.value ? `as of ${clock(overlay.at)}` : "";
    const shown = [...parts, old].filter(Boolean);
    replace(byID("counts"), ...shown.map((part) => h("span", {}, part)));
    byID("graph").setAttribute("aria-label", `The overlay as a graph: ${parts.join(", ")}. The list of peers holds the same.`);
  }

  private ofFeed(state: FeedState): Notice[] {
    const joined = this.app.tab.state.value.is === "in" ? " Your tab stays in the overlay: only this picture is out of date." : "";
    const retry = { label: "Try now", act: () => this.app.feed.connect() };
    switch (state.is) {
      case "open":
        return [];
      case "connecting":
        return this.app.overlay.at > 0 ? [{ key: "feed", text: `The live feed is lost. Connecting again.${joined}`, bad: true }] : [];
      case "waiting": {
        const wait = Math.max(1, Math.ceil((state.until - Date.now()) / 1000));
        return [{ key: "feed", text: `${this.loss(state.reason)} Next attempt in ${wait} s.${joined}`, bad: true, button: retry }];
      }
      case "refused":
        return [{ key: "feed", text: `${refusal(state.reason)}${joined}`, bad: true, button: { ...retry, label: "Try again" } }];
    }
  }

  private loss(reason: string): string {
    if (reason === closedDoor) {
      return `The server answers, but does not open the live feed. It may not allow pages from ${location.origin}, or a proxy stops WebSockets. Open the page at the address that the server prints.`;
    }
    const what = this.app.overlay.at > 0 ? "The live feed is lost" : "The server does not answer";
    return reason ? `${what}: ${reason.replace(/\.$/, "")}.` : `${what}.`;
  }

  private ofServer(): Notice[] {
    if (this.app.serverRuns.value || this.app.feed.state.value.is !== "open") return [];
    const text = "The signaling server is stopped. The overlay goes on: its peers introduce each other. Only newcomers cannot enter.";
    if (!this.app.can("server")) return [{ key: "server", text }];
    const act = (button: HTMLButtonElement) => {
      button.disabled = true;
      this.app.feed.request({ type: "server", run: true }).catch((error: Error) => {
        button.disabled = false;
        this.serverTrouble = ` Starting it failed: ${error.message}`;
        this.draw();
      });
    };
    return [{ key: "server", text: text + this.serverTrouble, button: { label: "Start it", act } }];
  }

  private ofGraph(): Notice[] {
    const { hidden } = this.app.overlay;
    const notices: Notice[] = [];
    if (!this.drawn) {
      notices.push({ key: "webgl", text: "This browser offers no WebGL, so the graph is not drawn. The list of peers, the chat and the charts work.", bad: true });
    }
    if (hidden > 0) notices.push({ key: "hidden", text: `${whole(hidden)} more ${hidden === 1 ? "peer is" : "peers are"} known and not drawn.` });
    return notices;
  }

  // It is rebuilt only when its text changes, so that a screen reader reads each text once and a button keeps the focus.
  private notices(notices: Notice[]): void {
    const shown = JSON.stringify(notices.map((n) => [n.key, n.text]));
    if (shown === this.shown) return;
    this.shown = shown;
    renew(byID("notices"), ...notices.map(({ key, text, bad, button }) => {
      const item = h("div", { class: `notice${bad ? " bad" : ""}`, "data-testid": `notice-${key}` }, h("p", {}, text));
      if (button) {
        const b: HTMLButtonElement = h("button", { type: "button", "data-key": key, onclick: () => button.act(b) }, button.label);
        item.append(b);
      }
      return item;
    }));
  }
}

function refusal(reason: string): string {
  const why = reason.replace(/^403\s*/, "").replace(/\.$/, "");
  const todo = /origin/i.test(reason)
    ? "The server does not allow pages from this address. Open the page at the address that the server prints, or allow this one there."
    : "Reload the page, or ask who runs the server.";
  return `The server refuses this page${why ? `: ${why}` : ""}. ${todo}`;
}
