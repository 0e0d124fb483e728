import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerFrame, Picture } from "../src/model/frames";
import { Overlay } from "../src/model/overlay";

const peer = (n: number, kind: "go" | "tab" = "go"): PeerFrame => ({ n, id: `id${n}`, name: `p${n}`, kind });
const picture = (over: Partial<Picture> = {}): Picture => ({
  type: "picture", at: 1, protocols: ["spray", "ring"], peers: [peer(1), peer(2), peer(3, "tab")],
  arcs: [[1, 2, 0, 2], [1, 2, 1, 1], [2, 3, 0, 1]], connections: [[1, 2], [2, 3], [1, 3]], hidden: 0, ...over,
});

test("a picture gives peers, arcs by protocol and connections", () => {
  const o = new Overlay();
  const delta = o.picture(picture());
  assert.equal(delta.reset, true);
  assert.deepEqual(delta.came.map((p) => p.n), [1, 2, 3]);
  assert.equal(o.count("1>2", -1), 3);
  assert.equal(o.count("1>2", 1), 1);
  assert.equal(o.count("2>1", -1), 0);
  assert.equal(o.total(-1), 4);
  assert.equal(o.total(0), 3);
  assert.equal(o.find("id3")?.kind, "tab");
});

test("a connection without arcs of either direction is idle", () => {
  const o = new Overlay();
  o.picture(picture());
  assert.equal(o.idle("1-3"), true);
  assert.equal(o.idle("1-2"), false);
  assert.equal(o.idle("2-3"), false);
  const delta = o.change({ type: "change", at: 2, arcs: [[3, 1, 0, 1]] });
  assert.equal(o.idle("1-3"), false);
  assert.ok(delta.connections.has("1-3"), "the drawing has to know that it is not idle any more");
});

test("a change sets counts, and 0 takes arcs away", () => {
  const o = new Overlay();
  o.picture(picture());
  const delta = o.change({ type: "change", at: 2, arcs: [[1, 2, 0, 0], [3, 1, 0, 1]], connections: [[2, 3, 0]] });
  assert.equal(delta.reset, false);
  assert.deepEqual([...delta.pairs].sort(), ["1>2", "3>1"]);
  assert.equal(o.count("1>2", -1), 1);
  assert.equal(o.count("3>1", 0), 1);
  assert.equal(o.connections.has("2-3"), false);
});

test("a peer that goes takes its arcs and connections with it", () => {
  const o = new Overlay();
  o.picture(picture());
  const delta = o.change({ type: "change", at: 2, went: [{ n: 2, how: "crashed" }, { n: 9, how: "left" }] });
  assert.deepEqual(delta.went.map((w) => [w.peer.n, w.how]), [[2, "crashed"]]);
  assert.deepEqual([...delta.pairs].sort(), ["1>2", "2>3"]);
  assert.equal(o.total(-1), 0);
  assert.deepEqual([...o.connections], ["1-3"]);
  assert.equal(o.find("id2"), undefined);
});

test("numbers that begin with the same digits are different peers", () => {
  const o = new Overlay();
  o.picture(picture({ peers: [peer(1), peer(11), peer(2)], arcs: [[11, 2, 0, 1]], connections: [] }));
  o.change({ type: "change", at: 2, went: [{ n: 1, how: "left" }] });
  assert.equal(o.count("11>2", 0), 1);
});

test("arcs of peers that are not drawn are left out", () => {
  const o = new Overlay();
  o.picture(picture({ arcs: [[1, 99, 0, 1]], connections: [[1, 99]] }));
  assert.equal(o.total(-1), 0);
  assert.equal(o.connections.size, 0);
});

test("a peer that comes again under another number is found by its id", () => {
  const o = new Overlay();
  o.picture(picture());
  o.change({ type: "change", at: 2, came: [{ ...peer(7), id: "id1" }], went: [{ n: 1, how: "lost" }] });
  assert.equal(o.find("id1")?.n, 7);
});

test("a new picture tells who came and who is gone since the last", () => {
  const o = new Overlay();
  o.picture(picture());
  const delta = o.picture(picture({ peers: [peer(2), peer(4)], arcs: [], connections: [], hidden: 5, hidden_arcs: 7 }));
  assert.deepEqual(delta.came.map((p) => p.n), [4]);
  assert.deepEqual(delta.went.map((w) => w.peer.n), [1, 3]);
  assert.deepEqual([o.hidden, o.hiddenArcs], [5, 7]);
  o.change({ type: "change", at: 1, hidden: 2, hidden_arcs: 3 });
  assert.deepEqual([o.hidden, o.hiddenArcs], [2, 3]);
  assert.equal(o.peers.size, 2);
});
