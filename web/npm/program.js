import { N2NError } from "./error.js";
import { compiled } from "./load.js";

/** @typedef {(code?: any, text?: string, value?: any) => void} Settle */

/**
 * The functions of the Go program: see web/tab/doc.go.
 *
 * @typedef {object} Functions
 * @property {(options: object, push: (event: any) => void, closed: Settle, settle: Settle) => void} start
 * @property {(peer: number, method: string, args: object, settle: Settle) => number | undefined} call
 * @property {(call: number) => void} cancel
 * @property {(peer: number, method: string, args: object) => { code: any, text: string } | undefined} act
 */

/** A Go program that runs, with the calls that wait for it. When it breaks down, they all end. */
export class Program {
  /** @type {any} */ #go;
  /** @type {Functions | undefined} */ #functions;
  /** @type {Set<(error: Error) => void>} */ #waiting = new Set();
  /** @type {Error | undefined} */ #dead;
  #ended;

  /**
   * @param {any} go an instance of Go's class
   * @param {() => void} ended is called when the program has broken down
   */
  constructor(go, ended) {
    this.#go = go;
    this.#ended = ended;
    const resume = go._resume;
    go._resume = () => {
      try {
        resume.call(go);
      } catch (error) {
        console.error("n2n:", error);
        this.#die(error);
      }
    };
    const exit = go.importObject.gojs["runtime.wasmExit"];
    go.importObject.gojs["runtime.wasmExit"] = (/** @type {number} */ sp) => {
      this.#die("it panicked");
      exit(sp);
    };
    go.exit = () => {};
  }

  /**
   * Starts the program, which calls a global function when it is ready.
   *
   * @param {WebAssembly.Module} module
   */
  async run(module) {
    const go = this.#go;
    const name = `n2n ${Math.random()}`;
    const scope = /** @type {any} */ (globalThis);
    go.argv = ["n2n", name];
    try {
      const instance = await WebAssembly.instantiate(module, go.importObject);
      this.#functions = await this.#wait((resolve) => {
        scope[name] = resolve;
        go.run(instance).catch((/** @type {unknown} */ error) => this.#die(error));
      });
    } catch (error) {
      this.#die(error);
      throw new N2NError("load", `the program could not be started (${error}): reload the page, or use another browser`, { cause: error });
    } finally {
      delete scope[name];
    }
  }

  /**
   * Starts a peer.
   *
   * @param {object} options
   * @param {(event: any) => void} push gets its events
   * @param {(error: Error | undefined) => void} closed is called once, with the reason of the end
   * @returns {Promise<{ peer: number, id: string, protocols: { name: string, use: any }[] }>}
   */
  async start(options, push, closed) {
    const lost = (/** @type {Error} */ error) => closed(error);
    const ended = (/** @type {any} */ code, /** @type {string} */ text) => {
      this.#waiting.delete(lost);
      closed(code && new N2NError(code, text));
    };
    const started = await this.#call((go, settle) => go.start(options, push, /** @type {Settle} */ (ended), settle));
    if (this.#dead) throw this.#dead;
    this.#waiting.add(lost);
    return started;
  }

  /**
   * Makes a call that waits.
   *
   * @param {number} peer
   * @param {string} method
   * @param {object} args
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async call(peer, method, args, signal) {
    signal?.throwIfAborted();
    /** @type {number | undefined} */ let number;
    /** @type {(() => void) | undefined} */ let abort;
    try {
      return await this.#call((go, settle, reject) => {
        abort = () => {
          reject(signal?.reason);
          if (number !== undefined && !this.#dead) go.cancel(number);
        };
        signal?.addEventListener("abort", abort);
        number = go.call(peer, method, args, settle);
      });
    } finally {
      if (abort) signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Makes a call that does not wait.
   *
   * @param {number} peer
   * @param {string} method
   * @param {object} args
   */
  act(peer, method, args) {
    if (this.#dead) throw this.#dead;
    const failed = this.#functions?.act(peer, method, args);
    if (this.#dead) throw this.#dead;
    if (failed) throw new N2NError(failed.code, failed.text);
  }

  /** @param {(go: Functions, settle: Settle, reject: (reason: unknown) => void) => void} ask */
  #call(ask) {
    return this.#wait((resolve, reject) => {
      if (!this.#functions) throw new N2NError("closed", "the program does not run");
      ask(this.#functions, (code, text, value) => (code ? reject(new N2NError(code, /** @type {string} */ (text))) : resolve(value)), reject);
    });
  }

  /**
   * Returns a promise that is rejected when the program breaks down.
   *
   * @param {(resolve: (value: any) => void, reject: (reason: unknown) => void) => void} begin
   * @returns {Promise<any>}
   */
  async #wait(begin) {
    if (this.#dead) throw this.#dead;
    /** @type {(error: Error) => void} */ let lost = () => {};
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.add(lost = reject);
        begin(resolve, reject);
      });
    } finally {
      this.#waiting.delete(lost);
    }
  }

  /**
   * Handles any end of the program: it closes all that the program had open. Otherwise
   * neighbours would take a dead peer for a living one, because the browser answers for it.
   *
   * @param {unknown} reason
   */
  #die(reason) {
    if (this.#dead) return;
    this.#dead = new N2NError("closed", `the peer's program has broken down: ${reason}; the console says more, and createPeer starts it anew`, { cause: reason });
    const go = this.#go;
    for (const value of go._values ?? []) {
      if (value instanceof RTCPeerConnection || value instanceof WebSocket) value.close();
    }
    for (const timer of go._scheduledTimeouts.values()) clearTimeout(timer);
    go._scheduledTimeouts.clear();
    go._resume = () => {};
    for (const lost of [...this.#waiting]) lost(this.#dead);
    this.#waiting.clear();
    this.#ended();
  }
}

/** @type {Promise<Program> | undefined} */
let running;

/**
 * Returns the program of this page. It is started if it does not run.
 *
 * @param {import("./index.js").LoadOptions} options
 */
export async function program(options) {
  const { module, Go } = await compiled(options);
  return (running ??= begin(module, Go));
}

/**
 * @param {WebAssembly.Module} module
 * @param {new () => any} Go
 */
async function begin(module, Go) {
  const begun = new Program(new Go(), () => { running = undefined; });
  await begun.run(module);
  return begun;
}
