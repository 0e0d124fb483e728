import type { App } from "../app";
import { byID, h, mark, onceAFrame, setText } from "../dom";
import { characters, fits, type Message } from "../model/chat";
import { called, clock, counted, short } from "../model/format";
import { attempt } from "./attempt";
import type { Panels } from "./tabs";

/** The chat over broadcast. */
export class ChatPanel {
  private readonly list = h("ol", { class: "messages", "data-testid": "chat-list", role: "log", "aria-label": "Messages", tabindex: 0 });
  private readonly empty = h("p", { class: "hint" }, "No messages yet. What is written here goes to every peer, along the overlay's arcs.");
  private readonly as = h("select", { id: "chat-as", "data-testid": "chat-as" });
  private readonly asLabel = h("label", { for: "chat-as" }, "Speak as");
  private readonly input = h("input", { type: "text", id: "chat-input", "data-testid": "chat-input", autocomplete: "off", enterkeyhint: "send" });
  private readonly send: HTMLButtonElement = h("button", { type: "submit", class: "primary", "data-testid": "chat-send" }, "Send");
  private readonly said = h("p", { class: "said", role: "status", "data-testid": "chat-status" });
  private readonly items = new Map<Message, { root: HTMLElement; who: HTMLElement; heard: HTMLElement; look: string }>();
  private unseen = 0;
  private offered = "";

  constructor(private readonly app: App, panel: HTMLElement, private readonly panels: Panels) {
    const form = h(
      "form", { class: "write", onsubmit: (event) => (event.preventDefault(), void this.submit()) },
      h("div", { class: "as" }, this.asLabel, this.as),
      h("label", { for: "chat-input", class: "hidden" }, "Message"),
      h("div", { class: "line" }, this.input, this.send), this.said,
    );
    panel.append(h("div", { class: "scroll" }, this.empty, this.list), form);
    this.input.addEventListener("input", () => this.check());
    const speakers = onceAFrame(() => this.speakers());
    app.chatChanged.watch(() => this.draw());
    app.overlayChanged.watch(() => (this.draw(), speakers()));
    app.tab.state.watch(speakers);
    app.hello.watch(speakers);
    app.feed.state.watch(speakers);
    panels.shown.watch((shown) => {
      if (shown !== "chat") return;
      this.seen();
      this.toEnd();
    });
  }

  private draw(): void {
    const { messages } = this.app.chat;
    const atEnd = this.scrolled().every((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 40);
    for (const [message, item] of this.items) {
      if (messages.includes(message)) continue;
      item.root.remove();
      this.items.delete(message);
    }
    let added = 0;
    messages.forEach((message, i) => {
      let item = this.items.get(message);
      if (!item) {
        item = this.item(message);
        this.items.set(message, item);
        if (!message.mine) added++;
      }
      this.refresh(message, item);
      if (this.list.children[i] !== item.root) this.list.insertBefore(item.root, this.list.children[i] ?? null);
    });
    this.empty.hidden = messages.length > 0;
    if (this.panels.shown.value !== "chat") this.unseen += added;
    this.panels.mark("chat", this.unseen);
    if (atEnd && this.panels.shown.value === "chat") this.toEnd();
  }

  // On a laptop the list scrolls, on a phone the whole panel.
  private scrolled(): HTMLElement[] {
    return [this.list, byID("panel")];
  }

  private toEnd(): void {
    for (const element of this.scrolled()) element.scrollTop = element.scrollHeight;
  }

  private seen(): void {
    this.unseen = 0;
    this.panels.mark("chat", 0);
  }

  private item(message: Message) {
    const who = h("span", { class: "who" });
    const heard = h("span", { class: "heard", "data-testid": "chat-heard" });
    const head = h("div", { class: "head" }, who, h("time", {}, clock(message.at)), heard);
    const root = h("li", { "data-testid": "chat-message" }, head, h("p", { class: "text" }, message.text));
    return { root, who, heard, look: "" };
  }

  private refresh(message: Message, item: { root: HTMLElement; who: HTMLElement; heard: HTMLElement; look: string }): void {
    const peer = this.app.overlay.find(message.origin);
    const look = `${message.origin} ${peer?.name} ${peer?.kind} ${message.mine}`;
    item.root.dataset["id"] = message.id;
    if (item.look !== look) {
      const kind = message.mine ? "tab" : (peer?.kind ?? "go");
      const name = message.mine ? "This tab" : peer ? called(peer) : short(message.origin);
      const note = message.mine ? "" : !peer ? "gone" : kind === "tab" ? "tab" : "Go";
      item.who.replaceChildren(mark(kind, message.mine), h("strong", {}, name), h("span", { class: "kind" }, note));
      item.root.classList.toggle("mine", message.mine);
      item.look = look;
    }
    const { heard } = message;
    const text = heard ? `${heard.by} of ${counted(heard.of, "Go peer")}` : "";
    setText(item.heard, text);
    item.heard.title = heard ? `${heard.by} of ${counted(heard.of, "Go peer has", "Go peers have")} it` : "";
    item.heard.classList.toggle("all", heard !== undefined && heard.by >= heard.of);
  }

  // The sender: this tab if it is a peer, otherwise a Go peer that the server allows.
  private speakers(): void {
    const joined = this.app.tab.state.value.is === "in";
    const open = this.app.feed.state.value.is === "open";
    const go = joined || !this.app.can("say") ? [] : [...this.app.overlay.peers.values()].filter((p) => p.kind === "go").slice(0, 200);
    const offered = JSON.stringify(go.map((p) => [p.n, p.name]));
    if (offered !== this.offered) {
      const chosen = this.as.value;
      this.as.replaceChildren(...go.map((p) => h("option", { value: p.n }, called(p))));
      if (go.some((p) => String(p.n) === chosen)) this.as.value = chosen;
      this.offered = offered;
    }
    const can = joined || (go.length > 0 && open);
    (this.as.parentElement as HTMLElement).hidden = go.length === 0;
    this.input.disabled = !can;
    this.input.placeholder = joined ? "Write as this tab" : can ? "Write as a Go peer" : "Join with this tab to write";
    this.check();
  }

  private check(): void {
    const most = this.app.hello.value?.limits.text ?? 500;
    const over = characters(this.input.value.trim()) - most;
    this.send.disabled = this.input.disabled || !fits(this.input.value, most);
    if (over > 0) setText(this.said, `Too long by ${counted(over, "character")}: at most ${most}.`);
    else if (this.said.textContent?.startsWith("Too long")) setText(this.said, "");
    this.said.classList.toggle("bad", over > 0);
  }

  private async submit(): Promise<void> {
    const text = this.input.value.trim();
    if (this.send.disabled || !text) return;
    if (!(await attempt(this.send, this.said, () => this.app.say(text, Number(this.as.value))))) return;
    if (this.input.value.trim() === text) this.input.value = "";
    this.check();
    this.input.focus();
    this.toEnd();
  }
}
