import { clear, show } from "./trouble.js";

const id = (name) => document.getElementById(name);
const period = 1000; // ms between two questions
const kept = 60; // round trips

/** The clock: asks the service for its time and load, again and again. */
export class Clock {
  #protocol;
  #open = false;
  #asking = false;
  #trips = [];

  constructor(peer, service, flow) {
    this.service = service;
    this.flow = flow;
    this.#protocol = peer.protocol("clock");
    setInterval(() => this.#ask(), period);
  }

  update({ views }) {
    const before = this.#open;
    this.#open = views.clock.out.some((arc) => arc.peer === this.service.id);
    if (this.#open && !before) this.#ask();
    id("time").classList.toggle("off", !this.#open);
  }

  async #ask() {
    if (!this.#open || this.#asking) return;
    this.#asking = true;
    const asked = performance.now();
    try {
      this.flow("clock", this.service.id, "out");
      const answer = await this.#protocol.request(this.service.id, "how are you?", { timeout: 4000 });
      const trip = performance.now() - asked;
      this.flow("clock", this.service.id, "in");
      this.#show(JSON.parse(new TextDecoder().decode(answer)), trip);
      clear();
    } catch (error) {
      if (this.#open) show("Asking the service", error);
    } finally {
      this.#asking = false;
    }
  }

  #show({ time, up, goroutines, heap }, trip) {
    this.#trips = [...this.#trips, trip].slice(-kept);
    const sorted = this.#trips.toSorted((a, b) => a - b);
    // The answer was made about half a round trip ago.
    const offset = time + trip / 2 - Date.now();
    const texts = {
      time: new Date(time).toLocaleTimeString(), trip: ms(trip), median: ms(sorted[sorted.length >> 1]),
      offset: `${offset < 0 ? "−" : "+"}${ms(Math.abs(offset))}`,
      goroutines: String(goroutines), heap: `${(heap / 1e6).toFixed(1)} MB`, up: duration(up),
    };
    for (const [name, text] of Object.entries(texts)) id(name).textContent = text;
    const most = Math.max(...this.#trips);
    id("trips").replaceChildren(...this.#trips.map((t, i) => {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = Math.max(0.6, 20 * t / most);
      for (const [name, value] of Object.entries({ x: i + 0.1, y: 20 - height, width: 0.8, height })) bar.setAttribute(name, value);
      return bar;
    }));
  }
}

const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function duration(value) {
  const seconds = Math.floor(value / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
