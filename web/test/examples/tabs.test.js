import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { open } from "../support/chromium.js";
import { eventually, patience } from "../support/eventually.js";
import { root, tabs } from "../support/programs.js";

const names = ["chat", "board", "clock"];
const shots = `${root}out/screenshots`;

/** What the page counts, as numbers. */
const counts = (page) => page.evaluate(() =>
  Object.fromEntries(["connections", "lingering", "arcs", "handshakes"].map((name) => [name, Number(document.getElementById(`count-${name}`).textContent)])));

/** Waits until the page counts that much. */
function counted(page, connections, lingering, arcs, handshakes) {
  const want = JSON.stringify({ connections, lingering, arcs, handshakes });
  return eventually(`counts ${want}`, async () => JSON.stringify(await counts(page)) === want,
    async () => `${JSON.stringify(await counts(page))}; ${await page.innerText("main")}`);
}

const says = (page, selector, text) => page.locator(selector, { hasText: text }).first().waitFor();

/** Lets tests cut a page off from signaling servers. */
const cuttable = () => {
  const sockets = new Set();
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(globalThis.cut ? "ws://127.0.0.1:1/" : url, protocols);
      sockets.add(this);
    }
  };
  globalThis.cutOff = () => {
    globalThis.cut = true;
    for (const socket of sockets) socket.close();
  };
};

