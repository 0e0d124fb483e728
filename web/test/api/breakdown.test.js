import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newTab } from "../support/peers.js";
import { site } from "../support/site.js";

describe("a program that breaks down", () => {
  let host;
  before(async () => { host = await site(); });
  after(() => host.close());

  it("ends its peers with typed errors, and is started anew, once", async () => {
    const page = await newTab(host.url);
    const outcome = await page.evaluate(async () => {
      let programs = 0;
      const { instantiate } = WebAssembly;
      WebAssembly.instantiate = (...args) => {
        programs++;
        return instantiate.apply(WebAssembly, args);
      };
      const talk = { use: "messages", name: "talk" };
      const peer = await n2n.createPeer({ signaling: "/signal", identity: { keep: "me" }, protocols: [talk] });
      const waits = failure(() => peer.protocol("talk").contacts(1)); // it is in no room
      // What throws within Go ends the program.
      const { encode } = TextEncoder.prototype;
      TextEncoder.prototype.encode = () => { throw new Error("boo"); };
      const breaks = await failure(() => peer.snapshot());
      TextEncoder.prototype.encode = encode;
      const errors = [breaks, await waits, await failure(() => peer.join("room")), await failure(() => peer.protocol("talk").send("b".repeat(32), "x"))];
      peer.crash();
      const closed = await peer.closed;
      errors.push({ typed: closed instanceof n2n.N2NError, code: closed.code, message: closed.message });
      const again = await Promise.all([{ keep: "me" }, "tab", "tab"].map((identity) => n2n.createPeer({ identity })));
      return { errors, programs, before: peer.id, again: again.map(({ id }) => id) };
    });
    for (const error of outcome.errors) {
      assert.ok(error?.typed && error.code === "closed", JSON.stringify(error));
      assert.match(error.message, /broken down: Error: boo/);
    }
    assert.equal(outcome.again[0], outcome.before, "the kept identity can be used again");
    assert.equal(new Set(outcome.again).size, 3);
    assert.equal(outcome.programs, 2);
  });
});
