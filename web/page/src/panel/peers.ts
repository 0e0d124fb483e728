import type { App } from "../app";
import { h, mark, onceAFrame, setText } from "../dom";
import { called, counted, short, whole } from "../model/format";
import type { PeerFrame } from "../model/frames";

/** The most peers in the list. The search finds the others. */
const mostListed = 150;

/** The list of peers, with a search field and arrow keys. */
export class PeersPanel {
  readonly root: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly list = h("ul", { class: "peers", "data-testid": "peer-list", "aria-label": "Peers" });
  private readonly more = h("p", { class: "hint", role: "status" });
  private shown = "";

  constructor(private readonly app: App, panel: HTMLElement) {
    this.search = h("input", {
      type: "search", id: "peer-search", "data-testid": "peer-search", placeholder: "Name, id, go or tab", autocomplete: "off",
      spellcheck: "false", oninput: () => this.draw(),
    });
    this.root = h("div", { class: "list" }, h("label", { for: "peer-search" }, "Find a peer"), this.search, this.list, this.more);
    panel.append(this.root);
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      this.buttons()[0]?.focus();
    });
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const item = (event.target as Element).closest<HTMLElement>("[data-n]");
      if (item) app.select(Number(item.dataset["n"]));
    });
    const draw = onceAFrame(() => this.draw());
    app.overlayChanged.watch(draw);
    app.self.watch(draw);
  }

  /** focus puts the focus back on a peer in the list, after its details were closed. */
  focus(n: number): void {
    const item = this.list.querySelector<HTMLElement>(`[data-n="${n}"]`) ?? this.search;
    item.focus();
  }

  private draw(): void {
    const { overlay, self } = this.app;
    const wanted = this.search.value.trim().toLowerCase();
    const found = [...overlay.peers.values()].filter((peer) => matches(peer, wanted)).sort((a, b) => order(a, b, self.value));
    const listed = found.slice(0, mostListed);
    const shown = JSON.stringify([self.value, listed.map((p) => [p.n, p.name])]);
    if (shown !== this.shown) this.fill(listed);
    this.shown = shown;
    const rest = found.length - listed.length;
    let text = "";
    if (rest > 0) text = `${whole(rest)} more: search to find them.`;
    else if (found.length === 0) text = wanted ? "No peer is called so." : "";
    if (wanted && found.length > 0 && rest <= 0) text = `${counted(found.length, "peer")} of ${whole(overlay.peers.size)}.`;
    setText(this.more, text);
  }

  private fill(peers: PeerFrame[]): void {
    const old = new Map(this.buttons().map((b) => [b.dataset["n"], b.parentElement as HTMLElement]));
    const focused = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    this.list.replaceChildren(...peers.map((peer) => this.update(old.get(String(peer.n)), peer)));
    if (focused?.isConnected) focused.focus({ preventScroll: true });
    const buttons = this.buttons();
    for (const button of buttons) button.tabIndex = -1;
    const entry = focused?.isConnected ? focused : buttons[0];
    if (entry) entry.tabIndex = 0;
  }

  private update(item: HTMLElement | undefined, peer: PeerFrame): HTMLElement {
    const self = peer.n === this.app.self.value;
    const look = `${peer.name} ${self}`;
    if (item?.dataset["look"] === look) return item;
    const kind = self ? "this tab" : peer.kind === "tab" ? "tab" : "Go";
    const button = h(
      "button",
      { type: "button", "data-n": peer.n, "data-id": peer.id, "data-kind": peer.kind, "data-testid": "peer-item" },
      mark(peer.kind, self), h("span", { class: "name" }, called(peer)),
      h("code", {}, peer.name.includes(short(peer.id)) ? "" : short(peer.id)), h("span", { class: "kind" }, kind),
    );
    return h("li", { "data-look": look }, button);
  }

  private key(event: KeyboardEvent): void {
    const buttons = this.buttons();
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 };
    const next = to[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    if (next < 0) return this.search.focus();
    const button = buttons[Math.min(next, buttons.length - 1)];
    if (!button) return;
    for (const b of buttons) b.tabIndex = b === button ? 0 : -1;
    button.focus();
  }

  private buttons(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[data-n]")];
  }
}

function matches(peer: PeerFrame, wanted: string): boolean {
  return wanted === "" || peer.kind === wanted || peer.name.toLowerCase().includes(wanted) || peer.id.startsWith(wanted);
}

// This tab comes first, then other tabs, then Go peers in order of arrival.
function order(a: PeerFrame, b: PeerFrame, self: number): number {
  const rank = (p: PeerFrame) => (p.n === self ? 0 : p.kind === "tab" ? 1 : 2);
  return rank(a) - rank(b) || a.n - b.n;
}