describe("three applications of a tab", () => {
  let service;
  const pages = [];
  before(async () => { service = await tabs(); });
  after(() => service.kill());
  const enter = async (options) => {
    const page = await open(service.url, options);
    pages.push(page);
    return page;
  };
  /** Ends a test's pages; what went wrong in them unnoticed fails it. */
  const shut = async () => {
    const complaints = pages.flatMap((page) => page.complaints);
    for (const page of pages.splice(0)) await page.close();
    assert.deepEqual(complaints, []);
  };

  it("share one connection, which lingers when nobody uses it, and is used again without a handshake", async () => {
    const page = await enter();
    await counted(page, 1, 0, 3, 1);
    assert.equal(await page.locator("#arcs .arc").count(), 3);
    assert.equal(await page.locator("#pipes .pipe.living").count(), 1);
    await page.fill("#text", "anybody?");
    await page.press("#text", "Enter");
    await says(page, "#lines-said li", "Only the two of us are here");
    await says(page, "#trip", "ms");

    for (const [i, name] of names.entries()) {
      await page.click(`#switch-${name}`);
      await counted(page, i < 2 ? 1 : 0, i < 2 ? 0 : 1, 2 - i, 1);
    }
    await says(page, "#sentence", "it lingers");
    await says(page, "#labels", "s unused");
    assert.equal(await page.locator("#text").isDisabled(), true);
    await page.click("#switch-clock");
    await counted(page, 1, 0, 1, 1);
    await shut();
  });

  it("are used by keyboard alone", async () => {
    const page = await enter();
    await counted(page, 1, 0, 3, 1);
    await page.focus("#switch-clock");
    await page.keyboard.press("Space");
    await counted(page, 1, 0, 2, 1);
    assert.equal(await page.evaluate(() => document.activeElement.id), "switch-clock");
    await page.keyboard.press("Space");
    await counted(page, 1, 0, 3, 1);
    // However fast: the last one counts.
    await page.evaluate(() => { for (let i = 0; i < 5; i++) document.getElementById("switch-clock").click(); });
    await counted(page, 1, 0, 2, 1);
    assert.equal(await page.innerText("#trouble"), "");
    await page.focus("#canvas");
    await page.keyboard.press("Space");
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
    // They are lossy: that some are back is enough.
    await eventually("own dots", async () => /Of your \d+ dots, [1-9]/.test(await page.textContent("#board-said")), () => page.textContent("#board-said"));
    await shut();
  });

  it("talk to another tab through the service, and directly once it has introduced the two", async () => {
    const [a, b] = [await enter(), await enter()];
    for (const page of [a, b]) await counted(page, 1, 0, 3, 1);
    await says(b, "#others", "1 other tab is here");
    await a.fill("#text", "to the service");
    await a.press("#text", "Enter");
    await says(b, "#lines-said li", "to the service through the service");
    const box = await a.locator("#canvas").boundingBox();
    await a.mouse.move(box.x + 20, box.y + 60);
    await a.mouse.down();
    await a.mouse.move(box.x + 200, box.y + 160, { steps: 30 });
    await a.mouse.up();

    await b.click("#meet");
    await counted(b, 2, 0, 4, 2);
    await counted(a, 2, 0, 4, 2);
    await says(b, "#others", "you are connected");
    await says(a, "#lines-said .note", "introduced by the service");
    await a.fill("#text", "to both");
    await a.press("#text", "Enter");
    await says(b, "#lines-said li", "to both came both ways");
    assert.equal(await b.locator("#lines-said li", { hasText: "to both" }).count(), 1);

    mkdirSync(shots, { recursive: true });
    for (const [page, width, height, colorScheme] of [[a, 1280, 800, "light"], [a, 1280, 800, "dark"], [b, 390, 844, "light"], [b, 390, 844, "dark"]]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${shots}/tabs-${width}-${colorScheme}.png`, fullPage: true });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${width}: wider than the window`);
    }
    await shut();
  });

  it("stay when the signaling server is gone", async () => {
    const page = await enter({ before: cuttable });
    await counted(page, 1, 0, 3, 1);
    await page.evaluate(() => cutOff());
    await says(page, "#status", "The signaling server is gone. What is connected stays");
    await page.click("#switch-board");
    await counted(page, 1, 0, 2, 1);
    await shut();
  });

  it("are open again when the service is back, and tabs that have met talk without it", async () => {
    const [a, b] = [await enter(), await enter()];
    for (const page of [a, b]) await counted(page, 1, 0, 3, 1);
    await says(b, "#others", "1 other tab is here");
    await b.click("#meet");
    await counted(b, 2, 0, 4, 2);
    const gone = await service.kill("SIGTERM");
    assert.equal(gone, 0, service.errors);
    await says(b, "#status", "The service and the signaling server are gone");
    await counted(b, 1, 0, 1, 2);
    await b.fill("#text", "without it");
    await b.press("#text", "Enter");
    await says(a, "#lines-said li", "without it directly");
    assert.equal(await b.locator("#status").isVisible(), true);

    service = await tabs(service.port);
    // The tab may have tried again by itself by now, which hides the button.
    await b.evaluate(() => document.getElementById("status-again").click());
    await counted(b, 2, 0, 4, 3);
    await b.locator("#status").waitFor({ state: "hidden" });
    await shut();
  });

  for (const [what, before, words] of [
    ["a browser without WebRTC", () => { delete globalThis.RTCPeerConnection; }, ["unsupported", "RTCPeerConnection", "Current versions of"]],
    ["no program", () => {
      const { fetch } = globalThis;
      globalThis.fetch = (url, o) => String(url).endsWith(".gz") && !globalThis.mended ? Promise.resolve(new Response("go is not installed", { status: 503 })) : fetch(url, o);
    }, ["load", "go is not installed", "terminal"]],
  ]) {
    it(`say what to do about ${what}`, async () => {
      const page = await enter({ before });
      for (const word of words) await says(page, "#status", word);
      assert.equal(await page.locator("#picture").isVisible(), false);
      const again = page.locator("#status-again");
      assert.equal(await again.isVisible(), words[0] === "load");
      if (words[0] === "load") {
        await page.evaluate(() => { globalThis.mended = true; });
        await again.click();
        await page.waitForFunction(() => document.getElementById("count-arcs").textContent === "3", undefined, { timeout: patience });
      }
      await shut();
    });
  }
});
