import { invalid, N2NError } from "./error.js";

// The bounds of a value: options are small, and Go copies its arguments.
const maxDepth = 6;
const maxFields = 2048;
const maxBytes = 16 << 20;

/**
 * Returns a copy of a page's value that Go can read safely, because no code of the page can
 * throw in it. The value may be undefined, a boolean, a number, a string, a Uint8Array, or
 * an object or array of these.
 *
 * @param {unknown} value
 * @param {string} name in errors
 */
export function plain(value, name) {
  try {
    return copy(value, name, maxDepth);
  } catch (error) {
    if (error instanceof N2NError) throw error;
    throw new N2NError("invalid", `${name} cannot be read: ${error}`, { cause: error });
  }
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} depth
 * @returns {unknown}
 */
function copy(value, name, depth) {
  switch (typeof value) {
    case "undefined":
    case "boolean":
    case "number":
      return value;
    case "string":
      if (value.length > maxBytes) throw invalid(`${name} has ${value.length} characters, at most ${maxBytes} are allowed`);
      return value;
    case "object":
      return copyObject(value, name, depth - 1);
    default:
      throw invalid(`${name} is a ${typeof value}`);
  }
}

/**
 * @param {object | null} value
 * @param {string} name
 * @param {number} depth
 */
function copyObject(value, name, depth) {
  if (value === null) throw invalid(`${name} is null: leave out what is not there`);
  if (depth < 0) throw invalid(`${name} is too deep`);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
    if (value.byteLength > maxBytes) throw invalid(`${name} has ${value.byteLength} bytes, at most ${maxBytes} are allowed`);
    // Bytes are copied too: a view may be detached, or have methods of its own.
    return new Uint8Array(value);
  }
  if (value instanceof URL) return value.href;
  const keys = Object.keys(value);
  if (keys.length > maxFields) throw invalid(`${name} has ${keys.length} fields, at most ${maxFields} are allowed`);
  if (Array.isArray(value)) return Array.from(value, (v, i) => element(copy(v, `${name}[${i}]`, depth), `${name}[${i}]`));
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    throw invalid(`${name} is a ${value.constructor?.name ?? "thing"}, must be a plain object, an array or a Uint8Array`);
  }
  return Object.fromEntries(keys.map((key) => [key, copy(/** @type {any} */ (value)[key], `${name}.${key}`, depth)]));
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function element(value, name) {
  if (value === undefined) throw invalid(`${name} is undefined`);
  return value;
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * Calls a function of the page. Its errors end nothing.
 *
 * @template T
 * @param {(value: T) => void} listener
 * @param {T} value
 */
export function guarded(listener, value) {
  try {
    listener(value);
  } catch (error) {
    console.error("n2n: a listener threw", error);
  }
}
