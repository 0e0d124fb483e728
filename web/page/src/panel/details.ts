import type { App } from "../app";
import { h, mark, renew, replace, setText } from "../dom";
import { called, counted, rough, short, words } from "../model/format";
import type { Details, Neighbors } from "../model/frames";
import { attempt } from "./attempt";
import type { PeersPanel } from "./peers";

/** A view or a list longer than this is cut; the rest is counted. */
const mostShown = 60;
/** Details come at once. After this time (ms) without them, the panel says so. */
const patience = 5000;

/** The panel of the selected peer. It replaces the list. */
export class DetailsPanel {
  private readonly root = h("div", { class: "details", id: "details", "data-testid": "details", hidden: true });
  private readonly head = h("div", { class: "who" });
  private readonly body = h("div");
  private readonly actions = h("div", { class: "actions" });
  private readonly said = h("p", { class: "said", role: "status" });
  private last = 0;
  private slow = false;
  private timer = 0;

  constructor(private readonly app: App, panel: HTMLElement, private readonly list: PeersPanel) {
    const back = h("button", { type: "button", class: "quiet", "data-testid": "details-close", onclick: () => app.select(0) }, "All peers");
    this.root.append(h("div", { class: "bar" }, back, h("span", { class: "hint keyboard" }, "Esc")), this.head, this.actions, this.said, this.body);
    panel.append(this.root);
    app.selected.watch((n) => this.open(n));
    app.details.watch(() => this.draw());
    app.overlayChanged.watch(() => this.draw());
    app.hello.watch(() => this.open(app.selected.value));
    app.feed.state.watch(() => this.draw());
  }

  private open(n: number): void {
    const had = this.root.contains(document.activeElement);
    const fromList = this.list.root.contains(document.activeElement);
    this.root.hidden = n === 0;
    this.list.root.hidden = n !== 0;
    setText(this.said, "");
    if (n === 0) {
      if (had) this.list.focus(this.last);
      return;
    }
    clearTimeout(this.timer);
    this.slow = false;
    this.timer = window.setTimeout(() => {
      this.slow = true;
      this.draw();
    }, patience);
    const peer = this.app.peer(n);
    if (n !== this.last || this.head.childElementCount === 0) {
      this.head.replaceChildren();
      this.body.replaceChildren();
    }
    this.last = n;
    const can = peer?.kind === "go";
    this.actions.replaceChildren(
      ...(can && this.app.can("crash") ? [this.action("Crash", "crash", "danger")] : []),
      ...(can && this.app.can("leave") ? [this.action("Let leave", "leave", "")] : []),
    );
    this.draw();
    if (fromList || had) this.root.querySelector<HTMLElement>("button")?.focus();
  }

  private action(label: string, type: "crash" | "leave", look: string): HTMLElement {
    const button: HTMLButtonElement = h("button", { type: "button", class: look, "data-testid": type === "crash" ? "crash" : "let-leave" }, label);
    button.addEventListener("click", () => {
      const n = this.app.selected.value;
      void attempt(button, this.said, () => this.app.feed.request({ type, n }));
    });
    return button;
  }

  private draw(): void {
    const n = this.app.selected.value;
    if (n === 0) return;
    const peer = this.app.peer(n);
    const told = this.app.details.value;
    const details = told?.n === n ? told : undefined; // not those of the previous peer
    const id = peer?.id ?? details?.id ?? "";
    const kind = peer?.kind ?? details?.kind ?? "go";
    const self = n === this.app.self.value;
    const key = `${id} ${kind} ${self} ${peer?.name}`;
    if (id && this.head.dataset["key"] !== key) {
      this.head.dataset["key"] = key;
      const name = called(peer ?? { id, name: details?.name ?? "" });
      replace(
        this.head, mark(kind, self), h("h2", {}, name),
        h("span", { class: "kind" }, self ? "this tab" : kind === "tab" ? "browser tab" : "Go peer"),
        h("div", { class: "id" }, h("code", { "data-testid": "peer-id" }, id), this.copy(id)),
      );
    }
    const acted = this.actions.contains(document.activeElement);
    for (const button of this.actions.querySelectorAll("button")) button.hidden = !peer;
    if (acted && !peer) this.root.querySelector<HTMLElement>("button")?.focus(); // the focus is not lost with the button
    if (!peer) renew(this.body, h("p", { class: "hint" }, "This peer has gone."));
    else if (!details) renew(this.body, h("p", { class: "hint" }, this.waiting()));
    else if (!details.known) renew(this.body, h("p", { class: "hint" }, "Nobody reports of this peer: what is drawn is what others say of it."));
    else renew(this.body, ...this.sections(details));
  }

