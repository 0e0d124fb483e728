import { arcsOf, names, short } from "./applications.js";
import { hueOf } from "./hues.js";
import { Lines } from "./lines.js";

const id = (name) => document.getElementById(name);
const maxRemotes = 8; // further tabs are told of in words

/** The neighbourhood as a picture: this tab, the service and the tabs it was introduced to. */
export class Picture {
  #lines = new Lines(id("picture"), id("lines"));
  #boxes = new Map();
  #unused = new Map(); // when a connection was first seen to linger

  constructor(peer, service) {
    this.peer = peer;
    this.service = service;
    id("self").querySelector("code").textContent = short(peer.id);
    this.#box(service.id, true);
  }

  /** Draws what a snapshot tells. */
  draw(snapshot) {
    const arcs = arcsOf(snapshot);
    const state = new Map([
      ...snapshot.pending.map((peer) => [peer, "pending"]),
      ...snapshot.lingering.map((peer) => [peer, "lingering"]),
      ...snapshot.connections.map((peer) => [peer, "living"]),
    ]);
    const others = [...state.keys()].filter((peer) => peer !== this.service.id).slice(0, maxRemotes);
    const shown = [this.service.id, ...others];
    for (const [peer, box] of this.#boxes) {
      if (!shown.includes(peer)) {
        box.remove();
        this.#boxes.delete(peer);
      }
    }
    for (const peer of shown) this.#box(peer, peer === this.service.id).dataset.state = state.get(peer) ?? "none";
    this.#switches(arcs);
    this.#lines.draw(shown.map((peer) => ({
      peer, box: this.#boxes.get(peer), state: state.get(peer) ?? "none", label: this.#label(peer, state.get(peer)), arcs: arcs.filter((arc) => arc.peer === peer),
    })));
    this.#count(snapshot, arcs, state.get(this.service.id) ?? "none");
  }

  /** Shows that a message goes along an arc. */
  flow(application, peer, dir) {
    this.#lines.flow(application, peer, dir);
  }

  /** The box of another peer, with the applications that it can have arcs of. */
  #box(peer, isService) {
    let box = this.#boxes.get(peer);
    if (box) return box;
    box = document.createElement("div");
    box.className = `peer ${isService ? "service" : "other"}`;
    const rows = (isService ? names : ["chat"]).map((name) => `<li data-application="${name}">${name}</li>`).join("");
    box.innerHTML = `<h2><span class="mark ${isService ? "" : "tab other"}"></span>${isService ? "Service" : "A tab"} <code></code></h2><ul>${rows}</ul>`;
    box.querySelector("code").textContent = short(peer);
    box.querySelector(".mark").style.setProperty("--hue", hueOf(peer));
    this.#boxes.set(peer, box);
    if (isService) id("remotes").prepend(box);
    else id("remotes").append(box);
    return box;
  }

  /** What is written beside a line. */
  #label(peer, state) {
    if (state !== "lingering") this.#unused.delete(peer);
    else if (!this.#unused.has(peer)) this.#unused.set(peer, Date.now());
    switch (state) {
      case "living": return "1 connection";
      case "lingering": return `${Math.round((Date.now() - this.#unused.get(peer)) / 1000)} s unused`;
      case "pending": return "connecting";
      default: return "no connection";
    }
  }

  /** Switches stand as the arcs do, but for those that are under way. */
  #switches(arcs) {
    for (const name of names) {
      const control = id(`switch-${name}`);
      const open = arcs.some((arc) => arc.application === name);
      if (!control.hasAttribute("aria-busy")) control.checked = open;
      for (const row of document.querySelectorAll(`[data-application="${name}"]`)) row.classList.toggle("open", open);
    }
  }

  #count({ connections, lingering, counters }, arcs, state) {
    const total = arcs.reduce((sum, { count }) => sum + count, 0);
    id("count-connections").textContent = connections.length;
    id("count-lingering").textContent = lingering.length;
    id("count-arcs").textContent = total;
    id("count-handshakes").textContent = counters.connections_authenticated ?? 0;
    const open = arcs.filter((arc) => arc.peer === this.service.id).length;
    const met = connections.length + lingering.length - (state === "living" || state === "lingering" ? 1 : 0);
    const sentence = id("sentence");
    const text = told(state, open) + (met > 0 ? ` The service has introduced ${met === 1 ? "another tab" : `${met} other tabs`}, with a connection to each.` : "");
    if (sentence.textContent !== text) sentence.textContent = text;
  }
}

/** What the connection to the service is to be seen as. */
function told(state, open) {
  switch (state) {
    case "living":
      if (open === 1) return "One application uses the connection. Opening another one is one message, and no handshake.";
      return `${open === 3 ? "Three" : "Two"} applications share one connection. Switch them off one by one: it stays as long as one uses it.`;
    case "lingering":
      return "Nobody uses the connection: it lingers for a minute. Switch an application on before that, and there is no new handshake.";
    case "pending":
      return "A connection is being made: offer, answer, and both ends prove who they are.";
    default:
      return "There is no connection. The first application that you switch on makes one, with a handshake.";
  }
}
