// Serves the bundled page with an invented overlay: node dev/mock.mjs [peers] [port].
// In the address, ?room=full, ?room=broken, ?room=building, ?room=inuse or
// ?room=origin show failures, and ?room=still shows an overlay in which nothing
// changes. A request for /drop cuts all feeds for ten seconds.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { MockOverlay } from "./overlay.mjs";
import { accept } from "./socket.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../live/dist");
const count = Number(process.argv[2] ?? 12);
const port = Number(process.argv[3] ?? 8080);
const overlay = new MockOverlay(count, Math.ceil(count / 5));
const feeds = new Set();
let running = true;
let down = 0;
let seq = 0;

const kinds = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; worker-src 'self' blob:; form-action 'none'";

const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://x").pathname);
  if (path === "/drop") {
    down = Date.now() + 10_000;
    for (const feed of feeds) feed.close(1001, "");
    return response.end("cut for ten seconds\n");
  }
  if (path === "/live" || path.startsWith("/live?")) return response.writeHead(426).end();
  const file = path === "/n2n/index.js" ? join(here, "peer.js") : join(dist, path === "/" ? "index.html" : path);
  try {
    const body = await readFile(file);
    response.writeHead(200, { "content-type": kinds[extname(file)] ?? "text/plain", "content-security-policy": policy }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

server.on("upgrade", (request, socket) => {
  if (Date.now() < down) return socket.destroy();
  const room = new URL(request.url, "http://x").searchParams.get("room") ?? "demo";
  let selected = 0;
  let tab;
  const feed = accept(request, socket, (text) => {
    const r = JSON.parse(text);
    let error;
    if (r.type === "select") selected = r.n;
    else if (r.type === "add") for (let i = 0; i < r.count; i++) overlay.add("go");
    else if (r.type === "crash" || r.type === "leave") overlay.remove(r.n, r.type === "crash" ? "crashed" : "left") || (error = "there is no such peer");
    else if (r.type === "server") tell({ type: "server", running: (running = r.run) });
    else if (r.type === "say") say(overlay.peers.get(r.n)?.id ?? "", r.n, r.text);
    else if (r.type === "report") {
      if (r.peer) tab ??= overlay.add("tab", r.peer.id, r.peer.name).n;
      else if (tab) tab = overlay.remove(tab, "left") && undefined;
    }
    if (r.request !== undefined) setTimeout(() => feed.send({ type: "answer", request: r.request, ...(error && { error }) }), 120);
  });
  if (room === "origin") return feed.close(1008, "the origin http://elsewhere is not allowed");
  feeds.add(feed);
  socket.on("close", () => {
    feeds.delete(feed);
    if (tab) overlay.remove(tab, "lost");
  });
  feed.selected = () => selected;
  feed.still = room === "still";
  const tabProtocols = [{ use: "spray", period: 3000 }, { use: "broadcast" }];
  feed.send({
    type: "hello", program: "demo", room, you: 1, signal: "/signal", controls: room === "watch" ? [] : ["add", "crash", "leave", "server", "say"],
    limits: { peers: 2000, text: 500, demo: 200 }, tab: { network: "n2n", loopback: true, protocols: tabProtocols, chat: "broadcast" },
  });
  feed.send({ type: "program", state: room === "building" ? "building" : "ready", text: "" });
  feed.send({ type: "server", running });
  feed.send(room === "empty" ? { ...overlay.picture(), peers: [], arcs: [], connections: [] } : room === "hidden" ? { ...overlay.picture(), hidden: 340 } : overlay.picture());
  feed.send({ type: "samples", samples });
});

function tell(frame) {
  for (const feed of feeds) feed.send(frame);
}

function say(origin, n, text) {
  const id = `${origin}/0000000000000000/${++seq}`;
  const of = [...overlay.peers.values()].filter((p) => p.kind === "go").length;
  tell({ type: "said", id, n, text, at: Date.now() });
  [0.3, 0.8, 1].forEach((share, i) => setTimeout(() => tell({ type: "heard", id, by: Math.round(of * share), of }), 300 * (i + 1)));
}

const samples = [];
for (let i = 240; i > 0; i--) {
  const s = overlay.sample();
  samples.push({ ...s, at: s.at - i * 1000, arcs: Math.round(s.arcs * (1 - i / 900)), peers: Math.round(s.peers * (1 - i / 800)) });
}
setInterval(() => {
  overlay.step(Math.max(1, Math.round(overlay.peers.size / 25)));
  const change = overlay.flush();
  for (const feed of feeds) if (!feed.still) feed.send(change);
}, 500);
setInterval(() => {
  const sample = overlay.sample();
  samples.push(sample);
  if (samples.length > 600) samples.shift();
  tell({ type: "sample", ...sample });
  for (const feed of feeds) if (feed.selected()) feed.send(overlay.details(feed.selected()));
}, 1000);
const words = ["Hello from here.", "The arcs move every few seconds.", "<b>This is not markup</b>", "A longer message, to see how lines break when somebody has more to say than fits on one line of the panel.", "Anyone else with an in-view of one?"];
setInterval(() => {
  const peers = [...overlay.peers.values()];
  const peer = peers[Math.floor(Math.random() * peers.length)];
  if (peer) say(peer.id, peer.n, words[seq % words.length]);
}, 4000);

server.listen(port, "127.0.0.1", () => console.log(`a made-up overlay of ${count} peers: http://127.0.0.1:${port}`));
