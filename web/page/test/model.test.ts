import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/model/backoff";
import { called, clock, counted, duration, rough, size, whole } from "../src/model/format";
import { decode, type Sample } from "../src/model/frames";
import { latest, report, Reporter, soonest } from "../src/model/report";
import { most, Series } from "../src/model/series";
import { Signal } from "../src/model/signal";
import { explain } from "../src/net/trouble";

test("waits double up to the most, and start again after a success", () => {
  const b = new Backoff(500, 4000, () => 1);
  assert.deepEqual([b.next(), b.next(), b.next(), b.next(), b.next()], [500, 1000, 2000, 4000, 4000]);
  b.reset();
  assert.equal(b.next(), 500);
  assert.equal(new Backoff(1000, 4000, () => 0).next(), 750);
});

test("a frame is an object with a type, or nothing", () => {
  assert.deepEqual(decode('{"type":"server","running":true}'), { type: "server", running: true });
  for (const text of ["", "{", "null", "7", "[]", "{}", '{"type":3}']) assert.equal(decode(text), undefined, text);
});

test("numbers, times and names are written the British way", () => {
  assert.equal(whole(1234567), "1,234,567");
  assert.deepEqual([rough(3.14), rough(99.96), rough(1234.5)], ["3.1", "100", "1,235"]);
  assert.deepEqual([counted(1, "peer"), counted(0, "peer"), counted(2, "Go peer has", "Go peers have")], ["1 peer", "0 peers", "2 Go peers have"]);
  assert.deepEqual([size(999), size(155_000), size(3_100_000)], ["999 B", "155 kB", "3.1 MB"]);
  assert.deepEqual([duration(420), duration(1400), duration(14_200), duration(61_000)], ["420 ms", "1.4 s", "14 s", "1 min 1 s"]);
  assert.equal(clock(new Date(2026, 0, 1, 9, 5, 7).getTime()), "09:05:07");
  assert.deepEqual([called({ id: "abcdefghij", name: "" }), called({ id: "x", name: "p1" })], ["abcdef", "p1"]);
});

const sample = (at: number, over: Partial<Sample> = {}): Sample => ({
  at, peers: 9, tabs: 2, arcs: 30, connections: 20, view: { mean: 3.1, min: 2, max: 5 }, messages: 12.5, setups: 1.5, ...over,
});

test("samples become columns, in the order of time, and are bounded", () => {
  const s = new Series();
  s.replace([sample(1000), sample(2000)]);
  s.add(sample(2000));
  s.add(sample(1500));
  assert.deepEqual(s.at, [1, 2]);
  assert.deepEqual([s.last("go"), s.last("tabs"), s.last("max")], [7, 2, 5]);
  for (let i = 3; i < most + 50; i++) s.add(sample(i * 1000));
  assert.equal(s.at.length, most);
  assert.equal(s.column("arcs").length, most);
  s.replace([]);
  assert.equal(s.last("arcs"), undefined);
});

test("a report has what the feed takes, no more than it takes", () => {
  const peers = Array.from({ length: 900 }, (_, i) => `peer${i}`);
  const told = report("tab x", {
    id: "me", linked: true, views: { spray: { out: [{ peer: "a", count: 2 }], in: peers.map((peer) => ({ peer, count: 1 })) } },
    connections: peers, lingering: [], pending: [], counters: { sent: 3 }, held: { dials: 0 },
  });
  assert.deepEqual(told.views["spray"]?.out, [["a", 2]]);
  assert.deepEqual(Object.keys(told).sort(), ["connections", "counters", "id", "lingering", "name", "pending", "views"]);
  assert.deepEqual([told.connections.length, told.views["spray"]?.in.length], [200, 200]);
  assert.ok(JSON.stringify(told).length < 64 * 1024);
});

test("a report is due when something changed, not too often, and now and then anyway", () => {
  const r = new Reporter();
  const told = (connections: string[], n: number) => ({ connections, counters: { n } });
  assert.equal(r.due(told([], 1), 0), true);
  assert.equal(r.due(told(["a"], 1), soonest - 1), false);
  assert.equal(r.due(told(["a"], 1), soonest), true);
  assert.equal(r.due(told(["a"], 2), 2 * soonest), false, "counters alone can wait");
  assert.equal(r.due(told(["a"], 2), soonest + latest), true);
  r.reset();
  assert.equal(r.due(told(["a"], 2), soonest + latest + 1), true);
});

test("a signal tells now and at each other value", () => {
  const s = new Signal(1);
  const got: number[] = [];
  s.watch((v) => got.push(v));
  s.set(1);
  s.set(2);
  assert.deepEqual(got, [1, 2]);
});

test("what went wrong is said with what to do", () => {
  for (const code of ["unsupported", "load", "in_use", "timeout", "ended", "closed", "weird", ""]) {
    const t = explain(code, "because");
    assert.match(t.what, /[.]$/, code);
    assert.match(t.todo, /[.]$/, code);
  }
  assert.match(explain("closed", "the room has 64 members, it is full").what, /full/);
  assert.match(explain("closed", "403: origin not allowed").todo, /address/);
  const dial = "cannot dial ws://x: is the URL right, the server up, and does it take pages of this origin? closed with code 1006";
  assert.match(explain("closed", dial).what, /cannot be reached[.]$/);
  assert.match(explain("", "Failed to fetch dynamically imported module").what, /loaded/);
  assert.equal(explain("unsupported", "WebRTC").again, false);
  for (const detail of ["no wasm.", "no wasm", "no wasm?"]) assert.match(explain("load", detail).what, /: no wasm[.?]$/);
});
