import { invalid, N2NError } from "./error.js";
import { Events } from "./events.js";
import { plain } from "./values.js";

/** @typedef {import("./program.js").Program} Program */
/** @typedef {import("./index.js").Wait} Wait */
/** @typedef {import("./index.js").Peer} PeerType */
/** @typedef {import("./index.js").Protocol} ProtocolType */

/**
 * Starts a peer. It calls release when the peer has ended.
 *
 * @param {Program} go
 * @param {object} options
 * @param {() => void} release
 */
export async function startPeer(go, options, release) {
  /** @type {Peer | undefined} */ let peer;
  const events = new Events();
  /** @type {(error: Error | undefined) => void} */ let closed = () => {};
  /** @type {Promise<Error | undefined>} */
  const ended = new Promise((resolve) => { closed = resolve; });
  const push = (/** @type {any} */ event) => {
    if (event.type === "stopped") peer?.forget(event.protocol);
    events.push(event);
  };
  const started = await go.start(options, push, (error) => {
    release();
    closed(error);
    events.end();
  }).catch((error) => {
    events.end();
    throw error;
  });
  peer = new Peer(go, started, ended, events);
  return peer;
}

/** @implements {PeerType} */
class Peer {
  /** @type {Program} */ #go;
  /** @type {number} */ #number;
  /** @type {Events} */ #events;
  /** @type {Map<string, Protocol>} */ #protocols = new Map();
  /** @type {Promise<void> | undefined} */ #leaving;

  /**
   * @param {Program} go
   * @param {{ peer: number, id: string, protocols: { name: string, use: any }[] }} started
   * @param {Promise<Error | undefined>} closed
   * @param {Events} events
   */
  constructor(go, { peer, id, protocols }, closed, events) {
    this.#go = go;
    this.#number = peer;
    this.#events = events;
    this.id = id;
    this.closed = closed;
    for (const { name, use } of protocols) this.#add(name, use);
    // Closing the connections tells neighbours at once that the page is gone.
    const gone = () => this.crash();
    addEventListener("pagehide", gone);
    closed.then(() => removeEventListener("pagehide", gone));
  }

  /**
   * @param {string} name
   * @param {any} use
   */
  #add(name, use) {
    const protocol = new Protocol(this.#go, this.#number, this.#events, name, use);
    this.#protocols.set(name, protocol);
    return protocol;
  }

