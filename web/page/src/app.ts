import { onceAFrame } from "./dom";
import { Chat } from "./model/chat";
import type { Details, Frame, Hello, PeerFrame, Program, Said } from "./model/frames";
import { type Delta, Overlay } from "./model/overlay";
import { Series } from "./model/series";
import { Signal } from "./model/signal";
import { Feed } from "./net/feed";
import { Reports } from "./net/reports";
import { Tab } from "./net/tab";

/** The state of the page, with the ways to change it. The parts of the page watch it. */
export class App {
  readonly overlay = new Overlay();
  readonly series = new Series();
  readonly chat = new Chat();
  readonly hello = new Signal<Hello | undefined>(undefined);
  readonly program = new Signal<Program>({ type: "program", state: "ready" });
  readonly serverRuns = new Signal(true);
  /** The numbers of the selected peer and of this tab's own; 0: none. */
  readonly selected = new Signal(0);
  readonly self = new Signal(0);
  readonly details = new Signal<Details | undefined>(undefined);
  /** These signals tell that their subject changed, at most once a frame. */
  readonly overlayChanged = new Signal(0);
  readonly chatChanged = new Signal(0);
  readonly sampled = new Signal(0);

  readonly tab = new Tab((said, origin) => this.said({ type: "said", n: 0, ...said }, origin));
  readonly feed: Feed;
  private readonly reports: Reports;
  private selectedID = "";

  /** onDelta gets each picture and change before the rest of the page. */
  constructor(url: URL, private readonly onDelta: (delta: Delta) => void) {
    this.feed = new Feed(url, (frame) => this.take(frame));
    this.reports = new Reports(this.feed, this.tab);
    this.feed.state.watch(({ is }) => is === "open" && this.reports.again());
    this.tab.state.watch(() => this.findSelf());
  }

  select(n: number): void {
    if (n === this.selected.value) return;
    this.selectedID = this.overlay.peers.get(n)?.id ?? "";
    this.selected.set(n);
    this.details.set(undefined);
    this.feed.send({ type: "select", n });
  }

  peer(n: number): PeerFrame | undefined {
    return this.overlay.peers.get(n);
  }

  can(control: Hello["controls"][number]): boolean {
    return this.hello.value?.controls.includes(control) ?? false;
  }

  /** say sends a message: as this tab if it is a peer, otherwise as a Go peer. */
  async say(text: string, as: number): Promise<void> {
    const { peer } = this.tab;
    const hello = this.hello.value;
    if (!peer || !hello) return this.feed.request({ type: "say", n: as, text });
    const message = this.chat.wrote(text, peer.id, Date.now());
    this.tellChat();
    try {
      await peer.protocol(hello.tab.chat).publish(text);
    } catch (error) {
      this.chat.withdraw(message);
      this.tellChat();
      throw error;
    }
  }

  private take(frame: Frame): void {
    switch (frame.type) {
      case "hello":
        return this.hello.set(frame);
      case "program":
        return this.program.set(frame);
      case "server":
        return this.serverRuns.set(frame.running);
      case "picture":
        return this.changed(this.overlay.picture(frame));
      case "change":
        return this.changed(this.overlay.change(frame));
      case "samples":
        this.series.replace(frame.samples);
        return this.tellSampled();
      case "sample":
        this.series.add(frame);
        return this.tellSampled();
      case "details":
        if (frame.n === this.selected.value) this.details.set(frame);
        return;
      case "said":
        return this.said(frame, frame.id.split("/")[0] ?? "");
      case "heard":
        this.chat.heard(frame);
        return this.tellChat();
    }
  }

  private changed(delta: Delta): void {
    this.onDelta(delta);
    this.findSelf();
    // A new server has other numbers and no selection. The selected peer is found by its
    // id.
    if (delta.reset && this.selected.value) {
      const n = this.overlay.find(this.selectedID)?.n ?? 0;
      if (n === this.selected.value) this.feed.send({ type: "select", n });
      else this.select(n);
    }
    this.tellOverlay();
  }

  private findSelf(): void {
    const state = this.tab.state.value;
    this.self.set(state.is === "in" ? (this.overlay.find(state.id)?.n ?? 0) : 0);
  }

  private said(said: Said, origin: string): void {
    const mine = this.tab.peer !== undefined && origin === this.tab.peer.id;
    this.chat.said(said, origin, mine);
    this.tellChat();
  }

  private readonly tellOverlay = onceAFrame(() => this.overlayChanged.set(this.overlayChanged.value + 1));
  private readonly tellChat = onceAFrame(() => this.chatChanged.set(this.chatChanged.value + 1));
  private readonly tellSampled = onceAFrame(() => this.sampled.set(this.sampled.value + 1));
}
