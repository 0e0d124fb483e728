import Sigma from "sigma";
import { createEdgeArrowProgram, EdgeLineProgram, EdgeRectangleProgram } from "sigma/rendering";
import type { Delta, Overlay } from "../model/overlay";
import { onceAFrame } from "../dom";
import { labels } from "./labels";
import { Layout } from "./layout";
import { Framing } from "./framing";
import { approach } from "./motion";
import { calm, onTheme, readPalette } from "./palette";
import { type Edge, type Node, Scene, type View } from "./scene";
import { MarkProgram } from "./shape";

/** Drawing takes at most this share of the time, so that the page stays usable without a graphics card. */
const share = 1 / 3;
/** A screen shows no more than two frames in this time (ms). */
const cheap = 50;
/** A frame that was drawn this late (ms) says nothing of the cost of drawing: the page was hidden. */
const tooLate = 5000;
/** With reduced motion, peers move to their places when the layout has settled, or after this time (ms). */
const calmer = 4000;
/** The share of arcs that must change before a new layout begins. */
const worth = 0.015;
/** A tap this close to a peer is meant for it (px). */
const reach = { mouse: 12, touch: 26 };

/** Sigma draws after each change of its graph. Batching draws several changes at once. */
class Batching extends Sigma<Node, Edge> {
  private held = false;

  batch(changes: () => void): void {
    this.held = true;
    changes();
    this.held = false;
    this.refresh();
  }

  override refresh(options?: Parameters<Sigma<Node, Edge>["refresh"]>[0]): this {
    return this.held ? this : super.refresh(options);
  }
}

/** The graph on the page. It draws the scene, moves it as the layout says, and reports taps. */
export class GraphView {
  private readonly scene: Scene;
  private readonly sigma: Batching;
  private readonly layout: Layout;
  private readonly framing = new Framing();
  private keys: string[] = [];
  private moving = false;
  private framed = false;
  private last = 0;
  private due = 0;
  private placed = 0;
  private news = 0; // how much changed since the last layout, as a share of the arcs

  /** Throws if the browser has no WebGL. onSelect gets 0 for a tap beside all peers. */
  constructor(container: HTMLElement, overlay: Overlay, private readonly onSelect: (n: number) => void) {
    // A hidden page draws no frames, so nothing there could end a fade.
    this.scene = new Scene(overlay, readPalette(), () => calm() || document.hidden);
    const { label, hover } = labels(() => this.scene.palette);
    this.sigma = new Batching(this.scene.graph, container, {
      defaultNodeType: "mark", nodeProgramClasses: { mark: MarkProgram as never },
      // In the order of drawing: the most visible edges come last.
      edgeProgramClasses: {
        thin: EdgeLineProgram,
        plain: EdgeRectangleProgram,
        headed: createEdgeArrowProgram<Node, Edge>({ lengthToThicknessRatio: 5, widenessToThicknessRatio: 3.4 }),
      },
      defaultEdgeType: "plain",
      defaultDrawNodeLabel: label as never, defaultDrawNodeHover: hover as never,
      labelFont: this.scene.palette.font, labelSize: 12.5, labelWeight: "500", labelRenderedSizeThreshold: 4, labelDensity: 0.6,
      minEdgeThickness: 0.4, stagePadding: 0, zIndex: true, hideLabelsOnMove: false,
      minCameraRatio: 0.05, maxCameraRatio: 3, allowInvalidContainer: true,
    });
    this.layout = new Layout((places, settled) => this.goals(places, settled));
    this.listen();
    onTheme(() => {
      this.scene.palette = readPalette();
      this.repaint();
    });
  }

  apply(delta: Delta): void {
    const { graph } = this.scene;
    const before = graph.size;
    this.sigma.batch(() => this.scene.apply(delta, performance.now()));
    this.news += (delta.pairs.size + 3 * delta.came.length) / Math.max(1, before);
    if (delta.reset && delta.came.length > 0 && before === 0) this.arrange(1);
    else if (this.news >= worth) this.arrange(Math.min(0.6, 0.04 + this.news));
    this.animate();
  }

  choose(view: Partial<View>): void {
    const arcs = view.protocol !== undefined && view.protocol !== this.scene.view.protocol;
    this.sigma.batch(() => this.scene.choose(view, performance.now()));
    if (arcs) this.arrange(0.4);
  }

