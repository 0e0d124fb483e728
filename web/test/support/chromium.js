// The one Chromium of all tests: that of cmd/browsertest, with the same flags. Neither
// WebRTC nor the timers of hidden tabs are changed by any.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { patience } from "./eventually.js";
import { root, run } from "./programs.js";

const profile = mkdtempSync(join(tmpdir(), "n2n-web-test-"));
let context;

/** Starts it, once. */
export async function browser() {
  context ??= chromium.launchPersistentContext(profile, {
    executablePath: run(`${root}bin/browsertest`, "-find"),
    ignoreDefaultArgs: true,
    args: [...run(`${root}bin/browsertest`, "-flags").split("\n"), `--user-data-dir=${profile}`, "--remote-debugging-pipe"],
    viewport: null,
    timeout: patience,
  });
  return context;
}

export async function closeBrowser() {
  const closed = (await context?.catch(() => undefined))?.close();
  // A browser that has died does not answer.
  await Promise.race([closed, new Promise((late) => setTimeout(late, 10_000).unref())]);
  rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
}

/** A tab at a URL; what its page says that nobody expects fails the test that reads `complaints`. */
export async function open(url, { before } = {}) {
  const page = await (await browser()).newPage();
  page.setDefaultTimeout(patience);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  if (before) await page.addInitScript(before);
  await page.goto(url);
  return page;
}
