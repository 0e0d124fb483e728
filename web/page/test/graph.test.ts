import assert from "node:assert/strict";
import { test } from "node:test";
import { Cooling, perNode } from "../src/graph/cooling";
import { Fades } from "../src/graph/fades";
import { Framing } from "../src/graph/framing";
import { approach, birthplace } from "../src/graph/motion";
import { mix, type Palette, veil } from "../src/graph/palette";
import { Scene } from "../src/graph/scene";
import type { PeerFrame } from "../src/model/frames";
import { Overlay } from "../src/model/overlay";

const names = ["paper", "ink", "muted", "go", "tab", "arc", "fresh", "out", "in", "link", "gone"] as const;
const palette = { ...Object.fromEntries(names.map((name, i) => [name, `#0000${(16 + i).toString(16)}`])), font: "x" } as Palette;
const peer = (n: number, kind: "go" | "tab" = "go"): PeerFrame => ({ n, id: `id${n}`, name: `p${n}`, kind });

function drawn(still = false) {
  const overlay = new Overlay();
  const scene = new Scene(overlay, palette, () => still);
  const delta = overlay.picture({
    type: "picture", at: 1, protocols: ["spray", "ring"], peers: [peer(1), peer(2), peer(3, "tab")],
    arcs: [[1, 2, 0, 2], [2, 3, 1, 1]], connections: [[1, 2], [2, 3], [1, 3]], hidden: 0,
  });
  scene.apply(delta, 0);
  return { overlay, scene };
}

test("the drawing has the peers and arcs of the picture, tabs as squares", () => {
  const { scene } = drawn();
  assert.deepEqual(scene.graph.nodes(), ["1", "2", "3"]);
  assert.deepEqual(scene.graph.edges().sort(), ["1>2", "2>3"]);
  assert.equal(scene.graph.getNodeAttribute("3", "square"), true);
  assert.equal(scene.graph.getNodeAttribute("3", "color"), palette.tab);
  assert.equal(scene.graph.getNodeAttribute("1", "square"), false);
});

test("what goes fades first and is dropped then; what comes back stays", () => {
  const { overlay, scene } = drawn();
  scene.apply(overlay.change({ type: "change", at: 2, arcs: [[1, 2, 0, 0]] }), 1000);
  assert.ok(scene.graph.hasEdge("1>2"));
  scene.apply(overlay.change({ type: "change", at: 3, arcs: [[1, 2, 0, 1]] }), 1100);
  assert.deepEqual(scene.fades.over(9000), []);
  scene.apply(overlay.change({ type: "change", at: 4, went: [{ n: 2, how: "crashed" }] }), 10_000);
  assert.deepEqual(scene.fades.over(10_100), []);
  const ended = scene.fades.over(20_000);
  assert.deepEqual(ended.map((e) => e.key).sort(), ["1>2", "2", "2>3"]);
  for (const { key, what } of ended) scene.drop(key, what);
  assert.deepEqual(scene.graph.nodes(), ["1", "3"]);
  assert.equal(scene.graph.size, 0);
});

test("with reduced motion nothing fades", () => {
  const { overlay, scene } = drawn(true);
  scene.apply(overlay.change({ type: "change", at: 2, came: [peer(4)], arcs: [[1, 2, 0, 0], [4, 1, 0, 1]] }), 1000);
  assert.equal(scene.fades.active, false);
  assert.deepEqual(scene.graph.edges().sort(), ["2>3", "4>1"]);
});

test("a choice of protocol leaves the arcs of the others out", () => {
  const { scene } = drawn(true);
  scene.choose({ protocol: 1 }, 0);
  assert.deepEqual(scene.graph.edges(), ["2>3"]);
  scene.choose({ protocol: -1 }, 0);
  assert.equal(scene.graph.size, 2);
});

test("idle connections are drawn on demand, those of the selected peer that linger always", () => {
  const { overlay, scene } = drawn(true);
  assert.equal(scene.graph.hasEdge("1-3"), false);
  scene.choose({ links: true }, 0);
  assert.deepEqual(scene.graph.undirectedEdges(), ["1-3"]);
  scene.choose({ links: false }, 0);
  assert.deepEqual(scene.graph.undirectedEdges(), []);
  scene.choose({ selected: 3, lingering: [1] }, 0);
  assert.deepEqual(scene.graph.undirectedEdges(), ["1-3"]);
  scene.apply(overlay.change({ type: "change", at: 2, arcs: [[3, 1, 0, 1]] }), 0);
  assert.deepEqual(scene.graph.undirectedEdges(), [], "an arc uses it now");
});

test("the selected peer's arcs are told apart by direction, others step back", () => {
  const { scene } = drawn(true);
  scene.choose({ selected: 2 }, 0);
  assert.equal(scene.graph.getEdgeAttribute("2>3", "color"), palette.out);
  assert.equal(scene.graph.getEdgeAttribute("1>2", "color"), palette.in);
  assert.equal(scene.graph.getNodeAttribute("2", "ring"), true);
  scene.choose({ selected: 1 }, 0);
  assert.notEqual(scene.graph.getNodeAttribute("3", "color"), palette.tab);
});

