// The parts of the package that need no browser: node --test npm/
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Events } from "./events.js";
import { identify } from "./identity.js";
import { createPeer, load, N2NError, supported } from "./index.js";
import { plain } from "./values.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const code = (code, ...texts) => (error) => {
  assert.ok(error instanceof N2NError, `${error}`);
  assert.equal(error.code, code);
  for (const text of texts) assert.ok(error.message.includes(text), `${JSON.stringify(error.message)} lacks ${text}`);
  return true;
};

test("without WebRTC the missing parts are named, and nothing is loaded", async () => {
  const { ok, missing } = supported();
  assert.equal(ok, false);
  assert.ok(missing.includes("RTCPeerConnection"));
  await assert.rejects(load(), code("unsupported", "RTCPeerConnection"));
  await assert.rejects(createPeer(), code("unsupported", "RTCPeerConnection"));
});

test("options that cannot be read are told before anything else", async () => {
  for (const [options, ...texts] of [
    [null, "object"], [5, "object"],
    [{ signaling: 5 }, "signaling[0]"], [{ signaling: ["ws://a", {}] }, "signaling[1]"], [{ signaling: "http://[" }, "signaling[0]"],
    [{ protocols: null }, "options.protocols", "null"], [{ loopback: () => true }, "options.loopback", "function"],
  ]) await assert.rejects(createPeer(options), code("invalid", ...texts));
});

test("an aborted signal is told by its own reason", async () => {
  const reason = new Error("no longer wanted");
  await assert.rejects(load({ signal: AbortSignal.abort(reason) }), (error) => error === reason);
});

test("plain copies what Go may read", () => {
  const bytes = new Uint8Array([1, 2]);
  const given = { a: 1, b: "x", c: [true, bytes], d: { e: undefined }, f: new URL("ws://a/"), g: bytes.buffer };
  assert.deepEqual(plain(given, "options"), { ...given, f: "ws://a/", g: bytes });
  const cyclic = {};
  cyclic.again = cyclic;
  for (const [value, ...texts] of [
    [Symbol("s"), "symbol"], [1n, "bigint"], [null, "null"], [{ a: { b: null } }, "options.a.b"], [{ a: [1, () => {}] }, "options.a[1]"],
    [cyclic, "too deep"], [new Map(), "Map"], [[undefined], "options[0]"], [Array(3000).fill(1), "3000"],
    [{ get a() { throw new Error("boo"); } }, "boo"], [new Proxy({}, { ownKeys() { throw new Error("boo"); } }), "boo"],
    [new Uint8Array((16 << 20) + 1), "bytes"], ["x".repeat((16 << 20) + 1), "characters"],
  ]) assert.throws(() => plain(value, "options"), code("invalid", ...texts));
});

test("events come in order, to those who still listen, and let go at the end", async () => {
  const events = new Events();
  const told = [];
  const note = (name) => (event) => told.push(`${name} ${event.type}`);
  const stops = [];
  events.on(undefined, "a", () => { for (const stop of stops) stop(); });
  stops.push(events.on(undefined, "a", note("stopped")));
  events.on("p", "*", note("p"));
  const last = new Promise((resolve) => events.on(undefined, "last", resolve));
  events.on(undefined, "*", note("all"));
  for (const [type, protocol] of [["a"], ["b", "p"], ["last"]]) events.push({ type, protocol });
  events.end(); // earlier events are still delivered; this process ends only if nothing is left
  events.push({ type: "late" });
  await last;
  assert.deepEqual(told, ["all a", "p b", "all b", "all last"]);
  const quiet = new Events();
  quiet.end();
  quiet.end();
});

test("an identity is not kept where the browser denies locks, which is told", async (t) => {
  const denied = new DOMException("denied", "SecurityError");
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator"); // Node 20 has none
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks: { request: () => Promise.reject(denied) } } });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
  await assert.rejects(identify({ keep: "me" }), code("unsupported", "me", "denied"));
});

test("bytes come to Go as a copy that nothing can be wrong with", async () => {
  const detached = new Uint8Array(32);
  structuredClone(null, { transfer: [detached.buffer] });
  const shrunk = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 8 }), 4, 4);
  shrunk.buffer.resize(2);
  for (const gone of [detached, shrunk, detached.buffer]) assert.throws(() => plain({ data: gone }, "send"), code("invalid", "send cannot be read"));
  await assert.rejects(identify({ seed: detached }), code("invalid", "identity"));
  await assert.rejects(identify({ get seed() { throw new Error("boo"); } }), code("invalid", "boo"));

  class Odd extends Uint8Array {
    get length() { throw new Error("boo"); }
    subarray() { throw new Error("boo"); }
    slice() { return "boo"; }
  }
  for (const copy of [plain(new Odd([1, 2]), "data"), plain(new Uint8Array([1, 2]), "data")]) {
    assert.equal(Object.getPrototypeOf(copy), Uint8Array.prototype);
    assert.deepEqual([...copy], [1, 2]);
  }
  const seed = new Odd(Array(32).fill(7));
  assert.deepEqual((await identify({ seed })).seed, new Uint8Array(32).fill(7));
});

test("the package, its check and the server name the same modules", () => {
  const modules = readdirSync(here).filter((file) => file.endsWith(".js") && file !== "wasm_exec.js").sort();
  const manifest = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8"));
  const inPackage = manifest.files.filter((file) => file.endsWith(".js") && file !== "wasm_exec.js").sort();
  const checked = JSON.parse(readFileSync(path.join(here, "tsconfig.json"), "utf8")).files.filter((file) => file.endsWith(".js")).sort();
  const served = /go:embed (.*)/.exec(readFileSync(path.join(here, "embed.go"), "utf8"))[1].split(" ").filter((file) => file.endsWith(".js")).sort();
  assert.deepEqual(inPackage, modules);
  assert.deepEqual(checked, modules);
  assert.deepEqual(served, modules);
});

test("bundlers are told of the files that belong to the program", () => {
  const source = readFileSync(path.join(here, "load.js"), "utf8");
  const named = [...source.matchAll(/new URL\("(.*?)", import\.meta\.url\)/g)].map((match) => match[1]);
  assert.deepEqual(named, ["./n2n.wasm.gz", "./wasm_exec.js"]); // only files: Vite makes a folder this module
  const { exports, files } = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8"));
  for (const file of named) assert.ok(exports[file] === file && files.includes(path.basename(file)), file);
});

test("the examples of the README are of the types of the package", () => {
  const examples = [...readFileSync(path.join(here, "README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);
  assert.equal(examples.length, 3);
  const folder = mkdtempSync(path.join(here, ".readme-"));
  try {
    const files = examples.map((example, i) => {
      writeFileSync(path.join(folder, `example${i}.ts`), example);
      return `example${i}.ts`;
    });
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({
      extends: "../tsconfig.json", files, compilerOptions: { paths: { "@n2n-overlay/n2n": ["../index.d.ts"] } },
    }));
    const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    assert.fail(error.stdout || error);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
