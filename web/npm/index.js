import { invalid, N2NError } from "./error.js";
import { identify } from "./identity.js";
import { load, supported } from "./load.js";
import { startPeer } from "./peer.js";
import { program } from "./program.js";
import { plain } from "./values.js";

export { load, N2NError, supported };

/** @type {typeof import("./index.js").createPeer} */
export async function createPeer(options = {}) {
  if (typeof options !== "object" || options === null) throw invalid("options must be an object");
  const { base, onProgress, signal, identity, signaling, ...others } = options;
  const given = /** @type {object} */ (plain({ ...others, signaling: servers(signaling) }, "options"));
  const go = await program({ base, onProgress, signal });
  const { seed, release } = await identify(identity, signal);
  try {
    const peer = await startPeer(go, { ...given, identity: seed }, release);
    if (signal?.aborted) peer.crash();
    signal?.throwIfAborted();
    return peer;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Returns the URLs of signaling servers. Relative ones refer to the page's host.
 *
 * @param {unknown} given
 */
function servers(given) {
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : [given]).map((url, i) => {
    if (typeof url !== "string" && !(url instanceof URL)) throw invalid(`signaling[${i}] is a ${typeof url}, must be a URL`);
    try {
      if (String(url) === "") throw new TypeError("empty");
      return new URL(url, globalThis.document?.baseURI).href;
    } catch {
      throw invalid(`signaling[${i}] is ${JSON.stringify(String(url).slice(0, 100))}, must be a URL such as wss://host/path`);
    }
  });
}
