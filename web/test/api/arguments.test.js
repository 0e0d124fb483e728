import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newTab } from "../support/peers.js";
import { site } from "../support/site.js";

// Each is run in the page; p is a peer with the protocols named here, who is somebody
// else's PeerID. The results are [call, argument, error's code].
const calls = async () => {
  const who = "b".repeat(32);
  const wrong = [undefined, null, 0, -1, 1.5, NaN, true, "", "x", who.toUpperCase(), Symbol("s"), 10n, [], {}, () => {}, new Uint8Array(3)];
  const shown = (v) => typeof v === "symbol" || typeof v === "function" ? typeof v : typeof v === "bigint" ? "10n" : v instanceof Uint8Array ? "bytes" : v === undefined ? "undefined" : Number.isNaN(v) ? "NaN" : JSON.stringify(v);
  const p = await n2n.createPeer({ protocols: [
    { use: "messages", name: "talk", content: "text" }, { use: "messages", name: "lossy", delivery: "lossy" }, { use: "spray" },
    { use: "broadcast" }, { use: "unicast" }, { use: "size" }, { use: "tman" },
  ] });
  const of = (name) => p.protocol(name);
  const talk = of("talk");
  const results = [];
  const called = new Set();
  const tries = async (name, values, f) => {
    called.add(name);
    for (const value of values) {
      const e = await failure(() => f(value));
      results.push([name, shown(value), e ? (e.typed ? e.code : `untyped ${e.name}: ${e.message}`) : "taken"]);
    }
  };
  const but = (...fine) => wrong.filter((w) => !fine.some((f) => Object.is(f, w)));
  const waits = [{ timeout: 0 }, { timeout: -1 }, { timeout: NaN }, { timeout: "1" }, { timeout: Infinity }, { signal: 1 }, { signal: {} }, 1, "x"];
  const peerIDs = ["open", "close", "lock", "unlock", "drop", "invite"];

  await tries("load", [null, 1, "x", true], (o) => n2n.load(o));
  await tries("load base", [1n, "http://[", {}], (base) => n2n.load({ base }));
  await tries("load onProgress", [1, "x", {}], (onProgress) => n2n.load({ onProgress }));
  await tries("load signal", [1, "x", {}], (signal) => n2n.load({ signal }));
  await tries("createPeer", [null, 1, "x", true, () => {}], (o) => n2n.createPeer(o));
  await tries("createPeer signaling", [1, null, "", "ftp://x", "ws://", [1], ["ws://a", "ws://a"], Array.from({ length: 17 }, (_, i) => `ws://h${i}`), {}], (signaling) => n2n.createPeer({ signaling }));
  await tries("createPeer identity", [null, 1, "x", {}, { keep: "" }, { keep: 1 }, { keep: "x".repeat(65) }, { seed: new Uint8Array(31) }, { seed: new Uint8Array(33) }, { seed: [1] }, { keep: "a", seed: new Uint8Array(32) }], (identity) => n2n.createPeer({ identity }));
  await tries("createPeer network", ["", 1, null, "x".repeat(65), {}], (network) => n2n.createPeer({ network }));
  await tries("createPeer loopback", [1, "yes", null, {}], (loopback) => n2n.createPeer({ loopback }));
  await tries("createPeer iceServers", [1, {}, [1], [{}], [{ urls: [] }], [{ urls: "http://x" }], [{ urls: ["turn:x"] }], [{ urls: 1 }], Array.from({ length: 17 }, () => ({ urls: "stun:x" }))], (iceServers) => n2n.createPeer({ iceServers }));
  for (const field of ["requestTimeout", "authTimeout", "linger", "leaveGrace", "retryWait", "maxConnections", "maxHalfOpen", "maxOpens", "maxArcs", "maxProtocols", "maxJobs", "maxRelays", "signalRate", "signalBurst", "maxWaiting", "gatherTimeout", "failedTimeout"]) {
    await tries(`createPeer limits.${field}`, [-1, 0, NaN, Infinity, "1", null, {}], (v) => n2n.createPeer({ limits: { [field]: v } }));
  }
  await tries("createPeer limits.maxRetries", [-1, 17, 0.5, NaN, "1", null], (maxRetries) => n2n.createPeer({ limits: { maxRetries } }));
  await tries("createPeer limits", [1, "x", [], { unknown: 1 }, { RequestTimeout: 1 }], (limits) => n2n.createPeer({ limits }));
  await tries("createPeer unknown", ["Signaling", "x"], (name) => n2n.createPeer({ [name]: 1 }));
  await tries("createPeer protocols", [1, {}, [1], [null], [{}], [{ use: "x" }], [{ use: "spray", a: 0 }], [{ use: "messages" }]], (protocols) => n2n.createPeer({ protocols }));

  await tries("join", [...but("x", who.toUpperCase()), "x".repeat(65)], (room) => p.join(room));
  await tries("join wait", waits, (o) => p.join("room", o));
  await tries("spawn", [...wrong, { use: "x" }, { use: "messages", name: "X" }, { use: "messages", name: "x".repeat(33) }, { use: "messages", name: "m", content: "json" }, { use: "messages", name: "m", delivery: "fast" }, { use: "messages", name: "m", introductions: 1 }, { use: "messages", name: "m", more: 1 }], (o) => p.spawn(o));
  await tries("spawn numbers", [
    { use: "spray", a: -1 }, { use: "spray", a: 65 }, { use: "spray", b: NaN }, { use: "spray", period: 0 }, { use: "spray", period: "1" }, { use: "spray", deadline: 1e12 },
    { use: "cyclon", view: 0 }, { use: "cyclon", shuffle: 99 }, { use: "cyclon", walk: 1.5 }, { use: "hyparview", active: 1 }, { use: "hyparview", prwl: 9 },
    { use: "tman", name: "t", rank: "star" }, { use: "tman", name: "t", data: new Uint8Array(257) }, { use: "fullmesh", maxMembers: 1 }, { use: "broadcast", name: "b", history: 1e9 },
    { use: "plumtree", window: 1 }, { use: "unicast", name: "u", maxRequests: 0 }, { use: "size", name: "s", window: 0 },
  ].map((o) => ({ name: "other", ...o })), (o) => p.spawn(o));
  await tries("remove", wrong, (name) => p.remove(name));
  await tries("protocol", wrong, (name) => p.protocol(name));
  await tries("on type", but("", "x", who.toUpperCase()), (type) => p.on(type, () => {}));
  await tries("on listener", but(wrong.find((w) => typeof w === "function")), (f) => p.on("*", f));
  await tries("protocol on", but(wrong.find((w) => typeof w === "function")), (f) => talk.on("received", f));

  for (const method of peerIDs) {
    await tries(method, wrong, (id) => talk[method](id));
    await tries(`${method} wait`, waits, (o) => talk[method](who, o));
  }
  await tries("open via", [1, "x", [1], ["x"], [who.slice(1)], Array(9).fill(who), {}], (via) => talk.open("c".repeat(32), { via }));
  await tries("introduce", wrong, (id) => talk.introduce(id, who));
  await tries("introduce to", wrong, (id) => talk.introduce(who, id));
  await tries("introduce views", [1, [], ["in"], ["in", "x"], ["in", "out", "any"], {}], (views) => talk.introduce(who, "c".repeat(32), { views }));
  await tries("contacts", but(), (n) => talk.contacts(n));
  await tries("contacts many", [65, 1e9, Infinity], (n) => talk.contacts(n));
  await tries("send to", wrong, (id) => talk.send(id, "hello"));
  await tries("send text", but("", "x", who.toUpperCase()), (data) => talk.send(who, data));
  await tries("send large", ["x".repeat(1_048_577)], (data) => talk.send(who, data));
  await tries("send lossy", [new Uint8Array(16_001)], (data) => of("lossy").send(who, data));
  await tries("publish", [undefined, null, 1, true, {}, [], 10n], (data) => of("broadcast").publish(data));
  await tries("publish large", [new Uint8Array(65_537)], (data) => of("broadcast").publish(data));
  await tries("publish after", [1, "x", [1], ["x"], Array(257).fill(`${who}/0000000000000001/1`)], (after) => of("broadcast").publish("x", { after }));
  await tries("request", wrong, (id) => of("unicast").request(id, "x"));
  await tries("request data", [undefined, null, 1, {}, []], (data) => of("unicast").request(who, data));
  await tries("request wait", [...waits, { timeout: 60_001 }], (o) => of("unicast").request(who, "x", o));
  await tries("reply", [undefined, null, 1, {}, { from: who }, { from: "x", request: "1" }, { from: who, request: 1 }], (r) => of("unicast").reply(r, "x"));
  await tries("reject", [undefined, null, 1, {}, { from: who }, { from: "x", request: "1" }], (r) => of("unicast").reject(r));
  await tries("reject reason", ["timeout", 1, {}], (reason) => of("unicast").reject({ from: who, request: "1" }, reason));
  await tries("reject text", [1, {}, []], (text) => of("unicast").reject({ from: who, request: "1" }, "refused", text));
  await tries("reject large", ["x".repeat(257)], (text) => of("unicast").reject({ from: who, request: "1" }, "refused", text));
  await tries("multicast", [1, "x", [1], ["x"], {}, Array(1025).fill(who)], (peers) => of("unicast").multicast("x", peers));
  await tries("multicast data", [undefined, null, 1, {}], (data) => of("unicast").multicast(data, []));
  await tries("estimate wait", waits, (o) => of("size").estimate(o));
  await tries("describe", [undefined, null, 1, "x", {}, []], (data) => of("tman").describe(data));
  await tries("describe large", [new Uint8Array(257)], (data) => of("tman").describe(data));
  await tries("describe wait", waits, (o) => of("tman").describe(new Uint8Array(), o));
  for (const [name, method] of [["spray", "publish"], ["broadcast", "request"], ["talk", "publish"], ["spray", "send"], ["talk", "estimate"], ["unicast", "describe"], ["spray", "reply"], ["spray", "reject"], ["spray", "multicast"]]) {
    await tries(`${method} of another protocol`, ["x"], (x) => of(name)[method](x, x));
  }

  const methods = (o) => Object.getOwnPropertyNames(Object.getPrototypeOf(o)).filter((m) => m !== "constructor");
  const alive = await p.snapshot();
  const neighbors = await p.neighbors();
  p.crash();
  await p.closed;
  return { results, called: [...called], methods: [...methods(p), ...methods(talk)], left: { held: alive.held, linked: alive.linked, neighbors, views: Object.keys(alive.views) } };
};

