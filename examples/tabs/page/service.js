import { closeAll, names } from "./applications.js";
import { nameHues } from "./hues.js";
import { clear, show } from "./trouble.js";

// How long to wait before the service is looked for again.
const patience = 5000;

/** Which peer the service is, and the room where it is: the program says that. */
export async function find(signal = AbortSignal.timeout(patience)) {
  try {
    const response = await fetch("service.json", { signal });
    if (response.ok) return await response.json();
    throw new Error(`its answer is ${response.status}`);
  } catch (error) {
    throw Object.assign(new Error(`the program does not say which peer the service is (${error.message})`), { code: "program" });
  }
}

/**
 * The service, as this tab knows it, and which applications the user wants to be open to
 * it: these are opened again when it is back.
 */
export class Service {
  wanted = new Set(names);
  /** Why the connection to it was lost; undefined while all is well. */
  gone;
  /** Called when something of this may have changed. */
  changed = () => {};
  /** Why it was not reached when it was last tried. */
  error;
  #trying = false;
  #ended = false; // the peer of this tab
  #timer;
  #done = Promise.resolve();

  constructor(peer, id) {
    this.peer = peer;
    this.#name(id);
    peer.closed.then(() => { this.#ended = true; });
    // Told of once for each application; the first will do.
    peer.on("peer_down", ({ peer: lost, cause }) => {
      if (lost !== this.id || this.gone) return;
      this.gone = cause;
      this.changed();
      this.#later();
    });
    // The server is that of the service: when it is back, both may have been started anew.
    peer.on("signaling_entered", () => this.reach());
  }

  /** Opens an arc of an application. */
  async open(application) {
    this.wanted.add(application);
    await this.#attempt(`Opening ${application}`, () => this.peer.protocol(application).open(this.id));
  }

  /** Ends all arcs of an application, those to other tabs too. */
  async close(application) {
    this.wanted.delete(application);
    await this.#attempt(`Closing ${application}`, () => closeAll(this.peer, application));
  }

  /** Does one thing after the other, however fast the switches are pressed. */
  #attempt(doing, act) {
    clear();
    this.#done = this.#done.then(act).catch((error) => show(doing, error)).then(() => this.changed());
    return this.#done;
  }

  /** Opens what is wanted, of a service that may be another peer by now. */
  async reach() {
    clearTimeout(this.#timer);
    if (this.#trying || this.#ended) return;
    this.#trying = true;
    try {
      this.#name((await find()).peer);
      const { views } = await this.peer.snapshot();
      for (const application of this.wanted) {
        if (!views[application].out.some((arc) => arc.peer === this.id)) await this.peer.protocol(application).open(this.id);
      }
      this.gone = this.error = undefined;
      clear();
    } catch (error) {
      this.error = error;
      const now = await this.peer.snapshot().catch(() => undefined);
      if (!now?.connections.includes(this.id)) this.gone ??= "crashed";
      this.#later();
    } finally {
      this.#trying = false;
      this.changed();
    }
  }

  #later() {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => this.reach(), patience);
  }

  #name(id) {
    this.id = id;
    nameHues(this.peer.id, id);
  }
}
