import { byID } from "../dom";
import { Signal } from "../model/signal";

export type PanelName = "peers" | "chat" | "charts" | "demo";
const names: PanelName[] = ["peers", "chat", "charts", "demo"];

/** The tabs of the side panel, as the ARIA pattern has them: arrow keys move between them. */
export class Panels {
  readonly shown = new Signal<PanelName>("peers");

  constructor() {
    for (const name of names) {
      const tab = this.tab(name);
      tab.dataset["testid"] = `tab-${name}`;
      tab.addEventListener("click", () => this.show(name));
      tab.addEventListener("keydown", (event) => this.key(event, name));
    }
    this.shown.watch((shown) => {
      document.body.dataset["panel"] = shown; // a phone gives the chat more space
      for (const name of names) {
        const on = name === shown;
        byID(name).hidden = !on;
        this.tab(name).setAttribute("aria-selected", String(on));
        this.tab(name).tabIndex = on ? 0 : -1;
      }
    });
  }

  show(name: PanelName): void {
    this.shown.set(name);
  }

  /** offer hides or shows a tab. */
  offer(name: PanelName, on: boolean): void {
    this.tab(name).hidden = !on;
    if (!on && this.shown.value === name) this.show("peers");
  }

  /** mark shows on a tab how many items were not seen; 0: none. */
  mark(name: PanelName, unseen: number): void {
    const tab = this.tab(name);
    if (unseen > 0) tab.dataset["unseen"] = unseen > 99 ? "99+" : String(unseen);
    else delete tab.dataset["unseen"];
    if (unseen > 0) tab.setAttribute("aria-description", `${unseen} new`);
    else tab.removeAttribute("aria-description");
  }

  private key(event: KeyboardEvent, from: PanelName): void {
    const offered = names.filter((name) => !this.tab(name).hidden);
    const at = offered.indexOf(from);
    const to: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: offered.length - 1 };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const name = offered[(next + offered.length) % offered.length] as PanelName;
    this.show(name);
    this.tab(name).focus();
  }

  private tab(name: PanelName): HTMLElement {
    return byID(`tab-${name}`);
  }
}
