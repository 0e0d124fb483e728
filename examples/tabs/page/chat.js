import { short } from "./applications.js";
import { hueOf } from "./hues.js";
import { clear, show } from "./trouble.js";

const id = (name) => document.getElementById(name);
const maxShown = 200; // lines

/** The chat: lines go to the service, which passes them on, and directly to the tabs that we have met. */
export class Chat {
  #protocol;
  #number = 0;
  #here = []; // who has an arc of the chat to the service, as that says
  #reached = []; // to whom we have an arc
  #shown = new Map(); // lines, by who said them and the number

  constructor(peer, service, flow) {
    this.peer = peer;
    this.service = service;
    this.flow = flow;
    this.#protocol = peer.protocol("chat");
    this.#protocol.on("received", (event) => this.#received(event));
    this.#protocol.on("failed", ({ op, error: code, message }) => { if (op === "send") show("Sending", { code, message }); });
    this.#protocol.on("arc_opened", ({ peer: met, via }) => {
      if (met !== service.id) this.#note(`${short(met)} and you are connected${via ? `, introduced by ${via === service.id ? "the service" : short(via)}` : ""}.`);
    });
    id("say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(id("text").value.trim());
    });
    id("meet").addEventListener("click", () => this.#meet());
  }

  /** @param {import("/n2n/index.js").Snapshot} snapshot */
  update({ views }) {
    const { out, in: inward } = views.chat;
    this.#reached = [...new Set([...out, ...inward].map((arc) => arc.peer))];
    if (!this.#reached.includes(this.service.id)) this.#here = [];
    this.#enable();
  }

  #enable() {
    const off = this.#reached.length === 0;
    for (const element of id("say").elements) element.disabled = off;
    id("text").placeholder = off ? "Switch the chat on to talk" : "Say something";
    const strangers = this.#strangers().length;
    id("meet").disabled = strangers === 0;
    const others = this.#here.filter((peer) => peer !== this.peer.id).length;
    const count = others === 1 ? "1 other tab is" : `${others} other tabs are`;
    id("others").textContent = others === 0 ? "Open this page in another tab: then there is somebody to meet."
      : strangers > 0 ? `${count} here. What you say comes there through the service.` : `${count} here, and you are connected.`;
  }

  #strangers() {
    return this.#here.filter((peer) => peer !== this.peer.id && !this.#reached.includes(peer));
  }

  #say(text) {
    if (!text) return;
    clear();
    const said = { n: ++this.#number, text };
    for (const peer of this.#reached) {
      this.#protocol.send(peer, JSON.stringify(said));
      this.flow("chat", peer, "out");
    }
    this.#line({ from: this.peer.id, ...said }, "");
    id("text").value = "";
  }

  /** The service relays the offers; the connections that come of them need it no more. */
  async #meet() {
    id("meet").disabled = true;
    clear();
    for (const stranger of this.#strangers()) {
      await this.#protocol.open(stranger, { via: [this.service.id] }).catch((error) => show(`Meeting ${short(stranger)}`, error));
    }
    this.#enable();
  }

  #received({ from, text }) {
    this.flow("chat", from, "in");
    let said;
    try {
      said = JSON.parse(text);
    } catch {
      return; // not of this chat
    }
    const passedOn = from === this.service.id;
    if (passedOn && Array.isArray(said.here)) {
      this.#here = said.here.map(String);
      this.#enable();
    } else if (typeof said.text === "string") {
      // Only the service speaks for others.
      this.#line({ from: passedOn && said.from ? String(said.from) : from, n: said.n, text: said.text.slice(0, 400) }, passedOn ? "through the service" : "directly");
    }
  }

  #line({ from, n, text }, how) {
    const key = n === undefined ? undefined : `${from} ${n}`;
    const before = key && this.#shown.get(key);
    if (before) {
      before.title = "directly, and through the service";
      before.querySelector("small").textContent = "came both ways";
      return;
    }
    const line = document.createElement("li");
    const name = document.createElement("b");
    const way = document.createElement("small");
    name.textContent = from === this.peer.id ? "you" : from === this.service.id ? "service" : short(from);
    name.style.setProperty("--hue", hueOf(from));
    way.textContent = from === this.service.id ? "" : how;
    line.append(name, ` ${text} `, way);
    if (key) this.#shown.set(key, line);
    this.#append(line);
  }

  #note(text) {
    const line = document.createElement("li");
    line.className = "note";
    line.textContent = text;
    this.#append(line);
  }

  #append(line) {
    const list = id("lines-said");
    list.append(line);
    while (list.childElementCount > maxShown) list.firstElementChild.remove();
    if (this.#shown.size > maxShown) this.#shown.delete(this.#shown.keys().next().value);
    list.scrollTop = list.scrollHeight;
  }
}
