import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/eventually.js";
import { event, failure, newTab, overlay, peerTab, talk } from "../support/peers.js";
import { goPeer, signal } from "../support/programs.js";
import { site } from "../support/site.js";

/** How many arcs of both directions a Go peer has with another, by what it told. */
const arcs = (go, id) => go.events().filter((e) => e.peer === id).reduce((n, e) => n + ({ arc_opened: 1, arc_closed: -1 }[e.type] ?? 0), 0);

describe("a tab as a peer", () => {
  let host, server;
  const options = (more = {}) => ({ signaling: server.url, loopback: true, protocols: [...overlay, talk], ...more });
  before(async () => {
    host = await site();
    server = await signal({ origin: host.origin });
  });
  after(async () => {
    host.close();
    await server.kill();
  });

  it("exchanges broadcasts with a Go peer", async () => {
    const go = await goPeer(server.url, "broadcast");
    const tab = await peerTab(host.url, "broadcast", options());
    await eventually("neighbour", () => tab.evaluate(async () => (await peer.neighbors()).length > 0));
    await tab.evaluate(() => peer.protocol("broadcast").publish("from the tab"));
    await go.line(new RegExp(`"received".*${tab.id}.*from the tab`));
    go.write("from Go");
    const got = await event(tab, "broadcast", (e) => e.type === "delivered" && e.text === "from Go");
    assert.equal(got.origin, go.id);
    await go.kill();
    const down = await event(tab, "end of the Go peer", (e, id) => e.type === "peer_down" && e.peer === id, go.id);
    assert.equal(down.cause, "crashed");
    await tab.close();
  });

  it("is introduced to another tab by a Go peer", async () => {
    const go = await goPeer(server.url, "introduced");
    const one = await peerTab(host.url, "introduced", options());
    await eventually("neighbour", () => one.evaluate(async () => (await peer.neighbors()).length > 0));
    // Which of the members Spray is named as its contact is chance: until it is the Go peer.
    let two, contact;
    for (let tries = 0; contact !== go.id && tries < 30; tries++) {
      await two?.evaluate(() => peer.leave());
      await two?.close();
      two = await peerTab(host.url, "introduced", options());
      contact = (await event(two, "contact", (e) => e.type === "joined")).peer;
    }
    assert.equal(contact, go.id);
    const met = await event(one, "connection to the other tab", (e, id) => e.type === "connection_authenticated" && e.peer === id, two.id);
    assert.equal(met.via, go.id);
    await Promise.all([one.close(), two.close(), go.kill()]);
  });

  it("is introduced to another tab by a third, without a server", async () => {
    const own = await signal({ origin: host.origin });
    const tabs = [];
    for (let i = 0; i < 3; i++) tabs.push(await peerTab(host.url, "third", options({ signaling: own.url, protocols: [talk] })));
    const [one, middle, two] = tabs;
    for (const other of [one, two]) await middle.evaluate((id) => peer.protocol("talk").open(id), other.id);
    await own.kill();
    await middle.evaluate(([from, to]) => peer.protocol("talk").introduce(from, to), [one.id, two.id]);
    const arc = await event(one, "arc", (e, id) => e.type === "arc_opened" && e.peer === id, two.id);
    assert.deepEqual([arc.dir, arc.via], ["out", middle.id]);
    await middle.close();
    await one.evaluate((id) => peer.protocol("talk").send(id, "ünïcode, from tab to tab"), two.id);
    const got = await event(two, "message", (e) => e.type === "received");
    assert.deepEqual([got.from, got.text, got.protocol], [one.id, "ünïcode, from tab to tab", "talk"]);
    await Promise.all([one.close(), two.close()]);
  });

  it("that is closed is missed by its neighbours", async (t) => {
    const go = await goPeer(server.url, "closed");
    const stays = await peerTab(host.url, "closed", options());
    for (const how of ["closed", "killed"]) {
      const goes = await peerTab(host.url, "closed", options());
      await event(stays, "connection", (e, id) => e.type === "connection_authenticated" && e.peer === id, goes.id);
      await go.line(new RegExp(`arc_opened.*${goes.id}`));
      const began = Date.now();
      if (how === "closed") await goes.close();
      else await goes.goto("chrome://crash").catch(() => {}); // its process ends without a word
      const down = await event(stays, "end of the tab", (e, id) => e.type === "connection_closed" && e.peer === id, goes.id);
      assert.equal(down.cause, "crashed");
      t.diagnostic(`a tab that was ${how} is missed by a tab after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      await eventually("end of the Go peer's arcs", () => arcs(go, goes.id) === 0);
      if (how === "killed") await goes.close();
    }
    await Promise.all([stays.close(), go.kill()]);
  });

  it("is another after a reload, and the same if its identity is kept", async () => {
    const go = await goPeer(server.url, "reload");
    for (const identity of ["tab", { keep: "reload" }]) {
      const tab = await peerTab(host.url, "reload", options({ identity }));
      await go.line(new RegExp(`arc_opened.*${tab.id}`));
      const before = go.lines.length;
      await tab.reload();
      await tab.waitForFunction(() => globalThis.ready === true);
      const id = await tab.evaluate((o) => start(o), options({ identity }));
      assert.equal(id === tab.id, identity !== "tab");
      await tab.evaluate(() => peer.join("reload"));
      await eventually("arc to the reloaded tab", () => go.lines.slice(before).some((line) => line.includes("arc_opened") && line.includes(id)));
      await tab.evaluate(() => peer.protocol("broadcast").publish("again"));
      await eventually("broadcast of the reloaded tab", () => go.lines.slice(before).some((line) => line.includes('"again"') && line.includes(id)));
      await tab.evaluate(() => peer.leave());
      await tab.close();
    }
    await go.kill();
  });

  it("has its kept identity to itself", async () => {
    const identity = { keep: "mine" };
    const one = await peerTab(host.url, null, { identity });
    const two = await newTab(host.url);
    const error = await failure(two, (o) => n2n.createPeer(o), { identity });
    assert.equal(error?.code, "in_use", JSON.stringify(error));
    assert.match(error.message, /mine.*another tab/);
    await one.evaluate(() => peer.crash());
    assert.equal(await two.evaluate((o) => start(o), { identity }), one.id);
    await two.evaluate(() => localStorage.setItem("n2n identity bad", "garbage"));
    assert.equal((await failure(two, () => n2n.createPeer({ identity: { keep: "bad" } })))?.code, "invalid");
    assert.equal(await two.evaluate(() => localStorage.getItem("n2n identity bad")), "garbage");
    await Promise.all([one.close(), two.close()]);
  });

  it("has several applications that share one connection", async () => {
    const protocols = ["one", "two", "three"].map((name) => ({ ...talk, name }));
    const a = await peerTab(host.url, "shared", options({ protocols }));
    const b = await peerTab(host.url, "shared", options({ protocols }));
    const names = protocols.map((p) => p.name);
    await a.evaluate(async ([id, all]) => { for (const name of all) await peer.protocol(name).open(id); }, [b.id, names]);
    assert.equal(await a.evaluate(() => told.filter((e) => e.type === "connection_opened").length), 1);
    await a.evaluate(([id, all]) => { for (const name of all) peer.protocol(name).send(id, `hello ${name}`); }, [b.id, names]);
    for (const name of names) {
      const got = await event(b, `message of ${name}`, (e, n) => e.type === "received" && e.protocol === n, name);
      assert.equal(got.text, `hello ${name}`);
    }
    await Promise.all([a.close(), b.close()]);
  });
});
