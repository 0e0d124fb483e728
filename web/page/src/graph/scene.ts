import Graph from "graphology";
import { called } from "../model/format";
import type { PeerFrame } from "../model/frames";
import { ends, type Delta, type Overlay } from "../model/overlay";
import { Fades } from "./fades";
import { birthplace, type Moving } from "./motion";
import { mix, type Palette, veil } from "./palette";
import type { Mark } from "./shape";

export interface Node extends Moving, Mark {
  peer: PeerFrame;
  size: number;
  color: string;
  label: string;
  forceLabel: boolean;
  highlighted: boolean; // drawn over all others
  zIndex: number;
  type: "mark";
}

export interface Edge {
  size: number;
  color: string;
  type: "thin" | "plain" | "headed";
  zIndex: number;
  link: boolean;
}

/** The user's choice of what is shown. */
export interface View {
  protocol: number; // -1: all
  links: boolean;
  selected: number;
  self: number;
  lingering: number[];
}

/** With this many arcs or more, only those of the selected peer have arrow heads. */
const manyArcs = 3000;
/** More changes than this at once are shown without fading. */
const manyFades = 1200;

/** The drawing: a graph whose nodes and edges show the overlay. */
export class Scene {
  readonly graph = new Graph<Node, Edge>({ type: "mixed" });
  readonly fades = new Fades();
  /** The smaller side of the drawing (px). The size of the marks depends on it. */
  room = 700;
  view: View = { protocol: -1, links: false, selected: 0, self: 0, lingering: [] };

  constructor(
    readonly overlay: Overlay,
    public palette: Palette,
    private readonly still: () => boolean,
  ) {}

  /** apply updates the drawing after a picture or change of the feed. */
  apply(delta: Delta, now: number): void {
    const fade = !this.still() && !delta.reset && delta.pairs.size + delta.came.length + delta.went.length < manyFades;
    const { graph, overlay } = this;
    if (delta.reset) this.forget();
    for (const { peer } of delta.went) this.end(String(peer.n), "node", fade, now);
    const neighbors = delta.came.length > 0 ? this.neighborsOf(delta) : undefined;
    for (const peer of delta.reset ? overlay.peers.values() : delta.came) {
      const key = String(peer.n);
      if (graph.hasNode(key)) {
        graph.mergeNodeAttributes(key, { peer });
        this.fades.cancel(key);
        continue;
      }
      const near = (neighbors?.get(peer.n) ?? []).filter((n) => graph.hasNode(n)).map((n) => graph.getNodeAttributes(n));
      const place = birthplace(near, 10 * Math.sqrt(overlay.peers.size + 4));
      graph.addNode(key, { ...place, goalX: place.x, goalY: place.y, ...this.bare(peer) });
      if (fade) this.fades.begin(key, "node", "in", now);
    }
    for (const pair of delta.reset ? overlay.pairs() : delta.pairs) this.syncPair(pair, fade, now);
    for (const link of delta.reset ? overlay.connections : delta.connections) this.syncLink(link);
    this.paint(now);
  }

  /** choose changes what is shown. */
  choose(view: Partial<View>, now: number): void {
    const before = this.view;
    this.view = { ...before, ...view };
    if (this.view.protocol !== before.protocol) {
      this.graph.forEachDirectedEdge((key) => this.syncPair(key, false, now));
      for (const pair of this.overlay.pairs()) this.syncPair(pair, false, now);
    }
    const wanted = new Set([...this.overlay.connections].filter((link) => this.showsLink(link)));
    this.graph.forEachUndirectedEdge((key) => wanted.has(key) || this.graph.dropEdge(key));
    for (const link of wanted) this.syncLink(link);
    this.paint(now);
  }

  /** paint gives every node and edge its look. */
  paint(now: number): void {
    const { graph, view, palette } = this;
    const selected = graph.hasNode(String(view.selected)) ? String(view.selected) : "";
    const around = new Set(selected ? graph.neighbors(selected) : []);
    const base = Math.min(11, Math.max(2.8, 42 / Math.sqrt(graph.order + 1))) * Math.min(1, Math.max(0.5, this.room / 640));
    const few = graph.order <= this.room / 20; // then names do not cover each other
    graph.forEachNode((key, node) => {
      const { kind, n } = node.peer;
      const self = n === view.self;
      const close = !selected || key === selected || around.has(key);
      const color = kind === "tab" ? palette.tab : palette.go;
      node.square = kind === "tab";
      node.ring = self || key === selected;
      node.paper = palette.paper;
      node.color = this.fades.node(key, close ? color : mix(palette.paper, color, 0.3), palette, now);
      node.size = this.fades.size(key, base * (self ? 1.35 : key === selected ? 1.25 : 1), now);
      node.label = self ? `${called(node.peer)} (this tab)` : called(node.peer);
      node.forceLabel = self || key === selected || few || (close && selected !== "" && around.size <= 24);
      node.highlighted = key === selected;
      if (selected && !close) node.label = self ? node.label : "";
      node.zIndex = key === selected || self ? 2 : close && selected ? 1 : 0;
    });
    const many = graph.size > manyArcs;
    graph.forEachEdge((key, edge, source, target) => this.paintEdge(key, edge, source, target, selected, many, now));
  }

