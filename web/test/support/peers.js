// Peers in tabs, as tests drive them.

import { open } from "./chromium.js";
import { eventually, patience } from "./eventually.js";

/** A tab on the page of a site, with the API loaded. */
export async function newTab(url, options) {
  const page = await open(url, options);
  await page.waitForFunction(() => globalThis.ready === true, undefined, { timeout: patience });
  return page;
}

/** A tab with a peer in a room. */
export async function peerTab(url, room, options) {
  const page = await newTab(url);
  page.id = await page.evaluate((o) => start(o), options);
  if (room) await page.evaluate((r) => peer.join(r), room);
  return page;
}

/** The first event that fits, once it was told; `fits` runs in the page with `arg`. */
export async function event(page, what, fits, arg) {
  const found = await eventually(what, () => page.evaluate(([f, a]) => told.find((e) => (0, eval)(f)(e, a)) ?? null, [String(fits), arg]),
    () => page.evaluate(() => JSON.stringify(told.slice(-12))));
  return found;
}

/** How a call in the page fails; nothing if it does not. */
export const failure = (page, call, arg) => page.evaluate(([f, a]) => failure(() => (0, eval)(f)(a)), [String(call), arg]);

/** Spray and broadcast as `n2n peer` runs them. */
export const overlay = [
  { use: "spray", period: 1000 },
  { use: "broadcast", over: "spray" },
];
/** A protocol of the page's own. */
export const talk = { use: "messages", name: "talk", content: "text" };
