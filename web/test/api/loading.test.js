import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { failure, newTab } from "../support/peers.js";
import { site } from "../support/site.js";

describe("the program of a tab", () => {
  let host;
  before(async () => { host = await site(); });
  after(() => host.close());

  it("is loaded once, with a progress that ends at the whole", async (t) => {
    const page = await newTab(host.url);
    const { progress, supported } = await page.evaluate(async () => {
      const progress = [];
      await Promise.all([n2n.load({ onProgress: (p) => progress.push(p) }), n2n.load()]);
      return { progress, supported: n2n.supported() };
    });
    assert.deepEqual(supported, { ok: true, missing: [] });
    const last = progress.at(-1);
    assert.ok(last.total > 1_000_000 && last.loaded === last.total, JSON.stringify(last));
    assert.ok(progress.every((p, i) => i === 0 || p.loaded >= progress[i - 1].loaded), JSON.stringify(progress));
    const files = await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.endsWith("n2n.wasm.gz")).length);
    assert.equal(files, 1);
    t.diagnostic(`${last.total} bytes`);
  });

  for (const [folder, says] of [
    ["missing", /missing\/n2n\.wasm\.gz is answered with 404/],
    ["failed", /503.*go is not installed/],
    ["garbage", /is no WebAssembly.*<!doctype html>/],
    ["noise", /could not be compiled/],
    ["truncated", /could not be compiled.*is it whole/],
    ["cut", /could not be compiled|could not be fetched|broke off at its first bytes/], // by how far the browser is
    ["headless", /broke off at its first bytes|could not be fetched/],
    ["mislabelled", /broke off at its first bytes.*Content-Encoding/],
    ["noglue", /wasm_exec\.js does not define Go/],
  ]) {
    it(`that is ${folder} is told as "load", and can be loaded again`, async () => {
      const page = await newTab(host.url);
      const error = await failure(page, (base) => n2n.createPeer({ base }), `/${folder}/`);
      assert.equal(error?.code, "load", JSON.stringify(error));
      assert.ok(error.typed);
      assert.match(error.message, says);
      assert.match(await page.evaluate(async () => (await n2n.createPeer()).id), /^[a-z2-7]{32}$/);
    });
  }

  it("may come unpacked by the server, with a progress that ends at the whole", async () => {
    const page = await newTab(host.url);
    const progress = await page.evaluate(async () => {
      const progress = [];
      await n2n.load({ base: "/unpacked/", onProgress: (p) => progress.push(p) });
      return progress;
    });
    const { loaded, total } = progress.pop();
    assert.ok(loaded > 5_000_000 && total === loaded, `${loaded} of ${total}`);
    assert.ok(progress.every((p) => p.total === 0), "there is no total before the end");
  });

  it("is loaded by each copy of the package in a page, which keeps its own Go", async () => {
    const page = await newTab(host.url);
    const outcome = await page.evaluate(async () => {
      globalThis.Go = "the page's";
      const [copy, other] = [await import("/n2n/load.js?copy"), await import("/n2n/load.js?other")];
      await Promise.all([n2n.load(), copy.load()]);
      await other.load();
      return [(await n2n.createPeer()).id.length, globalThis.Go];
    });
    assert.deepEqual(outcome, [32, "the page's"]);
  });

  it("that never ends fails after a minute of silence", async () => {
    const page = await newTab(host.url);
    await page.clock.install();
    await page.evaluate(() => { globalThis.over = failure(() => n2n.load({ base: "/endless/", onProgress: ({ loaded }) => { globalThis.got = loaded; } })); });
    await page.waitForFunction(() => globalThis.got > 100_000);
    await page.clock.runFor(59_000);
    assert.equal(await page.evaluate(() => Promise.race([over, "waits"])), "waits");
    await page.clock.runFor(2_000);
    const error = await page.evaluate(() => over);
    assert.equal(error?.code, "load", JSON.stringify(error));
    assert.match(error.message, /does not get on for 60 s/);
    await page.clock.resume();
    assert.match(await page.evaluate(async () => (await n2n.createPeer()).id), /^[a-z2-7]{32}$/);
    await page.close();
  });

  it("that never ends can be given up", async () => {
    const page = await newTab(host.url);
    const error = await failure(page, () => {
      const controller = new AbortController();
      const wait = n2n.load({ base: "/endless/", signal: controller.signal, onProgress: ({ loaded }) => loaded > 100_000 && controller.abort(new Error("enough")) });
      return wait;
    });
    assert.equal(error?.message, "enough");
    // At once, while the browser still gives up the first.
    const again = await failure(page, () => {
      const controller = new AbortController();
      const first = n2n.load({ base: "/endless/", signal: controller.signal });
      controller.abort(new Error("enough"));
      return first.catch(() => n2n.load());
    });
    assert.equal(again, undefined);
    assert.match(await page.evaluate(async () => (await n2n.createPeer()).id), /^[a-z2-7]{32}$/);
  });

  it("is not loaded by a browser without WebRTC", async () => {
    const page = await newTab(host.url, { before: () => { delete globalThis.RTCPeerConnection; } });
    assert.deepEqual(await page.evaluate(() => n2n.supported()), { ok: false, missing: ["RTCPeerConnection"] });
    for (const call of [() => n2n.load(), () => n2n.createPeer()]) {
      const error = await failure(page, call);
      assert.equal(error?.code, "unsupported", JSON.stringify(error));
      assert.match(error.message, /RTCPeerConnection/);
    }
    assert.equal(await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.includes("wasm")).length), 0);
  });
});
