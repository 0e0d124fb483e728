import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { open } from "../support/chromium.js";
import { eventually } from "../support/eventually.js";
import { demo, Program } from "../support/programs.js";

const out = fileURLToPath(new URL("../out/", import.meta.url));
const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

const by = (page, id) => page.getByTestId(id);
const text = (page, id) => by(page, id).innerText();
/** Once what a part of the page says matches. */
const says = (page, id, pattern) => eventually(`${pattern} in ${id}`, async () => (await by(page, id).count()) > 0 && (await text(page, id)).match(pattern), () => page.locator("body").innerText());

/** The live page, once it shows the overlay. */
async function watch(url, options) {
  const page = await open(url, options);
  await page.setViewportSize(laptop);
  await says(page, "feed-status", /Live/);
  return page;
}

/** Presses join, and returns how long it took (ms) until the tab is in the picture. */
async function join(page) {
  const began = Date.now();
  await by(page, "join").click();
  await says(page, "tab-status", /This tab is a peer/);
  await page.locator('[data-testid="peer-item"]', { hasText: "this tab" }).waitFor();
  return Date.now() - began;
}

const names = (page) => page.locator('[data-testid="peer-item"] .name').allInnerTexts();
/** Opens one of the panel's tabs. */
const panel = (page, name) => by(page, `tab-${name}`).click();

async function picture(page, name) {
  await page.screenshot({ path: `${out}${name}.png`, animations: "disabled" });
}

describe("the live page of the demo", () => {
  let server, page;
  before(async () => {
    mkdirSync(out, { recursive: true });
    server = await demo("--peers", "8");
    await server.line(/the signaling server runs again/);
    await server.line(/program for tabs is ready/);
    page = await watch(server.url);
  });
  after(async () => {
    await page.close();
    await server.kill();
  });

  it("shows the peers", async () => {
    await says(page, "counts", /8 peers/);
    await eventually("eight Go peers", async () => (await names(page)).length === 8);
    assert.deepEqual(await page.getByTestId("notices").locator(".bad").allInnerTexts(), []);
    await picture(page, "laptop-watching");
  });

  it("makes this tab a peer of the picture", async (t) => {
    const took = await join(page);
    t.diagnostic(`from the button to the picture: ${took} ms; in the overlay, as the page says: ${await by(page, "join-time").getAttribute("data-ms")} ms`);
    await says(page, "counts", /9 peers\s*1 tab/);
    await picture(page, "laptop-joined");
  });

  it("joins again after leaving, faster", async (t) => {
    await by(page, "leave").click();
    await says(page, "counts", /8 peers\s*0 tabs/);
    t.diagnostic(`from the button to the picture, the program being there: ${await join(page)} ms`);
  });

  it("carries the chat both ways", async () => {
    const other = await watch(server.url);
    await panel(page, "chat");
    await by(page, "chat-input").fill("Hello from the tab, ünïcode too");
    await by(page, "chat-send").click();
    await eventually("chat heard by all Go peers", async () => /8 of 8 Go peers/.test(await by(page, "chat-heard").first().innerText().catch(() => "")), () => text(page, "chat-list"));
    await panel(other, "chat");
    await says(other, "chat-list", /Hello from the tab, ünïcode too/);
    await by(other, "chat-as").selectOption({ index: 2 });
    const speaker = (await by(other, "chat-as").locator("option").nth(2).innerText()).trim();
    await by(other, "chat-input").fill("Hello from Go");
    await by(other, "chat-send").click();
    await says(page, "chat-list", new RegExp(`${speaker}[^]*Hello from Go`));
    await picture(page, "laptop-chat");
    await other.close();
  });

  it("shows what a selected peer knows, with the keyboard alone", async () => {
    await panel(page, "peers");
    await by(page, "peer-search").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await by(page, "details").locator('section[data-protocol="spray"] .out .chip').first().waitFor();
    assert.match(await text(page, "peer-id"), /^[a-z2-7]{32}$/);
    await picture(page, "laptop-selected");
    await page.keyboard.press("Escape");
    await by(page, "peer-list").waitFor();
  });

  it("crashes a peer, and adds others", async () => {
    const go = page.locator('[data-testid="peer-item"][data-kind="go"]');
    const victim = await go.first().getAttribute("data-id");
    await go.first().click();
    await by(page, "crash").click();
    await says(page, "details", /This peer has gone/);
    await by(page, "details-close").click();
    await eventually("picture without the peer", async () => (await page.locator(`[data-testid="peer-item"][data-id="${victim}"]`).count()) === 0);
    await says(page, "counts", /8 peers/);
    await panel(page, "demo");
    await by(page, "add-count").fill("2");
    await by(page, "add").click();
    await says(page, "counts", /10 peers/);
  });

  it("says that the signaling server is stopped, and starts it", async () => {
    await panel(page, "demo");
    await by(page, "server-toggle").click();
    await says(page, "notice-server", /stopped/);
    const other = await watch(server.url);
    await by(other, "join").click();
    await says(other, "tab-status", /cannot be reached[^]*(Start it|try again)/i);
    await other.close();
    await picture(page, "laptop-server-stopped");
    await by(page, "server-toggle").click();
    await by(page, "notice-server").waitFor({ state: "detached" });
    await says(page, "server-status", /Running/);
  });

  it("draws its charts", async () => {
    await panel(page, "charts");
    await page.locator("#charts canvas").first().waitFor();
    await picture(page, "laptop-charts");
  });

  it("fits a phone, and the dark", async () => {
    await page.setViewportSize(phone);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const name of ["peers", "chat", "charts", "demo"]) {
        await panel(page, name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(wide, 0, `${name} is wider than the phone by ${wide} px`);
        await picture(page, `phone-${scheme}-${name}`);
      }
    }
    await page.setViewportSize(laptop);
    await panel(page, "peers");
    await picture(page, "laptop-dark");
    await page.emulateMedia({ colorScheme: null });
  });

  it("says that the feed is lost; the tab stays a peer", async () => {
    await server.kill();
    await says(page, "notice-feed", /The live feed is lost[^]*Your tab stays in the overlay/);
    await picture(page, "laptop-feed-lost");
    assert.deepEqual(page.complaints, []);
  });
});

