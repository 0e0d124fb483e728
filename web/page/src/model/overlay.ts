import type { ArcFrame, Change, PeerFrame, Picture } from "./frames";

/** The effect of a picture or change: the elements to draw again. */
export interface Delta {
  /** A new picture: the old one is not needed any more. */
  reset: boolean;
  came: PeerFrame[];
  went: { peer: PeerFrame; how: string }[];
  /** Pairs "from>to" whose arcs changed. */
  pairs: Set<string>;
  /** Pairs "a-b" whose connection came or went. */
  connections: Set<string>;
}

export const pairKey = (from: number, to: number): string => `${from}>${to}`;
export const linkKey = (a: number, b: number): string => (a < b ? `${a}-${b}` : `${b}-${a}`);

export function ends(key: string): [number, number] {
  const [a, b] = key.split(/[>-]/);
  return [Number(a), Number(b)];
}

/** The overlay as the feed describes it: peers, their arcs by protocol, and their connections. */
export class Overlay {
  protocols: string[] = [];
  readonly peers = new Map<number, PeerFrame>();
  readonly connections = new Set<string>();
  /** Peers that the server knows of and does not draw. */
  hidden = 0;
  /** Arcs that are not drawn: there are too many, or they lead to unknown peers. */
  hiddenArcs = 0;
  at = 0;
  private readonly arcs = new Map<string, Map<number, number>>();
  private readonly byID = new Map<string, number>();

  picture(p: Picture): Delta {
    const old = new Map(this.peers);
    this.peers.clear();
    this.byID.clear();
    this.arcs.clear();
    this.connections.clear();
    this.protocols = p.protocols;
    this.hidden = p.hidden;
    this.hiddenArcs = p.hidden_arcs ?? 0;
    this.at = p.at;
    const delta: Delta = { reset: true, came: [], went: [], pairs: new Set(), connections: new Set() };
    for (const peer of p.peers) {
      this.enter(peer);
      if (!old.delete(peer.n)) delta.came.push(peer);
    }
    for (const peer of old.values()) delta.went.push({ peer, how: "gone" });
    for (const arc of p.arcs) this.setArc(arc, delta);
    for (const [a, b] of p.connections) this.setConnection(a, b, true, delta);
    return delta;
  }

  change(c: Change): Delta {
    const delta: Delta = { reset: false, came: [], went: [], pairs: new Set(), connections: new Set() };
    this.at = c.at;
    if (c.protocols) this.protocols = c.protocols;
    if (c.hidden !== undefined) this.hidden = c.hidden;
    if (c.hidden_arcs !== undefined) this.hiddenArcs = c.hidden_arcs;
    for (const peer of c.came ?? []) {
      if (!this.peers.has(peer.n)) delta.came.push(peer);
      this.enter(peer);
    }
    for (const arc of c.arcs ?? []) this.setArc(arc, delta);
    for (const [a, b, on] of c.connections ?? []) this.setConnection(a, b, on === 1, delta);
    if (c.went?.length) this.exit(c.went, delta);
    return delta;
  }

  /** How many arcs go from one peer to another: of one protocol, or of all (-1). */
  count(pair: string, protocol: number): number {
    const counts = this.arcs.get(pair);
    if (!counts) return 0;
    if (protocol >= 0) return counts.get(protocol) ?? 0;
    let sum = 0;
    for (const n of counts.values()) sum += n;
    return sum;
  }

  pairs(): Iterable<string> {
    return this.arcs.keys();
  }

  total(protocol: number): number {
    let sum = 0;
    for (const pair of this.arcs.keys()) sum += this.count(pair, protocol);
    return sum;
  }

  find(id: string): PeerFrame | undefined {
    const n = this.byID.get(id);
    return n === undefined ? undefined : this.peers.get(n);
  }

  /** A connection that no arc uses: it lingers, or an arc is about to come. */
  idle(link: string): boolean {
    const [a, b] = ends(link);
    return this.connections.has(link) && !this.arcs.has(pairKey(a, b)) && !this.arcs.has(pairKey(b, a));
  }

  private enter(peer: PeerFrame): void {
    this.peers.set(peer.n, peer);
    this.byID.set(peer.id, peer.n);
  }

  // One pass over the arcs, even if many peers go at once.
  private exit(went: { n: number; how: string }[], delta: Delta): void {
    const gone = new Set<number>();
    for (const { n, how } of went) {
      const peer = this.peers.get(n);
      if (!peer) continue;
      this.peers.delete(n);
      if (this.byID.get(peer.id) === n) this.byID.delete(peer.id);
      gone.add(n);
      delta.went.push({ peer, how });
    }
    const touches = (key: string) => ends(key).some((n) => gone.has(n));
    for (const pair of this.arcs.keys()) {
      if (!touches(pair)) continue;
      this.arcs.delete(pair);
      delta.pairs.add(pair);
    }
    for (const link of this.connections) {
      if (!touches(link)) continue;
      this.connections.delete(link);
      delta.connections.add(link);
    }
  }

  // Arcs of peers that are not drawn are left out.
  private setArc([from, to, protocol, count]: ArcFrame, delta: Delta): void {
    if (!this.peers.has(from) || !this.peers.has(to)) return;
    const key = pairKey(from, to);
    const counts = this.arcs.get(key) ?? new Map<number, number>();
    if (count > 0) counts.set(protocol, count);
    else counts.delete(protocol);
    if (counts.size > 0) this.arcs.set(key, counts);
    else this.arcs.delete(key);
    delta.pairs.add(key);
    delta.connections.add(linkKey(from, to));
  }

  private setConnection(a: number, b: number, on: boolean, delta: Delta): void {
    if (!this.peers.has(a) || !this.peers.has(b)) return;
    const key = linkKey(a, b);
    if (on) this.connections.add(key);
    else this.connections.delete(key);
    delta.connections.add(key);
  }
}
