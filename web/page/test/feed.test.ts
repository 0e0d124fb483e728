import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Frame } from "../src/model/frames";
import { Feed } from "../src/net/feed";

/** A WebSocket that does what the test says. */
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 1;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  closed = 0;
  constructor() {
    Socket.all.push(this);
  }
  send(): void {}
  close(): void {
    this.closed++;
  }
  tell(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

/** A feed that is open, in a time that stands still. */
function open() {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  let now = 0;
  mock.method(performance, "now", () => now);
  Object.assign(globalThis, { window: globalThis, WebSocket: Socket });
  Socket.all = [];
  const frames: Frame[] = [];
  const feed = new Feed(new URL("ws://localhost/live"), (frame) => frames.push(frame));
  feed.connect();
  const socket = Socket.all[0] as Socket;
  socket.tell({ type: "hello" });
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      now += 500;
      mock.timers.tick(500);
    }
  };
  return { feed, socket, pass };
}

test("a server that has fallen silent is said to be lost, and tried again, though nothing closed", () => {
  const { feed, socket, pass } = open();
  for (let i = 0; i < 30; i++) {
    socket.tell({ type: "sample" });
    pass(1000);
  }
  assert.equal(feed.state.value.is, "open");
  pass(20_000);
  assert.ok(socket.closed > 0);
  assert.ok(Socket.all.length > 1);
  assert.notEqual(feed.state.value.is, "open");
  mock.reset();
});

test("an answer is waited for as long as the server may take", async () => {
  const { feed, socket, pass } = open();
  const asked = feed.request({ type: "add", count: 20 });
  for (let i = 0; i < 29; i++) {
    socket.tell({ type: "sample" });
    pass(1000);
  }
  socket.tell({ type: "answer", request: 1 });
  await asked;
  mock.reset();
});
