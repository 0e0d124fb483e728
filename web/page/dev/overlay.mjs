// An invented overlay that changes as one of Spray does, for development of the page.

const letters = "abcdefghijklmnopqrstuvwxyz234567";

export class MockOverlay {
  peers = new Map(); // n -> { n, id, name, kind }
  arcs = new Map(); // "from>to" -> count
  idle = new Set(); // "a-b": connections without arcs
  last = 0;
  came = [];
  went = [];
  touched = new Set();
  links = new Map();

  constructor(count, tabs) {
    for (let i = 0; i < count; i++) this.add(i < tabs ? "tab" : "go");
    this.flush();
  }

  add(kind, id, name) {
    const n = ++this.last;
    const peer = { n, id: id ?? Array.from({ length: 32 }, () => letters[Math.floor(Math.random() * 32)]).join(""), name: "", kind };
    peer.name = name ?? (kind === "tab" ? `tab ${peer.id.slice(0, 6)}` : `p${n}`);
    const others = [...this.peers.keys()];
    this.peers.set(n, peer);
    this.came.push(peer);
    const view = Math.min(others.length, Math.max(1, Math.round(Math.log(others.length + 1)) + 1));
    for (let i = 0; i < view; i++) {
      const other = others[Math.floor(Math.random() * others.length)];
      if (Math.random() < 0.5) this.arc(n, other, 1);
      else this.arc(other, n, 1);
    }
    return peer;
  }

  remove(n, how) {
    if (!this.peers.delete(n)) return false;
    this.went.push({ n, how });
    for (const key of this.arcs.keys()) if (key.split(">").includes(String(n))) this.arcs.delete(key);
    for (const key of this.idle) if (key.split("-").includes(String(n))) this.idle.delete(key);
    return true;
  }

  arc(from, to, by) {
    if (from === to || !this.peers.has(from) || !this.peers.has(to)) return;
    const key = `${from}>${to}`;
    const link = from < to ? `${from}-${to}` : `${to}-${from}`;
    const count = (this.arcs.get(key) ?? 0) + by;
    if (count > 0) this.arcs.set(key, count);
    else this.arcs.delete(key);
    this.touched.add(key);
    if (count > 0) this.idle.delete(link);
    else if (!this.arcs.has(`${to}>${from}`)) this.idle.add(link);
    this.links.set(link, 1);
  }

  /** step moves some arcs from one peer to another. */
  step(moves) {
    const keys = [...this.arcs.keys()];
    const ns = [...this.peers.keys()];
    for (let i = 0; i < moves && keys.length > 0; i++) {
      const [from, to] = keys[Math.floor(Math.random() * keys.length)].split(">").map(Number);
      if (!this.arcs.has(`${from}>${to}`)) continue;
      const via = ns[Math.floor(Math.random() * ns.length)];
      if (via === from || via === to) continue;
      this.arc(from, to, -1);
      this.arc(via, to, 1);
    }
    for (const link of [...this.idle].slice(0, Math.max(0, this.idle.size - ns.length / 3))) {
      this.idle.delete(link);
      this.links.set(link, 0);
    }
  }

  connections() {
    const all = new Set(this.idle);
    for (const key of this.arcs.keys()) {
      const [a, b] = key.split(">").map(Number);
      all.add(a < b ? `${a}-${b}` : `${b}-${a}`);
    }
    return [...all].map((key) => key.split("-").map(Number));
  }

  picture() {
    const arcs = [...this.arcs].map(([key, count]) => [...key.split(">").map(Number), 0, count]);
    return { type: "picture", at: Date.now(), protocols: ["spray", "broadcast"], peers: [...this.peers.values()], arcs, connections: this.connections(), hidden: 0 };
  }

  flush() {
    const change = {
      type: "change", at: Date.now(), came: this.came, went: this.went, hidden: 0,
      arcs: [...this.touched].map((key) => [...key.split(">").map(Number), 0, this.arcs.get(key) ?? 0]),
      connections: [...this.links].map(([key, on]) => [...key.split("-").map(Number), on]),
    };
    this.came = [];
    this.went = [];
    this.touched = new Set();
    this.links = new Map();
    return change;
  }

  details(n) {
    const peer = this.peers.get(n);
    const view = { out: [], in: [] };
    for (const [key, count] of this.arcs) {
      const [from, to] = key.split(">").map(Number);
      if (from === n) view.out.push([to, count]);
      if (to === n) view.in.push([from, count]);
    }
    const beside = (keys) => keys.map((key) => key.split("-").map(Number)).filter((l) => l.includes(n)).map(([a, b]) => (a === n ? b : a));
    return {
      type: "details", ...peer, n, known: peer !== undefined, views: { spray: view, broadcast: { out: [], in: [] } },
      connections: [...new Set([...view.out, ...view.in].map(([x]) => x))], lingering: beside([...this.idle]), pending: [],
      counters: { "spray.shuffles": 41, "broadcast.delivered": 12, signals_relayed: 310, arcs_refused: 0 },
    };
  }

  sample() {
    const views = [...this.peers.keys()].map(() => 0);
    const index = new Map([...this.peers.keys()].map((n, i) => [n, i]));
    for (const [key, count] of this.arcs) views[index.get(Number(key.split(">")[0]))] += count;
    const arcs = views.reduce((a, b) => a + b, 0);
    return {
      at: Date.now(), peers: this.peers.size, tabs: [...this.peers.values()].filter((p) => p.kind === "tab").length, arcs,
      connections: this.connections().length, view: { mean: arcs / Math.max(1, views.length), min: Math.min(...views), max: Math.max(...views) },
      messages: views.length * (1.2 + Math.random()), setups: views.length * 0.08 * (1 + Math.random()),
    };
  }
}