test("a new picture keeps the places of peers that stay", () => {
  const { overlay, scene } = drawn();
  const { x, y } = scene.graph.getNodeAttributes("1");
  const delta = overlay.picture({ type: "picture", at: 9, protocols: ["spray"], peers: [peer(1), peer(9)], arcs: [[9, 1, 0, 1]], connections: [], hidden: 0 });
  scene.apply(delta, 5);
  assert.deepEqual([scene.graph.getNodeAttribute("1", "x"), scene.graph.getNodeAttribute("1", "y")], [x, y]);
  assert.deepEqual(scene.graph.nodes(), ["1", "9"]);
  assert.deepEqual(scene.graph.edges(), ["9>1"]);
});

test("the layout comes to rest, and starts again when told", () => {
  let steps = 0;
  const cooling = new Cooling((nodes) => {
    steps++;
    for (let i = 0; i < nodes.length; i += perNode) nodes[i] = (nodes[i] as number) + 10;
  });
  cooling.take({ nodes: new Float32Array(2 * perNode), edges: new Float32Array(), heat: 1 });
  while (!cooling.settled && steps < 10_000) cooling.advance();
  assert.ok(cooling.settled);
  assert.ok(steps < 400, `${steps} steps`);
  const [before] = cooling.places();
  cooling.take({ nodes: new Float32Array(2 * perNode), edges: new Float32Array(), heat: 0.1 });
  assert.equal(cooling.settled, false);
  cooling.advance();
  assert.ok(Math.abs((cooling.places()[0] as number) - 1) < 1e-3, "a tenth of the way");
  assert.ok((before as number) > 0);
});

test("a step that breaks down moves nobody", () => {
  const cooling = new Cooling((nodes) => nodes.fill(Number.NaN, 0, 2));
  cooling.take({ nodes: new Float32Array(perNode), edges: new Float32Array(), heat: 1 });
  cooling.advance();
  assert.deepEqual([...cooling.places()], [0, 0]);
});

test("peers walk to their places and stop there", () => {
  const one = { x: 0, y: 0, goalX: 100, goalY: 0 };
  assert.equal(approach([one], 16, 100), true);
  assert.ok(one.x > 0 && one.x < 100);
  let frames = 0;
  while (approach([one], 16, 100) && frames < 1000) frames++;
  assert.ok(frames < 200);
  assert.equal(one.x, 100);
  one.x = 0;
  approach([one], Number.POSITIVE_INFINITY, 100);
  assert.equal(one.x, 100, "without motion at once");
});

test("a newcomer starts beside its neighbours", () => {
  const near = birthplace([{ x: 0, y: 0, goalX: 10, goalY: 20 }, { x: 0, y: 0, goalX: 30, goalY: 40 }], 100, () => 0.25);
  assert.ok(Math.hypot(near.x - 20, near.y - 30) < 10);
  const anywhere = birthplace([], 100, () => 0.5);
  assert.ok(Math.hypot(anywhere.x, anywhere.y) <= 100);
});

test("colours mix in steps", () => {
  assert.equal(mix("#000000", "#ffffff", 0), "#000000");
  assert.equal(mix("#000000", "#ffffff", 0.5), "#808080");
  assert.equal(mix("#000000", "#ffffff", 2), "#ffffff");
});

test("a fade that turns round starts anew", () => {
  const fades = new Fades();
  fades.begin("a", "edge", "out", 0);
  fades.begin("a", "edge", "in", 600);
  assert.deepEqual(fades.over(800), []);
  assert.equal(fades.active, true);
  assert.deepEqual(fades.over(60_000), [], "what came stays");
  assert.equal(fades.active, false);
});

test("a veil is premultiplied", () => {
  assert.equal(veil("#80ff00", 0.5), "#40800080");
});

test("the frame has the view's shape, holds all peers inside its margins, and shrinks slowly", () => {
  const view = { width: 1000, height: 600 };
  const framing = new Framing();
  const wide = [{ x: -100, y: -100 }, { x: 100, y: 100 }];
  const box = framing.around(wide, view);
  const unit = (box.x[1] - box.x[0]) / view.width;
  assert.ok(Math.abs((box.y[1] - box.y[0]) / view.height - unit) < 1e-9);
  assert.equal(Math.round((box.y[1] - 100) / unit), 62, "room for the controls above");
  assert.equal(Math.round((-100 - box.y[0]) / unit), 58, "and for the legend below");
  const smaller = framing.around([{ x: 0, y: 0 }], view);
  assert.ok(smaller.x[1] - smaller.x[0] > 0.8 * (box.x[1] - box.x[0]));
  const larger = framing.around([{ x: -300, y: 0 }, { x: 300, y: 0 }], view);
  assert.ok(larger.x[0] < -300 && larger.x[1] > 300, "nobody is outside for a moment");
});

test("one peer, or none, still makes a frame", () => {
  for (const places of [[], [{ x: 5, y: 5 }]]) {
    const { x, y } = new Framing().around(places, { width: 300, height: 200 });
    assert.ok(x[1] > x[0] && y[1] > y[0]);
  }
});
