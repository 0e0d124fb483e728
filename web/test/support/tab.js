// Runs in the page: what tests do there with the API.

import * as n2n from "/n2n/index.js";

globalThis.n2n = n2n;
/** What peers of this page told, in order. */
globalThis.told = [];

/** Starts a peer, and keeps it as `peer`. */
globalThis.start = async (options) => {
  globalThis.peer = await n2n.createPeer(options);
  peer.on("*", (event) => told.push("text" in event ? { ...event, data: undefined, text: event.text } : { ...event }));
  return peer.id;
};

/** How a call fails: at once, or by its promise. */
globalThis.failure = async (call) => {
  const began = performance.now();
  try {
    await call();
    return undefined;
  } catch (error) {
    return { code: error.code, name: error.name, message: error.message, typed: error instanceof n2n.N2NError, took: performance.now() - began };
  }
};

globalThis.ready = true;