  /** @param {string} name of a protocol that has stopped */
  forget(name) { this.#protocols.delete(name); }

  /**
   * @param {string} method
   * @param {object} [args]
   * @param {Wait} [options]
   */
  #call(method, args = {}, options = {}) { return call(this.#go, this.#number, method, args, options); }

  /** @type {import("./index.js").Peer["join"]} */
  join(room, options) { return this.#call("join", { room }, options); }

  leave() { return (this.#leaving ??= this.#leave()); }

  async #leave() {
    try {
      await this.#call("leave");
    } catch (error) {
      this.#leaving = undefined;
      throw error;
    }
  }

  crash() {
    try {
      this.#go.act(this.#number, "crash", {});
    } catch (error) {
      if (!(error instanceof N2NError) || error.code !== "closed") throw error;
    }
  }

  /** @type {import("./index.js").Peer["spawn"]} */
  async spawn(options) {
    const { name, use } = await this.#call("spawn", { options });
    return this.#add(name, use);
  }

  /** @type {import("./index.js").Peer["remove"]} */
  async remove(name) {
    await this.#call("remove", { name });
    this.#protocols.delete(name);
  }

  /** @type {import("./index.js").Peer["protocol"]} */
  protocol(name) {
    const protocol = this.#protocols.get(name);
    if (!protocol) throw new N2NError("no_protocol", `protocol ${JSON.stringify(String(name).slice(0, 40))} does not run on this peer, only ${JSON.stringify([...this.#protocols.keys()])}`);
    return protocol;
  }

  /** @type {import("./index.js").Peer["neighbors"]} */
  neighbors() { return this.#call("neighbors"); }

  /** @type {import("./index.js").Peer["snapshot"]} */
  snapshot() { return this.#call("snapshot"); }

  /** @type {import("./index.js").Peer["on"]} */
  on(type, listener) { return this.#events.on(undefined, type, listener); }
}

/** @implements {ProtocolType} */
class Protocol {
  /** @type {Program} */ #go;
  /** @type {number} */ #peer;
  /** @type {Events} */ #events;

  /**
   * @param {Program} go
   * @param {number} peer
   * @param {Events} events
   * @param {string} name
   * @param {import("./index.js").ProtocolOptions["use"]} use
   */
  constructor(go, peer, events, name, use) {
    this.#go = go;
    this.#peer = peer;
    this.#events = events;
    this.name = name;
    this.use = use;
  }

  /**
   * @param {string} method
   * @param {object} args
   * @param {Wait} [options]
   */
  #call(method, args, options = {}) { return call(this.#go, this.#peer, method, { protocol: this.name, ...args }, options); }

  /**
   * @param {string} method
   * @param {object} args
   */
  #act(method, args) { this.#go.act(this.#peer, method, /** @type {object} */ (plain({ protocol: this.name, ...args }, method))); }

  /** @type {import("./index.js").Protocol["open"]} */
  open(peer, options) { return this.#call("open", { peer }, options); }
  /** @type {import("./index.js").Protocol["close"]} */
  close(peer, options) { return this.#call("close", { peer }, options); }
  /** @type {import("./index.js").Protocol["lock"]} */
  lock(peer, options) { return this.#call("lock", { peer }, options); }
  /** @type {import("./index.js").Protocol["unlock"]} */
  unlock(peer, options) { return this.#call("unlock", { peer }, options); }
  /** @type {import("./index.js").Protocol["drop"]} */
  drop(peer, options) { return this.#call("drop", { peer }, options); }
  /** @type {import("./index.js").Protocol["introduce"]} */
  introduce(from, to, options) { return this.#call("introduce", { from, to }, options); }
  /** @type {import("./index.js").Protocol["invite"]} */
  invite(peer, options) { return this.#call("invite", { peer }, options); }
  /** @type {import("./index.js").Protocol["contacts"]} */
  contacts(count, options) { return this.#call("contacts", { count }, options); }

  /** @type {import("./index.js").Protocol["send"]} */
  send(peer, data) { this.#act("send", { peer, data }); }
  /** @type {import("./index.js").Protocol["publish"]} */
  publish(data, options) { return this.#call("publish", { data }, options); }
  /** @type {import("./index.js").Protocol["request"]} */
  request(peer, data, options) { return this.#call("request", { peer, data }, options); }
  /** @type {import("./index.js").Protocol["reply"]} */
  reply(request, data) { this.#act("reply", { ...named(request), data }); }
  /** @type {import("./index.js").Protocol["reject"]} */
  reject(request, reason, text) { this.#act("reject", { ...named(request), reason, text }); }
  /** @type {import("./index.js").Protocol["multicast"]} */
  multicast(data, peers) { this.#act("multicast", { data, peers }); }

  /** @type {import("./index.js").Protocol["estimate"]} */
  estimate(options) { return this.#call("estimate", {}, options); }
  /** @type {import("./index.js").Protocol["describe"]} */
  describe(data, options) { return this.#call("describe", { data }, options); }

  /** @type {import("./index.js").Protocol["on"]} */
  on(type, listener) { return this.#events.on(this.name, type, listener); }
}

/** @param {any} requested a Requested event */
const named = (requested) => ({ from: requested?.from, request: requested?.request });

/**
 * @param {Program} go
 * @param {number} peer
 * @param {string} method
 * @param {object} args
 * @param {Wait} options the further options
 */
async function call(go, peer, method, args, options) {
  if (typeof options !== "object" || options === null) throw invalid(`${method}: options must be an object`);
  const { signal, ...others } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid(`${method}: signal must be an AbortSignal`);
  return go.call(peer, method, /** @type {object} */ (plain({ ...others, ...args }, method)), signal);
}