describe("the live page of a signaling server", () => {
  let server, url;
  before(async () => {
    server = new Program("signal", "--web", "--room", "chat", "--max-members", "2", "--listen", "127.0.0.1:0");
    [, url] = await server.line(/(http:\/\/[^\s/]+)/);
    await server.line(/program for tabs is ready/);
  });
  after(() => server.kill());

  const trouble = async (name, words, options, prepare = async () => {}) => {
    const page = await watch(url, options);
    await prepare(page);
    if (await by(page, "join").count()) await by(page, "join").click();
    await says(page, "tab-status", words);
    await picture(page, `trouble-${name}`);
    await page.close();
  };

  it("has two tabs that talk, and no third", async () => {
    const one = await watch(url);
    const two = await watch(url);
    await join(one);
    await join(two);
    await trouble("full", /room is full[^]*(leaves|later)/i);
    await panel(one, "chat");
    await by(one, "chat-input").fill("only we two");
    await by(one, "chat-send").click();
    await panel(two, "chat");
    await says(two, "chat-list", /only we two/);
    await Promise.all([one.close(), two.close()]);
  });

  it("keeps an identity for one tab at a time", async () => {
    const one = await watch(url);
    await by(one, "keep-identity").check();
    await join(one);
    const id = await self(one);
    await trouble("in-use", /in use by another tab/, {}, (other) => by(other, "keep-identity").check());
    await one.reload();
    await says(one, "feed-status", /Live/);
    await by(one, "keep-identity").check();
    await join(one);
    assert.equal(await self(one), id);
    await one.close();
  });

  it("says what a browser lacks", () => trouble("no-webrtc", /lacks[^]*WebRTC[^]*current/i, { before: () => { delete globalThis.RTCPeerConnection; } }));

  it("says that the program cannot be loaded, and tries again", async () => {
    await trouble("load", /could not be loaded[^]*404/, {}, (page) => page.route("**/n2n.wasm.gz", (route) => route.fulfill({ status: 404, body: "gone" })));
  });
});

/** The id of this tab's peer, as the list of peers has it. */
const self = (page) => page.locator('[data-testid="peer-item"]', { hasText: "this tab" }).getAttribute("data-id");