  private paintEdge(key: string, edge: Edge, source: string, target: string, selected: string, many: boolean, now: number): void {
    const { palette } = this;
    const out = source === selected;
    const near = selected !== "" && (out || target === selected);
    edge.zIndex = near ? 1 : 0;
    edge.type = many && !near ? "thin" : edge.link ? "plain" : "headed";
    edge.size = near ? 2.4 : many ? 0.7 : this.graph.size > 300 ? 1.1 : 1.8;
    let color = edge.link ? palette.link : palette.arc;
    if (near && !edge.link) color = out ? palette.out : palette.in;
    if (selected && !near) color = mix(palette.paper, color, 0.35);
    color = this.fades.edge(key, color, near || selected ? color : palette.fresh, palette, now);
    // Where thousands of arcs cross, each is transparent, so that the crossings show.
    edge.color = many && !near ? veil(color, selected ? 0.25 : color === palette.arc ? 0.16 : 0.45) : color;
  }

  private bare(peer: PeerFrame): Omit<Node, keyof Moving> {
    return { peer, type: "mark", size: 1, color: this.palette.go, label: "", forceLabel: false, highlighted: false, zIndex: 0, square: false, ring: false, paper: this.palette.paper };
  }

  private syncPair(pair: string, fade: boolean, now: number): void {
    const { graph, overlay } = this;
    const [from, to] = ends(pair).map(String) as [string, string];
    if (overlay.count(pair, this.view.protocol) === 0) return this.end(pair, "edge", fade, now);
    if (graph.hasEdge(pair)) return this.fades.cancel(pair);
    if (!graph.hasNode(from) || !graph.hasNode(to)) return;
    graph.addDirectedEdgeWithKey(pair, from, to, { size: 1, color: this.palette.arc, type: "headed", zIndex: 0, link: false });
    if (fade) this.fades.begin(pair, "edge", "in", now);
  }

  private syncLink(link: string): void {
    const { graph } = this;
    if (!this.showsLink(link)) {
      if (graph.hasEdge(link)) graph.dropEdge(link);
      return;
    }
    const [a, b] = ends(link).map(String) as [string, string];
    if (graph.hasEdge(link) || !graph.hasNode(a) || !graph.hasNode(b)) return;
    graph.addUndirectedEdgeWithKey(link, a, b, { size: 1, color: this.palette.link, type: "plain", zIndex: 0, link: true });
  }

  // Connections without arcs are shown on request. Lingering ones of the selected peer are always shown.
  private showsLink(link: string): boolean {
    const { selected, lingering, links } = this.view;
    if (!this.overlay.idle(link)) return false;
    if (links) return true;
    const [a, b] = ends(link);
    return (a === selected && lingering.includes(b)) || (b === selected && lingering.includes(a));
  }

  private end(key: string, what: "node" | "edge", fade: boolean, now: number): void {
    const there = what === "node" ? this.graph.hasNode(key) : this.graph.hasEdge(key);
    if (!there) return;
    if (fade) this.fades.begin(key, what, "out", now);
    else this.drop(key, what);
  }

  /** drop removes an element after its fade, or at once if it does not fade. */
  drop(key: string, what: "node" | "edge"): void {
    this.fades.cancel(key);
    if (what === "node" && this.graph.hasNode(key)) this.graph.dropNode(key);
    if (what === "edge" && this.graph.hasEdge(key)) this.graph.dropEdge(key);
  }

  // Before a new picture, elements that it does not have go at once.
  private forget(): void {
    const { graph, overlay } = this;
    this.fades.clear();
    for (const key of graph.nodes()) if (!overlay.peers.has(Number(key))) graph.dropNode(key);
    for (const key of graph.directedEdges()) if (overlay.count(key, this.view.protocol) === 0) graph.dropEdge(key);
    for (const key of graph.undirectedEdges()) if (!this.showsLink(key)) graph.dropEdge(key);
  }

  private neighborsOf(delta: Delta): Map<number, string[]> {
    const found = new Map<number, string[]>();
    for (const pair of delta.pairs) {
      const [a, b] = ends(pair);
      found.set(a, [...(found.get(a) ?? []), String(b)]);
      found.set(b, [...(found.get(b) ?? []), String(a)]);
    }
    return found;
  }
}
