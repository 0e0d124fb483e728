import { names } from "./applications.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const lane = 8; // px between two arcs on a connection
const maxFlows = 60;

/** The lines between the boxes: a thick one for each connection, with a thin one for each arc on it. */
export class Lines {
  #drawn = new Map(); // lines and labels, by key
  #last = [];

  constructor(frame, svg) {
    this.frame = frame;
    this.svg = svg;
    [this.pipes, this.arcs, this.labels, this.flows] = ["pipes", "arcs", "labels", "flows"].map((name) => svg.getElementById(name));
    new ResizeObserver(() => this.draw(this.#last)).observe(frame);
  }

  /** @param {{ peer: string, box: Element, state: string, label: string, arcs: { application: string, dir: string, count: number }[] }[]} remotes */
  draw(remotes) {
    this.#last = remotes;
    const { top, width } = this.svg.getBoundingClientRect();
    const middle = (element) => {
      const at = element.getBoundingClientRect();
      return at.top + at.height / 2 - top;
    };
    const keep = new Set();
    for (const { peer, box, state, label, arcs } of remotes) {
      const rows = [...box.querySelectorAll("[data-application]")];
      const y = rows.reduce((sum, row) => sum + middle(row), 0) / rows.length;
      const bend = Math.min(64, width * 0.28); // from a box to where the pipe begins
      const wide = rows.length > 1 ? 4 * lane : 2.25 * lane;
      this.#line(keep, this.pipes, `pipe ${peer}`, `M${bend} ${y}H${width - bend}`, `pipe ${state}`, { "stroke-width": wide });
      this.#label(keep, `label ${peer}`, width / 2, y + wide / 2 + 16, width < 150 && state === "living" ? "" : label);
      for (const { application, dir } of arcs) {
        const row = rows.find((r) => r.dataset.application === application);
        if (!row) continue;
        const from = middle(this.frame.querySelector(`#self [data-application="${application}"]`));
        const beside = arcs.some((a) => a.application === application && a.dir !== dir) ? (dir === "in" ? 3 : -3) : 0;
        const at = y + (rows.length > 1 ? (names.indexOf(application) - 1) * lane : 0) + beside;
        const end = width - 4;
        const path = `M0 ${from}C${bend * 0.7} ${from} ${bend * 0.5} ${at} ${bend} ${at}H${width - bend}` +
          `C${width - bend * 0.5} ${at} ${end - bend * 0.6} ${middle(row) + beside} ${end} ${middle(row) + beside}`;
        this.#line(keep, this.arcs, `arc ${application} ${peer} ${dir}`, path, `arc ${application}`,
          { [dir === "out" ? "marker-end" : "marker-start"]: "url(#tip)" });
      }
    }
    for (const [key, line] of this.#drawn) {
      if (!keep.has(key)) {
        line.remove();
        this.#drawn.delete(key);
      }
    }
  }

  #line(keep, group, key, d, className, attributes) {
    this.#element(keep, group, key, "path", { d, class: className, ...attributes });
  }

  #label(keep, key, x, y, text) {
    const label = this.#element(keep, this.labels, key, "text", { x, y, class: "pipe-label" });
    if (label.textContent !== text) label.textContent = text;
  }

  /** The element under a key, made the first time, with these attributes. */
  #element(keep, group, key, kind, attributes) {
    keep.add(key);
    let element = this.#drawn.get(key);
    if (!element) {
      element = group.appendChild(document.createElementNS(this.svg.namespaceURI, kind));
      this.#drawn.set(key, element);
    }
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  /** A dot runs along an arc. Messages go both ways, whichever way the arc points. */
  flow(application, peer, dir) {
    if (calm.matches || document.hidden || this.flows.childElementCount >= maxFlows) return;
    const line = this.#drawn.get(`arc ${application} ${peer} out`) ?? this.#drawn.get(`arc ${application} ${peer} in`);
    if (!line) return;
    const dot = document.createElementNS(this.svg.namespaceURI, "circle");
    dot.setAttribute("r", "3.5");
    dot.setAttribute("class", `flow ${application}`);
    dot.style.offsetPath = `path("${line.getAttribute("d")}")`;
    this.flows.append(dot);
    const way = ["0%", "100%"];
    dot.animate({ offsetDistance: dir === "out" ? way : way.reverse() }, 450).finished.then(() => dot.remove(), () => dot.remove());
  }
}