describe("bad arguments", () => {
  let host, outcome;
  before(async () => {
    host = await site();
    const page = await newTab(host.url);
    outcome = await page.evaluate(calls);
    assert.deepEqual(page.complaints, []);
  });
  after(() => host.close());

  it("reject with a typed error, all of them", () => {
    // What is no value of the right type, or out of its bounds; and what is, and fails for another reason.
    const others = { "send large": "too_big", "send lossy": "too_big", "publish large": "too_big", "describe large": "too_big", "reject large": "too_big", "protocol": "no_protocol", "remove": "no_protocol" };
    const odd = outcome.results.filter(([call, , code]) => code !== "invalid" && code !== others[call]);
    assert.deepEqual(odd.map((o) => o.join("  ")).join("\n"), "");
    assert.ok(outcome.results.length > 500, `${outcome.results.length} were tried`);
  });

  it("are tried with every method that takes any", () => {
    const none = ["neighbors", "snapshot", "leave", "crash", "forget"];
    const missed = outcome.methods.filter((m) => !none.includes(m) && !outcome.called.some((c) => c.split(" ").includes(m)));
    assert.deepEqual(missed, []);
  });

  it("change nothing", () => {
    const { held, linked, neighbors, views } = outcome.left;
    assert.deepEqual([...new Set(Object.values(held))].filter(Boolean), []);
    assert.equal(linked, false);
    assert.deepEqual(neighbors, []);
    assert.deepEqual(views.sort(), ["broadcast", "lossy", "size", "spray", "talk", "tman", "unicast"]);
  });
});
