// The real programs, built once and run as child processes.

import { execFileSync, spawn } from "node:child_process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const running = new Set();

/** Ends what is left of them. */
export function endAll() {
  for (const process of running) process.kill("SIGKILL");
}
process.on("exit", endAll);

/** Runs a command to its end and returns what it prints. */
export function run(command, ...args) {
  return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** Builds bin/n2n, bin/tabs, bin/browsertest and the program of a tab. */
export function build() {
  run("go", "build", "-o", "bin/", "./cmd/n2n", "./cmd/browsertest", "./examples/tabs");
  run("go", "run", "./web/program/pack", "web/npm");
}

/** n2n, as it runs; it ends with the test file if nobody ends it before. */
export class Program {
  static command = "n2n";
  lines = [];
  errors = "";
  #process;
  #rest = "";

  constructor(...args) {
    this.#process = spawn(`${root}bin/${new.target.command}`, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
    running.add(this.#process);
    this.ended = new Promise((resolve) => {
      this.#process.on("exit", (code, signal) => {
        running.delete(this.#process);
        resolve(code ?? signal);
      });
    });
    this.#process.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop();
      this.lines.push(...lines);
    });
    this.#process.stderr.setEncoding("utf8").on("data", (text) => { this.errors += text; });
    this.#process.stdin.on("error", () => {}); // it has ended
  }

  /** The first line that matches, of its output or what it says beside that, once it is there. */
  line(pattern) {
    return eventually(`a line ${pattern} of n2n`, () => [...this.lines, ...this.errors.split("\n")].map((line) => line.match(pattern)).find(Boolean), () => this.errors || this.lines.slice(-5).join("\n"));
  }

  write(line) { this.#process.stdin.write(`${line}\n`); }

  kill(signal = "SIGKILL") {
    this.#process.kill(signal);
    return this.ended;
  }
}

/** A signaling server; pages of this origin may use it. */
export async function signal({ port = 0, origin, max } = {}) {
  const args = ["signal", "--listen", `127.0.0.1:${port}`];
  if (origin) args.push("--origin", origin);
  if (max) args.push("--max-members", String(max));
  const program = new Program(...args);
  const [, url] = await program.line(/signaling server at (ws:\S+?),/);
  return Object.assign(program, { url, port: Number(new URL(url).port) });
}

/** A Go peer in a room, which runs Spray and broadcast. */
export async function goPeer(url, room) {
  const program = new Program("peer", "--signal", url, "--room", room, "--json", "--loopback", "--period", "1s");
  await program.line(/"type":"joined"/);
  const events = () => program.lines.map((line) => JSON.parse(line));
  return Object.assign(program, { id: events()[0].peer, events });
}

/** The demo with its live page. */
export async function demo(...args) {
  const program = new Program("demo", "--web", "127.0.0.1:0", ...args);
  const [, url] = await program.line(/live page at (http:\S+)/);
  return Object.assign(program, { url });
}

class Tabs extends Program { static command = "tabs"; }

/** The example of three applications, with its page. */
export async function tabs(port = 0) {
  const program = new Tabs("-listen", `127.0.0.1:${port}`);
  const [, url] = await program.line(/open (http:\S+)/);
  return Object.assign(program, { url, port: Number(new URL(url).port) });
}

after(endAll);
