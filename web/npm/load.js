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
 * The only download of a page.
 *
 * @type {undefined | { files: Files, ready: Promise<Compiled>, abort: AbortController, done: boolean, waiting: number, progress: Progress, listeners: Set<(p: Progress) => void> }}
 * @typedef {{ module: WebAssembly.Module, Go: any }} Compiled
 */
let download;
let attempts = 0;

/** @type {typeof import("./index.js").load} */
export async function load(options = {}) {
  if (typeof options !== "object" || options === null) throw invalid("options must be an object");
  await compiled(options);
}

/**
 * @param {import("./index.js").LoadOptions} options
 * @returns {Promise<Compiled>}
 */
export async function compiled({ base, onProgress, signal }) {
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalid(`onProgress is a ${typeof onProgress}, must be a function`);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal is no AbortSignal");
  signal?.throwIfAborted();
  const { missing } = supported();
  if (missing.length > 0) {
    throw new N2NError("unsupported", `this browser cannot run a peer: it has no ${missing.join(", no ")}; use a current one, and allow WebRTC in its settings`);
  }
  const files = filesOf(base);
  if (download && download.files.wasm !== files.wasm && base !== undefined) throw invalid(`base says ${files.wasm}, but the program was loaded from ${download.files.wasm}`);
  const current = download ??= begin(files);
  const tell = onProgress && ((/** @type {Progress} */ p) => guarded(onProgress, p));
  if (tell) {
    current.listeners.add(tell);
    tell({ ...current.progress });
  }
  current.waiting++;
  try {
    return await abortable(current.ready, signal);
  } finally {
    if (tell) current.listeners.delete(tell);
    if (--current.waiting === 0 && !current.done) giveUp(current, signal?.reason);
  }
}

/**
 * @typedef {{ wasm: string, glue: string }} Files the URLs of the program's files
 * @param {string | URL | undefined} base
 * @returns {Files}
 */
function filesOf(base) {
  try {
    // Bundlers recognise this form and include the files. They would mistake a folder for this module.
    if (base === undefined) return { wasm: new URL("./n2n.wasm.gz", import.meta.url).href, glue: new URL("./wasm_exec.js", import.meta.url).href };
    const folder = new URL(String(base).replace(/\/?$/, "/"), globalThis.document?.baseURI ?? import.meta.url);
    return { wasm: new URL("n2n.wasm.gz", folder).href, glue: new URL("wasm_exec.js", folder).href };
  } catch {
    throw invalid(`base is ${String(base).slice(0, 100)}, must be a URL of a folder`);
  }
}

/** @param {Files} files */
function begin(files) {
  const abort = new AbortController();
  const progress = { loaded: 0, total: 0 };
  /** @type {Set<(p: Progress) => void>} */
  const listeners = new Set();
  const silence = watch(files.wasm);
  const told = (/** @type {number} */ loaded, /** @type {number} */ total) => {
    silence.over(loaded === total ? patience.whole : patience.more);
    Object.assign(progress, { loaded, total });
    for (const tell of listeners) tell({ loaded, total });
  };
  attempts++;
  const ready = Promise.race([silence.tooLong, Promise.all([compile(files.wasm, abort.signal, told), glue(files.glue)])])
    .then(([module, Go]) => ({ module, Go }))
    .finally(silence.end);
  const begun = { files, ready, abort, done: false, waiting: 0, progress, listeners };
  ready.then(() => { begun.done = true; }, () => giveUp(begun));
  return begun;
}

/**
 * How long (ms) a download may make no progress before it has failed: until the first
 * byte, because the server may have to build the program; until more bytes; until all is
 * compiled.
 */
const patience = { first: 360_000, more: 60_000, whole: 360_000 };

/**
 * Rejects tooLong when there is no progress for too long.
 *
 * @param {string} url
 */
function watch(url) {
  /** @type {ReturnType<typeof setTimeout>} */ let timer;
  /** @type {(error: Error) => void} */ let late = () => {};
  /** @type {Promise<never>} */
  const tooLong = new Promise((_, reject) => { late = reject; });
  const over = (/** @type {number} */ ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => late(failed(url, `does not get on for ${ms / 1000} s`, "is the server busy, or the network lost? Try again")), ms);
  };
  over(patience.first);
  return { tooLong, over, end: () => clearTimeout(timer) };
}

/**
 * Ends a download, so that the next call begins another.
 *
 * @param {NonNullable<typeof download>} begun
 * @param {unknown} [reason]
 */
function giveUp(begun, reason) {
  begun.abort.abort(reason);
  if (download === begun) download = undefined;
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
  // A body with a content encoding arrives decoded, so its length says nothing.
  let total = response.headers.get("content-encoding") ? 0 : Number(response.headers.get("content-length") ?? 0);
  const reader = response.body.getReader();
  const head = await firstBytes(reader).catch((error) => {
    throw failed(url, `broke off at its first bytes (${error})`, "does the server send all of it, and packed as its Content-Encoding says?", error);
  });
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
 * Returns at least four bytes, if there are so many.
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
 * Loads Go's own part in JavaScript. A browser runs a module only once for its URL, even if
 * it failed or another copy of this module has loaded it. Then it is loaded by another URL.
 *
 * @param {string} url
 */
async function glue(url) {
  const another = () => `${url}?again=${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const Go = (attempts > 1 ? undefined : await defined(url)) ?? await defined(another());
  if (typeof Go !== "function") throw failed(url, "does not define Go", "take the wasm_exec.js that comes with n2n.wasm.gz");
  return Go;
}

/**
 * Returns the global class that a module defines. The previous value is restored.
 *
 * @param {string} url
 */
async function defined(url) {
  const scope = /** @type {any} */ (globalThis);
  const before = scope.Go;
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
    return scope.Go === before ? undefined : scope.Go;
  } catch (error) {
    throw failed(url, `could not be loaded (${error})`, "is wasm_exec.js beside n2n.wasm.gz, with the type text/javascript?", error);
  } finally {
    scope.Go = before;
  }
}

/**
 * @param {string} url
 * @param {string} what
 * @param {string} todo
 * @param {unknown} [cause]
 */
const failed = (url, what, todo, cause) => new N2NError("load", `${url} ${what}: ${todo}`, { cause });
