import type { Peer, ProtocolOptions } from "../../../npm/index.js";
import type { Hello, Said } from "../model/frames";
import { cut } from "../model/chat";
import { Signal } from "../model/signal";
import { codeOf, fetchModule, lacks } from "./n2n";
import { explain, type Trouble } from "./trouble";

export type TabState =
  | { is: "out" }
  /** The program is fetched and compiled; total 0: not known yet. */
  | { is: "loading"; loaded: number; total: number }
  | { is: "joining" }
  /** In the overlay. took: ms from the button to the room. loading: ms of that for the program. */
  | { is: "in"; id: string; took: number; loading: number }
  | { is: "leaving" }
  | { is: "failed"; trouble: Trouble };

/** The name under which the browser keeps the identity, if the user wants that. */
const identityName = "n2n live page";
/** The program may first have to be built on the server, which takes a minute or two. */
const loadPatience = 180_000;
const joinPatience = 20_000;
const leavePatience = 8_000;

/** This tab as a peer: it joins the room, sends messages, and leaves. Then it may join again. */
export class Tab {
  readonly state = new Signal<TabState>({ is: "out" });
  peer: Peer | undefined;
  private cancelled = new AbortController();

  /** onSaid gets the messages that this tab's peer delivers, with its own. */
  constructor(private readonly onSaid: (said: Omit<Said, "type" | "n">, origin: string) => void) {
    const missing = lacks();
    if (missing.length > 0) this.state.set({ is: "failed", trouble: explain("unsupported", missing.join(", ")) });
  }

  async join(hello: Hello, keep: boolean): Promise<void> {
    const began = performance.now();
    this.cancelled = new AbortController();
    const { signal } = this.cancelled;
    this.state.set({ is: "loading", loaded: 0, total: 0 });
    let peer: Peer | undefined;
    try {
      const api = await within(fetchModule(), loadPatience, signal);
      const { ok, missing } = api.supported();
      if (!ok) throw Object.assign(new Error(missing.join(", ")), { code: "unsupported" });
      const onProgress = ({ loaded, total }: { loaded: number; total: number }) => {
        if (this.state.value.is === "loading") this.state.set({ is: "loading", loaded, total });
      };
      await within(api.load({ onProgress, signal }), loadPatience, signal);
      const loading = performance.now() - began;
      this.state.set({ is: "joining" });
      const { network, loopback } = hello.tab;
      const protocols = hello.tab.protocols as ProtocolOptions[];
      const identity = keep ? { keep: identityName } : ("tab" as const);
      const signaling = new URL(hello.signal, document.baseURI).href.replace(/^http/, "ws");
      const creating = api.createPeer({ signaling, identity, network, loopback, protocols, signal });
      peer = await within(creating, joinPatience, signal).catch((error: unknown) => {
        creating.then((late) => late.crash(), () => undefined);
        throw error;
      });
      this.listen(peer, hello.tab.chat, hello.limits.text);
      await within(peer.join(hello.room, { signal, timeout: joinPatience }), joinPatience + 1000, signal);
      this.peer = peer;
      this.state.set({ is: "in", id: peer.id, took: performance.now() - began, loading });
      void this.watch(peer);
    } catch (error) {
      peer?.crash();
      if (signal.aborted) this.state.set({ is: "out" });
      else this.state.set({ is: "failed", trouble: explain(codeOf(error), (error as Error).message) });
    }
  }

  /** cancel ends a join that is under way. */
  cancel(): void {
    this.cancelled.abort();
  }

  async leave(): Promise<void> {
    const peer = this.peer;
    if (!peer) return;
    this.peer = undefined;
    this.state.set({ is: "leaving" });
    try {
      await within(peer.leave(), leavePatience);
    } catch {
      peer.crash(); // it could not leave in order; the others notice
    }
    this.state.set({ is: "out" });
  }

  private listen(peer: Peer, chat: string, most: number): void {
    peer.protocol(chat).on("delivered", ({ id, origin, text }) => {
      const said = cut(text, most).trim();
      if (said) this.onSaid({ id, text: said, at: Date.now() }, origin);
    });
  }

  // A peer that ends without leave has failed.
  private async watch(peer: Peer): Promise<void> {
    const error = await peer.closed;
    if (this.peer !== peer) return;
    this.peer = undefined;
    this.state.set({ is: "failed", trouble: explain("ended", error?.message ?? "") });
  }
}

/** within rejects when a wait is too long or cancelled. No call waits for ever. */
function within<T>(wait: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(Object.assign(new Error(`It took longer than ${ms / 1000} s.`), { code: "timeout" }));
    const timer = setTimeout(late, ms);
    const stop = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    wait.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    });
  });
}
