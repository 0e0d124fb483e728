import { invalid, N2NError } from "./error.js";
import { abortable, guarded } from "./values.js";

/** @typedef {{ loaded: number, total: number }} Progress */

/** @type {typeof import("./index.js").supported} */
export function supported() {
  const missing = ["WebAssembly", "RTCPeerConnection", "WebSocket", "DecompressionStream"]
    .filter((name) => typeof (/** @type {any} */ (globalThis)[name]) === "undefined");
  if (!missing.includes("WebAssembly") && typeof WebAssembly.compileStreaming !== "function") missing.push("WebAssembly.compileStreaming");
  return { ok: missing.length === 0, missing };
}

/**
 * The one download of a page.
 *
 * @type {undefined | { base: string, ready: Promise<Compiled>, abort: AbortController, waiting: number, progress: Progress, listeners: Set<(p: Progress) => void> }}
 * @typedef {{ module: WebAssembly.Module, Go: any }} Compiled
 */
let download;
let attempts = 0;

/** @type {typeof import("./index.js").load} */
export async function load(options = {}) {
  await compiled(options);
}

/**
 * @param {import("./index.js").LoadOptions} options
 * @returns {Promise<Compiled>}
 */
export async function compiled({ base, onProgress, signal }) {
  signal?.throwIfAborted();
  const { missing } = supported();
  if (missing.length > 0) {
    throw new N2NError("unsupported", `this browser cannot run a peer: it has no ${missing.join(", no ")}; use a current one, and allow WebRTC in its settings`);
  }
  const folder = folderOf(base);
  if (download && download.base !== folder && base !== undefined) throw invalid(`base is ${folder}, but the program was loaded from ${download.base}`);
  const current = download ??= begin(folder);
  const tell = onProgress && ((/** @type {Progress} */ p) => guarded(onProgress, p));
  if (tell) {
    current.listeners.add(tell);
    tell(current.progress);
  }
  current.waiting++;
  try {
    return await abortable(current.ready, signal);
  } finally {
    if (tell) current.listeners.delete(tell);
    if (--current.waiting === 0) current.abort.abort(signal?.reason);
  }
}

/** @param {string | URL | undefined} base */
function folderOf(base) {
  try {
    if (base === undefined) return new URL(".", import.meta.url).href;
    return new URL(String(base).replace(/\/?$/, "/"), globalThis.document?.baseURI ?? import.meta.url).href;
  } catch {
    throw invalid(`base is ${String(base).slice(0, 100)}, must be a URL of a folder`);
  }
}

/** @param {string} base */
function begin(base) {
  const abort = new AbortController();
  const progress = { loaded: 0, total: 0 };
  /** @type {Set<(p: Progress) => void>} */
  const listeners = new Set();
  const told = (/** @type {number} */ loaded, /** @type {number} */ total) => {
    Object.assign(progress, { loaded, total });
    for (const tell of listeners) tell({ loaded, total });
  };
  attempts++;
  const ready = Promise.all([compile(base + "n2n.wasm.gz", abort.signal, told), glue(base + "wasm_exec.js")])
    .then(([module, Go]) => ({ module, Go }));
  const begun = { base, ready, abort, waiting: 0, progress, listeners };
  ready.catch(() => {
    abort.abort();
    if (download === begun) download = undefined; // it can be tried again
  });
  return begun;
}

/**
 * Downloads, unpacks and compiles at the same time.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {(loaded: number, total: number) => void} told
 */
async function compile(url, signal, told) {
  const response = await fetch(url, { signal }).catch((error) => {
    throw failed(url, `could not be fetched (${error.message})`, "is the server up, and may this page fetch from it (CORS)?", error);
  });
  if (!response.ok || !response.body) {
    const text = (await response.text().catch(() => "")).trim().slice(0, 300);
    throw failed(url, `is answered with ${response.status} ${response.statusText}${text && `: ${text}`}`, "are n2n.wasm.gz and wasm_exec.js in that folder?");
  }
  // What the server has packed for the way comes unpacked, and its length says nothing.
  let total = response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length") ?? 0);
  const reader = response.body.getReader();
  const head = await firstBytes(reader);
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  if (!packed && !(head[0] === 0 && head[1] === 0x61 && head[2] === 0x73 && head[3] === 0x6d)) {
    reader.cancel().catch(() => {});
    const begins = new TextDecoder().decode(head.subarray(0, 40));
    throw failed(url, `is no WebAssembly: it is ${response.headers.get("content-type") ?? "of no type"} and begins with ${JSON.stringify(begins)}`,
      "does the server answer with a page of its own where a file is missing?");
  }
  let loaded = 0;
  const count = (/** @type {number} */ bytes) => told(loaded += bytes, total = Math.max(total && loaded, total));
  /** @type {ReadableStream<any>} */
  let stream = new ReadableStream({
    start(controller) {
      count(head.length);
      controller.enqueue(head);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        told(loaded, loaded);
        controller.close();
        return;
      }
      count(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  if (packed) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  try {
    return await WebAssembly.compileStreaming(new Response(stream, { headers: { "content-type": "application/wasm" } }));
  } catch (error) {
    signal.throwIfAborted();
    throw failed(url, `could not be compiled after ${loaded} bytes (${error})`,
      "is it whole, and does the page's Content-Security-Policy allow 'wasm-unsafe-eval'?", error);
  }
}

/**
 * At least four bytes, if there are so many.
 *
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 */
async function firstBytes(reader) {
  let head = new Uint8Array();
  while (head.length < 4) {
    const { done, value } = await reader.read();
    if (done) break;
    const more = new Uint8Array(head.length + value.length);
    more.set(head);
    more.set(value, head.length);
    head = more;
  }
  return head;
}

/**
 * Go's own part in JavaScript, which defines a global class; what was there is put back.
 *
 * @param {string} url
 */
async function glue(url) {
  const scope = /** @type {any} */ (globalThis);
  const before = scope.Go;
  try {
    // A browser remembers that a module could not be fetched, by its URL.
    await import(/* @vite-ignore */ /* webpackIgnore: true */ attempts > 1 ? `${url}?again=${attempts}` : url);
  } catch (error) {
    throw failed(url, `could not be loaded (${error})`, "is wasm_exec.js beside n2n.wasm.gz, with the type text/javascript?", error);
  }
  const Go = scope.Go;
  scope.Go = before;
  if (typeof Go !== "function") throw failed(url, "does not define Go", "take the wasm_exec.js that comes with n2n.wasm.gz");
  return Go;
}

/**
 * @param {string} url
 * @param {string} what
 * @param {string} todo
 * @param {unknown} [cause]
 */
const failed = (url, what, todo, cause) => new N2NError("load", `${url} ${what}: ${todo}`, { cause });
