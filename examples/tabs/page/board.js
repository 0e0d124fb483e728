import { hueOf } from "./hues.js";

const id = (name) => document.getElementById(name);
const fade = 5000; // ms
const step = 0.02; // of the board, for a press of an arrow key
const dark = matchMedia("(prefers-color-scheme: dark)");
const idLength = 32; // characters, before the dot

/**
 * The board: what is drawn here goes to the service, and is seen when it is back. A dot
 * is x, y (16 bits each) and whether the pen is down; the service puts in front who
 * drew it.
 */
export class Board {
  #protocol;
  #canvas = id("canvas");
  #context = this.#canvas.getContext("2d");
  #open = false;
  #pens = new Map(); // the last dot of each
  #strokes = [];
  #pen = { x: 0.5, y: 0.5, down: false };
  #next; // the dot that waits for the next frame
  #drawing = false;
  #sent = 0;
  #back = 0;

  constructor(peer, service, flow) {
    this.self = peer.id;
    this.service = service;
    this.flow = flow;
    this.#protocol = peer.protocol("board");
    this.#protocol.on("received", ({ from, data }) => { if (from === service.id && data.length === idLength + 5) this.#received(data); });
    this.#canvas.addEventListener("pointerdown", (event) => {
      this.#canvas.setPointerCapture(event.pointerId);
      this.#move(event, false); // where the line begins
    });
    this.#canvas.addEventListener("pointermove", (event) => { if (event.buttons) this.#move(event, true); });
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
  }

  update({ views }) {
    this.#open = views.board.out.some((arc) => arc.peer === this.service.id);
    this.#canvas.classList.toggle("off", !this.#open);
    this.#tell();
  }

  #tell() {
    const text = !this.#open ? "Switch the board on to draw."
      : this.#sent === 0 ? "The service draws, too. You see your own dots when they are back from it."
        : `Of your ${this.#sent} dots, ${this.#back} are back.`;
    if (id("board-said").textContent !== text) id("board-said").textContent = text;
  }

  #move({ offsetX, offsetY }, down) {
    this.#put(offsetX / this.#canvas.clientWidth, offsetY / this.#canvas.clientHeight, down);
  }

  #key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === " ") this.#pen.down = !this.#pen.down;
    else if (!dx && !dy) return;
    event.preventDefault();
    this.#put(this.#pen.x + dx * step, this.#pen.y + dy * step, this.#pen.down);
  }

  #put(x, y, down) {
    const within = (place) => Math.min(1, Math.max(0, place));
    this.#pen = { x: within(x), y: within(y), down };
    // A line begins at once; of what follows one dot a frame is enough.
    if (!down) this.#send(this.#pen);
    else if (this.#next) this.#next = this.#pen;
    else {
      this.#next = this.#pen;
      requestAnimationFrame(() => {
        this.#send(this.#next);
        this.#next = undefined;
      });
    }
  }

  #send({ x, y, down }) {
    if (!this.#open) return;
    const dot = new DataView(new ArrayBuffer(5));
    dot.setUint16(0, x * 0xffff);
    dot.setUint16(2, y * 0xffff);
    dot.setUint8(4, down ? 1 : 0);
    this.#protocol.send(this.service.id, new Uint8Array(dot.buffer));
    this.#sent++;
    this.flow("board", this.service.id, "out");
  }

  #received(data) {
    const from = new TextDecoder().decode(data.subarray(0, idLength));
    const dot = new DataView(data.buffer, data.byteOffset + idLength);
    const now = { x: dot.getUint16(0) / 0xffff, y: dot.getUint16(2) / 0xffff, at: performance.now() };
    const last = this.#pens.get(from);
    if (dot.getUint8(4) && last && now.at - last.at < 1000) this.#strokes.push({ ...now, last, hue: hueOf(from), own: from === this.self });
    this.#pens.delete(from); // the youngest last
    this.#pens.set(from, now);
    if (this.#pens.size > 64) this.#pens.delete(this.#pens.keys().next().value);
    if (from === this.self) {
      this.#back++;
      this.#tell();
    }
    this.flow("board", this.service.id, "in");
    if (!this.#drawing) requestAnimationFrame(() => this.#draw());
    this.#drawing = true;
  }

  /** Draws until everything has faded. */
  #draw() {
    const { width, height } = this.#canvas;
    const now = performance.now();
    const ink = this.#context;
    this.#strokes = this.#strokes.filter(({ at }) => now - at < fade).slice(-5000);
    ink.clearRect(0, 0, width, height);
    ink.lineCap = "round";
    for (const { x, y, last, at, hue, own } of this.#strokes) {
      ink.lineWidth = (own ? 4 : 3) * devicePixelRatio;
      ink.strokeStyle = `hsl(${hue} 70% ${dark.matches ? 65 : 40}% / ${1 - (now - at) / fade})`;
      ink.beginPath();
      ink.moveTo(last.x * width, last.y * height);
      ink.lineTo(x * width, y * height);
      ink.stroke();
    }
    if (this.#drawing = this.#strokes.length > 0) requestAnimationFrame(() => this.#draw());
  }

  #resize() {
    this.#canvas.width = this.#canvas.clientWidth * devicePixelRatio;
    this.#canvas.height = this.#canvas.clientHeight * devicePixelRatio;
  }
}