  zoom(step: "in" | "out" | "fit"): void {
    const camera = this.sigma.getCamera();
    const options = { duration: calm() ? 0 : 200 };
    if (step === "fit") void camera.animatedReset(options);
    else if (step === "in") void camera.animatedZoom(options);
    else void camera.animatedUnzoom(options);
  }

  resized(): void {
    this.sigma.resize();
    const { width, height } = this.sigma.getDimensions();
    this.scene.room = Math.min(width, height);
    this.moving = true;
    this.repaint();
    this.animate();
  }

  private readonly repaint = onceAFrame(() => this.sigma.batch(() => this.scene.paint(performance.now())));

  // Lays out the drawn elements. Each pair counts once in each direction. Elements that fade out do not pull.
  private arrange(heat: number): void {
    const { graph } = this.scene;
    this.news = 0;
    this.keys = graph.nodes();
    const index = new Map(this.keys.map((key, i) => [key, i]));
    const bodies = this.keys.map((key) => {
      const { x, y } = graph.getNodeAttributes(key);
      return { x, y, degree: graph.degree(key) };
    });
    const springs: [number, number, number][] = [];
    graph.forEachDirectedEdge((_, __, from, to) => springs.push([index.get(from) as number, index.get(to) as number, 1]));
    this.layout.start(bodies, springs, heat);
  }

  private goals(places: Float32Array, settled: boolean): void {
    const { graph } = this.scene;
    const now = performance.now();
    if (calm() && !settled && now - this.placed < calmer) return;
    this.placed = now;
    this.keys.forEach((key, i) => {
      if (!graph.hasNode(key)) return;
      const node = graph.getNodeAttributes(key);
      node.goalX = places[2 * i] as number;
      node.goalY = places[2 * i + 1] as number;
    });
    this.moving = true;
    this.animate();
  }

  // Draws frames for as long as something moves or fades, and then stops.
  private animate(): void {
    if (this.framed || !(this.moving || this.scene.fades.active)) return;
    this.framed = true;
    requestAnimationFrame((now) => {
      this.framed = false;
      if (now >= this.due) {
        const elapsed = now - this.last;
        this.last = now;
        this.frame(now, Math.min(elapsed, 250));
        this.rest(now);
      }
      this.animate();
    });
  }

  // The browser prepares a frame while another is drawn. So the time when it asks for the
  // second frame after this one tells how long this one took to draw.
  private rest(began: number): void {
    this.due = Infinity;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const cost = performance.now() - began;
        this.due = cost < cheap || cost > tooLate ? 0 : performance.now() + cost * (1 / share - 1);
      }),
    );
  }

  private frame(now: number, elapsed: number): void {
    const { graph, fades } = this.scene;
    const ended = fades.over(now);
    const fading = fades.active || ended.length > 0;
    const nodes = graph.nodes().map((key) => graph.getNodeAttributes(key));
    const extent = 20 * Math.sqrt(nodes.length + 4);
    this.moving = approach(nodes, calm() ? Infinity : elapsed, extent);
    this.sigma.setCustomBBox(this.framing.around(nodes, this.sigma.getDimensions()));
    if (fading) {
      this.sigma.batch(() => {
        for (const { key, what } of ended) this.scene.drop(key, what);
        this.scene.paint(now);
      });
    } else this.sigma.refresh({ partialGraph: { nodes: [], edges: [] }, skipIndexation: false });
  }

  private listen(): void {
    this.sigma.on("clickNode", ({ node }) => this.onSelect(Number(node)));
    this.sigma.on("clickStage", ({ event }) => {
      const touch = "touches" in event.original || (event.original as PointerEvent).pointerType === "touch";
      this.onSelect(this.nearest(event.x, event.y, touch ? reach.touch : reach.mouse));
    });
    const container = this.sigma.getContainer();
    this.sigma.on("enterNode", () => container.classList.add("pointing"));
    this.sigma.on("leaveNode", () => container.classList.remove("pointing"));
  }

  private nearest(x: number, y: number, within: number): number {
    let found = 0;
    let best = within;
    this.scene.graph.forEachNode((key, node) => {
      const at = this.sigma.graphToViewport(node);
      const distance = Math.hypot(at.x - x, at.y - y) - node.size;
      if (distance >= best) return;
      best = distance;
      found = Number(key);
    });
    return found;
  }
}
