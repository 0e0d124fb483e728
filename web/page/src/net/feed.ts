import { Backoff } from "../model/backoff";
import { decode, type Frame, type Request } from "../model/frames";
import { Signal } from "../model/signal";

export type FeedState =
  | { is: "connecting" }
  | { is: "open" }
  /** The link is lost or was not made. Another attempt follows at `until` (ms since the epoch). */
  | { is: "waiting"; until: number; reason: string }
  /** The server refuses the page. Another attempt would not help. */
  | { is: "refused"; reason: string };

/** How long an attempt to connect may take. */
const patience = 10_000;
/** The server takes at most 30 s for a request. */
const answerPatience = 35_000;
/** A server sends something each second. After this silence (ms) it counts as gone, even if nothing was closed. */
const silence = 15_000;
const silenceChecked = 5000;

interface Pending {
  resolve(): void;
  reject(error: Error): void;
  timer: number;
}

/** The feed: a WebSocket that is opened again, with growing waits, each time it is lost. */
export class Feed {
  readonly state = new Signal<FeedState>({ is: "connecting" });
  private socket: WebSocket | undefined;
  private readonly backoff = new Backoff();
  private readonly pending = new Map<number, Pending>();
  private requests = 0;
  private retry = 0;

  constructor(
    private readonly url: URL,
    private readonly onFrame: (frame: Frame) => void,
  ) {}

  connect(): void {
    clearTimeout(this.retry);
    this.socket?.close();
    this.state.set({ is: "connecting" });
    const socket = new WebSocket(this.url);
    this.socket = socket;
    let greeted = false;
    let heard = performance.now();
    const slow = setTimeout(() => socket.close(), patience);
    const end = (code: number, reason: string) => {
      clearTimeout(slow);
      clearInterval(listening);
      if (socket === this.socket) void this.lost(code, reason, greeted);
    };
    const listening = setInterval(() => {
      if (!greeted || performance.now() - heard < silence) return;
      socket.onclose = null; // it may come much later
      socket.close();
      end(1006, "the server has fallen silent");
    }, silenceChecked);
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      heard = performance.now();
      const frame = decode(String(event.data));
      if (frame?.type === "hello") {
        clearTimeout(slow);
        greeted = true;
        this.backoff.reset();
        this.onFrame(frame);
        this.state.set({ is: "open" });
      } else if (frame?.type === "answer") this.answered(frame.request, frame.error);
      else if (frame) this.onFrame(frame);
    };
    socket.onclose = ({ code, reason }) => end(code, reason);
  }

  /** request sends a request to the server. It rejects with the server's error, or when there is no answer. */
  request(request: Request): Promise<void> {
    const number = ++this.requests;
    return new Promise((resolve, reject) => {
      if (!this.send({ ...request, request: number })) {
        reject(new Error("The live feed is not connected."));
        return;
      }
      const timer = window.setTimeout(() => this.answered(number, "The server did not answer."), answerPatience);
      this.pending.set(number, { resolve, reject, timer });
    });
  }

  /** send sends a frame without an answer. It returns false if there is no connection. */
  send(message: Request | (Request & { request: number })): boolean {
    if (this.state.value.is !== "open" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private answered(number: number, error?: string): void {
    const pending = this.pending.get(number);
    if (!pending) return;
    this.pending.delete(number);
    clearTimeout(pending.timer);
    if (error) pending.reject(new Error(error));
    else pending.resolve();
  }

  private async lost(code: number, told: string, greeted: boolean): Promise<void> {
    for (const number of [...this.pending.keys()]) this.answered(number, "The live feed was lost before the answer.");
    const socket = this.socket;
    const reason = told || (greeted ? "" : await this.why());
    if (socket !== this.socket) return;
    // 1008: the page breaks a rule of the server.
    if (!greeted && (code === 1008 || refusals.test(reason))) {
      this.state.set({ is: "refused", reason });
      return;
    }
    const wait = this.backoff.next();
    this.state.set({ is: "waiting", until: Date.now() + wait, reason });
    this.retry = window.setTimeout(() => this.connect(), wait);
  }

  // A browser does not tell a page why a WebSocket was not opened. A plain request shows
  // whether the server is there, and sometimes the reason.
  private async why(): Promise<string> {
    try {
      const url = new URL(this.url);
      url.protocol = url.protocol === "wss:" ? "https:" : "http:";
      const response = await fetch(url, { signal: AbortSignal.timeout(3000), cache: "no-store" });
      if (response.status === 403 || response.status === 503) return `${response.status} ${(await response.text()).trim().slice(0, 300)}`;
      return closedDoor;
    } catch {
      return "";
    }
  }
}

/** The server answers, but not to this page's WebSocket. */
export const closedDoor = "closed door";
const refusals = /^403\b|origin/i;
