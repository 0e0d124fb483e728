// All in one process, with one Chromium: node --test test/all.test.js

import { after } from "node:test";
import { closeBrowser } from "./support/chromium.js";
import { build } from "./support/programs.js";

build();
after(closeBrowser);

const only = process.env.SUITES?.split(",");
for (const suite of ["api/loading", "api/arguments", "api/breakdown", "api/peers", "api/trouble", "api/overlay", "examples/tabs", "page/live"].filter((s) => !only || only.some((o) => s.includes(o)))) {
  await import(`./${suite}.test.js`);
}
