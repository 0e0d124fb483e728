import { invalid, N2NError } from "./error.js";
import { plain } from "./values.js";

const prefix = "n2n identity ";
// How long to wait for a lock: a page that is being reloaded releases it a little late.
const lockWait = 1000;

/**
 * Returns the seed of an identity, and a function that releases it for others.
 *
 * @param {unknown} identity
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<{ seed: Uint8Array, release: () => void }>}
 */
export async function identify(identity, signal) {
  if (identity === undefined || identity === "tab") return { seed: fresh(), release() {} };
  const { seed, keep, ...others } = /** @type {any} */ (plain(Object(identity), "identity"));
  if (Object.keys(others).length === 0 && typeof identity === "object" && identity) {
    if (seed instanceof Uint8Array && keep === undefined) return { seed, release() {} };
    if (typeof keep === "string" && keep.length >= 1 && keep.length <= 64 && seed === undefined) return kept(keep, signal);
  }
  throw invalid('identity must be "tab", { keep: a name of 1 to 64 characters } or { seed: a Uint8Array of 32 }');
}

const fresh = () => crypto.getRandomValues(new Uint8Array(32));

/**
 * @param {string} name
 * @param {AbortSignal | undefined} signal
 */
async function kept(name, signal) {
  const release = await lock(name, signal);
  try {
    return { seed: stored(name), release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Takes the lock of a kept identity, where the browser has locks.
 *
 * @param {string} name
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<() => void>}
 */
async function lock(name, signal) {
  if (!globalThis.navigator?.locks) return () => {};
  const waited = new AbortController();
  const timer = setTimeout(() => waited.abort(new N2NError("in_use",
    `the identity kept as "${name}" is that of a peer in another tab: close that one, end its peer, or keep this tab's identity under another name`)), lockWait);
  const abort = () => waited.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await new Promise((resolve, reject) => {
      navigator.locks.request(prefix + name, { signal: waited.signal }, () => new Promise((release) => resolve(() => release(undefined))))
        .catch((error) => reject(waited.signal.aborted ? error : notKept(name, error)));
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * @param {string} name
 * @param {unknown} error the error of the browser; pages without an origin get one too
 */
const notKept = (name, error) => new N2NError("unsupported",
  `the identity "${name}" cannot be kept, as this page has no storage: allow it in the browser's settings, or use identity "tab" (${error})`, { cause: error });

/**
 * Returns the seed that is stored under a name. It is made the first time.
 *
 * @param {string} name
 */
function stored(name) {
  const key = prefix + name;
  let text;
  try {
    text = localStorage.getItem(key);
    if (text === null) {
      const seed = fresh();
      localStorage.setItem(key, Array.from(seed, (b) => b.toString(16).padStart(2, "0")).join(""));
      return seed;
    }
  } catch (error) {
    throw notKept(name, error);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw invalid(`what localStorage holds as "${key}" is no identity: it was left as it is; remove it to get a new one, or use another name`);
  }
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
