import { invalid } from "./error.js";
import { guarded } from "./values.js";

/** The payload of an event, as bytes and as text, in whatever form it was sent. */
class Payload {
  /** @type {any} */ #data;
  /** @type {any} */ #text;

  /** @param {any} event */
  constructor({ data, text, ...fields }) {
    this.#data = data;
    this.#text = text;
    Object.assign(this, fields);
  }

  get data() { return (this.#data ??= new TextEncoder().encode(this.#text)); }
  get text() { return (this.#text ??= new TextDecoder().decode(this.#data)); }
}

/** Delivers events to listeners in tasks of their own, so that no listener is called from within Go. */
export class Events {
  /** @type {any[]} */ #queue = [];
  /** @type {Set<{ protocol?: string, type: string, listener: (event: any) => void }>} */ #listeners = new Set();
  #channel = new MessageChannel();
  #ended = false;

  constructor() {
    this.#channel.port1.onmessage = () => this.#dispatch();
  }

  /** @param {any} event */
  push(event) {
    if (!this.#ended && this.#listeners.size > 0 && this.#queue.push(event) === 1) this.#channel.port2.postMessage(null);
  }

  /** Ends the events. A channel that is not closed is never collected, and neither are its listeners. */
  end() {
    this.#ended = true;
    if (this.#queue.length === 0) this.#channel.port1.close();
  }

  #dispatch() {
    const queue = this.#queue;
    this.#queue = [];
    for (const event of queue) {
      const told = Object.freeze("data" in event || "text" in event ? new Payload(event) : event);
      for (const entry of [...this.#listeners]) {
        const { protocol, type, listener } = entry;
        if (!this.#listeners.has(entry)) continue; // an earlier listener has removed it
        if ((protocol ?? event.protocol) === event.protocol && (type === "*" || type === event.type)) guarded(listener, told);
      }
    }
    if (this.#ended) this.end();
  }

  /**
   * @param {string | undefined} protocol undefined: all, and the peer
   * @param {string} type
   * @param {(event: any) => void} listener
   */
  on(protocol, type, listener) {
    if (typeof type !== "string") throw invalid("on: type must be a string");
    if (typeof listener !== "function") throw invalid("on: listener must be a function");
    const entry = { protocol, type, listener };
    this.#listeners.add(entry);
    return () => { this.#listeners.delete(entry); };
  }
}
