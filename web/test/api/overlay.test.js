import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/eventually.js";
import { overlay, peerTab } from "../support/peers.js";
import { goPeer, signal } from "../support/programs.js";
import { site } from "../support/site.js";

// Connections that nobody uses end soon, so that new ones are needed for as long as it takes.
const half = 8;

describe(`${half} tabs and ${half} Go peers in one overlay`, () => {
  let host, server, tabs, gos;
  before(async () => {
    host = await site();
    server = await signal({ origin: host.origin });
    gos = [];
    tabs = [];
    for (let i = 0; i < half; i++) {
      gos.push(await goPeer(server.url, "all"));
      tabs.push(await peerTab(host.url, "all", { signaling: server.url, loopback: true, protocols: overlay, limits: { linger: 1000 } }));
    }
  });
  after(async () => {
    host.close();
    await Promise.all([server.kill(), ...gos.map((go) => go.kill()), ...tabs.map((tab) => tab.close())]);
  });

  // Each peer says something; who has not got all of it yet.
  const everybodySays = async (word) => {
    const said = [...tabs, ...gos].map((peer) => `${word} of ${peer.id}`);
    await Promise.all(tabs.map((tab) => tab.evaluate((text) => peer.protocol("broadcast").publish(text), `${word} of ${tab.id}`)));
    for (const go of gos) go.write(`${word} of ${go.id}`);
    const missing = async () => {
      const heard = await Promise.all([
        ...tabs.map((tab) => tab.evaluate(() => told.filter((e) => e.type === "delivered").map((e) => e.text))),
        ...gos.map((go) => go.events().filter((e) => e.type === "received").map((e) => e.payload)),
      ]);
      for (const texts of heard) assert.equal(new Set(texts).size, texts.length, "something came twice");
      return heard.flatMap((texts, i) => said.filter((text) => !texts.includes(text)).map((text) => `${i} misses ${text}`));
    };
    await eventually(`${word} of all at all`, async () => (await missing()).length === 0, async () => (await missing()).join("; "));
  };

  it("every broadcast reaches all", async () => {
    await eventually("neighbours of all tabs", async () => (await Promise.all(tabs.map((tab) => tab.evaluate(async () => (await peer.neighbors()).length)))).every(Boolean));
    await everybodySays("hello");
  });

  it("goes on without the signaling server, and connects through neighbours", async (t) => {
    await server.kill();
    await Promise.all(tabs.map((tab) => tab.evaluate(() => { globalThis.before = told.length; })));
    const kind = new Map([...tabs.map((tab) => [tab.id, "tab"]), ...gos.map((go) => [go.id, "Go"])]);
    const opened = async () => {
      const all = await Promise.all(tabs.map((tab) => tab.evaluate(() => told.slice(before).filter((e) => e.type === "connection_authenticated" && e.via).map((e) => [e.peer, e.via]))));
      return all.flat().map(([peer, via]) => `tab to ${kind.get(peer)} through ${kind.get(via)}`);
    };
    await eventually("new connections of tabs through neighbours", async () => (await opened()).length >= 3, async () => JSON.stringify(await opened()));
    await everybodySays("still here");
    const counts = {};
    for (const way of await opened()) counts[way] = (counts[way] ?? 0) + 1;
    t.diagnostic(JSON.stringify(counts));
  });
});