  // The text while there are no details. It changes when the wait gets long.
  private waiting(): string {
    if (this.app.feed.state.value.is !== "open") return "The live feed is lost. Its views come when the feed is back.";
    return this.slow ? "The server does not tell of this peer. It may be busy: select it again." : "Asking for its views.";
  }

  private copy(id: string): HTMLElement {
    const button = h("button", { type: "button", class: "small", "data-key": "copy", "data-testid": "copy-id" }, "Copy id");
    button.addEventListener("click", () => {
      const done = (text: string) => {
        button.textContent = text;
        setTimeout(() => (button.textContent = "Copy id"), 1500);
      };
      if (!navigator.clipboard) return done("Select it to copy");
      navigator.clipboard.writeText(id).then(() => done("Copied"), () => done("Select it to copy"));
    });
    return button;
  }

  private sections(d: Details): HTMLElement[] {
    const views = Object.entries(d.views ?? {}).map(([protocol, view]) =>
      h(
        "section", { class: "view", "data-protocol": protocol },
        h("h3", {}, protocol),
        h("div", { class: "sides" }, this.side("Out", "out", protocol, view.out ?? []), this.side("In", "in", protocol, view.in ?? [])),
      ),
    );
    const lists = (
      [["Connections", d.connections], ["Lingering", d.lingering], ["Being opened", d.pending]] as const
    ).map(([title, peers]) => this.plain(title, peers ?? []));
    return [...views, ...lists.filter((l) => l !== undefined), this.counters(d.counters ?? {})];
  }

  private side(title: string, way: "out" | "in", protocol: string, view: Neighbors): HTMLElement {
    const sum = view.reduce((n, [, count]) => n + count, 0);
    return h(
      "div", { class: `side ${way}` },
      h("h4", {}, title, " ", h("span", { class: "number" }, String(sum))),
      view.length === 0 ? h("p", { class: "hint" }, "none") : this.chips(view, `${protocol} ${way}`),
    );
  }

  private plain(title: string, peers: number[]): HTMLElement | undefined {
    if (peers.length === 0) return undefined;
    return h("section", {}, h("h3", {}, title, " ", h("span", { class: "number" }, String(peers.length))), this.chips(peers.map((n) => [n, 1]), title));
  }

  private chips(view: Neighbors, where: string): HTMLElement {
    const shown = view.slice(0, mostShown).map(([n, count]) => {
      const peer = this.app.peer(n);
      const name = peer ? called(peer) : `no. ${n}`;
      const chip = h(
        "button",
        { type: "button", class: "chip", "data-key": `${where} ${n}`, "data-n": n, disabled: !peer, title: peer ? short(peer.id) : "It is not drawn", onclick: () => this.app.select(n) },
        mark(peer?.kind ?? "go", n === this.app.self.value), name, count > 1 && h("span", { class: "times" }, ` ×${count}`),
      );
      return h("li", {}, chip);
    });
    const rest = view.length - shown.length;
    return h("ul", { class: "chips" }, ...shown, rest > 0 && h("li", { class: "hint" }, `and ${counted(rest, "more", "more")}`));
  }

  private counters(counters: Record<string, number>): HTMLElement {
    const rows = Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1));
    const open = this.body.querySelector("details")?.open ?? false;
    return h(
      "details", { open, hidden: rows.length === 0 },
      h("summary", { "data-key": "counters" }, "Counters"),
      h("dl", {}, ...rows.flatMap(([name, n]) => [h("dt", {}, words(name)), h("dd", {}, rough(n))])),
    );
  }
}
