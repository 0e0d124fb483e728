import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/eventually.js";
import { event, failure, newTab, overlay, peerTab, talk } from "../support/peers.js";
import { goPeer, signal } from "../support/programs.js";
import { site } from "../support/site.js";

describe("what can go wrong is told", () => {
  let host, server;
  const options = (more = {}) => ({ signaling: server.url, loopback: true, protocols: [talk], ...more });
  before(async () => {
    host = await site();
    server = await signal({ origin: host.origin });
  });
  after(async () => {
    host.close();
    await server.kill();
  });

  it("a page of an origin that is not allowed", async () => {
    const other = await site();
    const page = await peerTab(other.url, null, options());
    const error = await failure(page, () => peer.join("room"));
    assert.equal(error?.code, "closed", JSON.stringify(error));
    assert.match(error.message, /origin/);
    assert.ok(error.typed);
    await page.close();
    other.close();
  });

  it("a server that is not there, and members that go on when it is lost", async () => {
    const lost = await signal({ origin: host.origin });
    const go = await goPeer(lost.url, "room");
    const one = await peerTab(host.url, "room", options({ signaling: lost.url, protocols: overlay }));
    await eventually("neighbour", () => one.evaluate(async () => (await peer.neighbors()).length > 0));
    await lost.kill();
    await event(one, "loss of the server", (e) => e.type === "signaling_lost" && e.again);
    const late = await peerTab(host.url, null, options({ signaling: lost.url }));
    const error = await failure(late, () => peer.join("room"));
    assert.equal(error?.code, "closed", JSON.stringify(error));
    assert.match(error.message, /is the URL right, the server up/);
    await one.evaluate(() => peer.protocol("broadcast").publish("the server is gone"));
    await go.line(/the server is gone/);
    // Who is inside enters again by itself; who was not may try again.
    const back = await signal({ origin: host.origin, port: lost.port });
    await event(one, "return of the server", (e) => e.type === "signaling_entered" && told.indexOf(e) > told.findIndex((l) => l.type === "signaling_lost"));
    await late.evaluate(() => peer.join("room"));
    await Promise.all([one.close(), late.close(), go.kill(), back.kill()]);
  });

  it("a room that is full", async () => {
    const small = await signal({ origin: host.origin, max: 1 });
    const one = await peerTab(host.url, "room", options({ signaling: small.url }));
    const two = await peerTab(host.url, null, options({ signaling: small.url }));
    const error = await failure(two, () => peer.join("room"));
    assert.equal(error?.code, "full", JSON.stringify(error));
    assert.match(error.message, /full/);
    await one.evaluate(() => peer.leave());
    await eventually("place", async () => !(await failure(two, () => peer.join("room"))));
    await Promise.all([one.close(), two.close(), small.kill()]);
  });

  it("a peer that does not answer", async () => {
    const unicast = [talk, { use: "unicast", over: "talk" }];
    const one = await peerTab(host.url, "silent", options({ protocols: unicast }));
    const two = await peerTab(host.url, "silent", options({ protocols: unicast }));
    await one.evaluate((id) => peer.protocol("talk").open(id), two.id);
    const error = await failure(one, (id) => peer.protocol("unicast").request(id, "anybody?", { timeout: 300 }), two.id);
    assert.equal(error?.code, "timeout", JSON.stringify(error));
    const asked = await event(two, "request", (e) => e.type === "requested");
    assert.equal(asked.text, "anybody?");
    const aborted = await failure(one, (id) => {
      const controller = new AbortController();
      const wait = peer.protocol("unicast").request(id, "anybody?", { signal: controller.signal });
      controller.abort(new Error("never mind"));
      return wait;
    }, two.id);
    assert.equal(aborted?.message, "never mind");
    const gone = await failure(one, () => peer.protocol("talk").open("b".repeat(32)));
    assert.equal(gone?.code, "unknown_peer", JSON.stringify(gone));
    await Promise.all([one.close(), two.close()]);
  });

  it("a peer that has ended", async () => {
    const page = await peerTab(host.url, "ended", options());
    assert.equal(await page.evaluate(async () => { await peer.leave(); return String(await peer.closed); }), "undefined");
    for (const call of [() => peer.join("x"), () => peer.snapshot(), () => peer.spawn({ use: "spray" }), () => peer.neighbors()]) {
      const error = await failure(page, call);
      assert.equal(error?.code, "closed", `${call}: ${JSON.stringify(error)}`);
    }
    await page.evaluate(() => { peer.crash(); return peer.leave(); });
    await page.close();
  });

  it("an abort before anything began", async () => {
    const page = await newTab(host.url);
    const error = await failure(page, () => n2n.createPeer({ signal: AbortSignal.abort(new Error("no")) }));
    assert.equal(error?.message, "no");
    await page.close();
  });
});
