import type { App } from "../app";
import { h, mark, replace, setText } from "../dom";
import { duration, size, short } from "../model/format";
import type { TabState } from "../net/tab";
import type { Status } from "./status";

/** The card of this tab as a peer: join, progress, leave, and failures. */
export class TabCard {
  private readonly what = h("p", { class: "what", "data-testid": "tab-status", role: "status" });
  private readonly bar = h("progress", { "data-testid": "progress", "aria-label": "Loading the peer's program", hidden: true });
  private readonly joinButton = h("button", { type: "button", class: "primary", "data-testid": "join", "data-key": "main" }, "Join with this tab");
  private readonly cancelButton = h("button", { type: "button", "data-testid": "join-cancel", "data-key": "main" }, "Cancel");
  private readonly showButton = h("button", { type: "button", "data-testid": "show-self" }, "Show");
  private readonly leaveButton = h("button", { type: "button", "data-testid": "leave", "data-key": "main" }, "Leave");
  private readonly keep = h("input", { type: "checkbox", id: "keep", "data-testid": "keep-identity" });
  private readonly keepLabel = h("label", { class: "check", for: "keep" }, this.keep, " Keep my identity across reloads");
  private readonly buttons = h("div", { class: "actions" });
  private readonly root: HTMLElement;

  constructor(private readonly app: App, status: Status) {
    const { tab } = app;
    this.keep.checked = remembered();
    this.keep.addEventListener("change", () => remember(this.keep.checked));
    this.joinButton.addEventListener("click", () => {
      const hello = app.hello.value;
      if (hello) void tab.join(hello, this.keep.checked);
    });
    this.cancelButton.addEventListener("click", () => tab.cancel());
    this.leaveButton.addEventListener("click", () => void tab.leave());
    this.showButton.addEventListener("click", () => app.select(app.self.value));
    this.root = document.getElementById("tab") as HTMLElement;
    this.root.append(this.what, this.bar, this.buttons, this.keepLabel);
    const draw = () => this.draw(tab.state.value);
    tab.state.watch(draw);
    app.hello.watch(draw);
    app.program.watch(draw);
    app.self.watch(draw);
    status.feedDown.watch(draw);
  }

  private draw(state: TabState): void {
    this.root.dataset["state"] = state.is;
    const buttons = this.offered(state);
    if (!same(buttons, this.buttons)) replace(this.buttons, ...buttons);
    this.joinButton.disabled = this.app.hello.value === undefined;
    setText(this.joinButton, state.is === "failed" ? "Try again" : "Join with this tab");
    this.showButton.disabled = this.app.self.value === 0;
    this.keepLabel.hidden = state.is !== "out" && state.is !== "failed";
    this.what.classList.toggle("bad", state.is === "failed");
    this.progress(state);
    if (state.is === "in") {
      const key = `in ${state.id}`;
      if (this.what.dataset["key"] === key) return;
      this.what.dataset["key"] = key;
      const parts = state.loading >= 100 ? `, ${duration(state.loading)} of it to load the program` : "";
      this.what.replaceChildren(
        mark("tab", true), h("strong", {}, "This tab is a peer."), " ", h("code", {}, short(state.id)),
        h("span", { class: "hint", "data-testid": "join-time", "data-ms": Math.round(state.took) }, `Joined in ${duration(state.took)}${parts}.`),
      );
      return;
    }
    delete this.what.dataset["key"];
    setText(this.what, this.text(state));
  }

  private offered(state: TabState): HTMLElement[] {
    switch (state.is) {
      case "out":
        return [this.joinButton];
      case "failed":
        return state.trouble.again ? [this.joinButton] : [];
      case "loading":
      case "joining":
        return [this.cancelButton];
      case "in":
        return [this.leaveButton, this.showButton];
      case "leaving":
        return [];
    }
  }

  private text(state: Exclude<TabState, { is: "in" }>): string {
    const { state: program, text } = this.app.program.value;
    switch (state.is) {
      case "out":
        if (!this.app.hello.value) return "You can become a peer yourself, once the server has answered.";
        if (program === "failed") return `The server could not build the peer's program: ${text ?? "it does not say why"}.`;
        if (program === "building") return "Become a peer yourself. The server is still building the program for it.";
        return "Become a peer yourself: this tab connects to the others directly, over WebRTC.";
      case "loading":
        if (state.total === 0 && program === "building") return "The server is building the peer's program. The first time this takes a minute or so.";
        if (state.total === 0) return "Loading the peer's program.";
        if (state.loaded >= state.total) return "Starting the peer's program.";
        return `Loading the peer's program: ${size(state.loaded)} of ${size(state.total)}.`;
      case "joining":
        return "Joining the room.";
      case "leaving":
        return "Leaving: the others are told.";
      case "failed":
        return `${state.trouble.what} ${state.trouble.todo}`;
    }
  }

  private progress(state: TabState): void {
    this.bar.hidden = state.is !== "loading" && state.is !== "joining";
    if (state.is === "loading" && state.total > 0) {
      this.bar.max = state.total;
      this.bar.value = state.loaded;
    } else this.bar.removeAttribute("value");
  }
}

function same(wanted: HTMLElement[], parent: HTMLElement): boolean {
  return wanted.length === parent.children.length && wanted.every((w, i) => w === parent.children[i]);
}

// The choice belongs to this tab and survives a reload. If storage is forbidden, it lasts
// as long as the page.
const storageKey = "n2n keep identity";

function remembered(): boolean {
  try {
    return sessionStorage.getItem(storageKey) === "yes";
  } catch {
    return false;
  }
}

function remember(keep: boolean): void {
  try {
    sessionStorage.setItem(storageKey, keep ? "yes" : "no");
  } catch {
    // only the choice is lost
  }
}
