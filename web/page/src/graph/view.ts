import Sigma from "sigma";
import { createEdgeArrowProgram, EdgeRectangleProgram } from "sigma/rendering";
import type { Delta, Overlay } from "../model/overlay";
import { onceAFrame } from "../dom";
import { labels } from "./labels";
import { Layout } from "./layout";
import { approach } from "./motion";
import { calm, onTheme, readPalette } from "./palette";
import { type Edge, type Node, Scene, type View } from "./scene";
import { MarkProgram } from "./shape";

/** From so many arcs on, a frame is drawn at most every `slow` ms. */
const manyArcs = 3000;
const slow = 60;
/** A tap this close to a peer is meant for it (px). */
const reach = { mouse: 12, touch: 26 };

/** Sigma draws at each change of its graph; many changes at once are drawn once. */
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

/** The graph on the page: it draws the scene, moves it as the layout says, and tells what was tapped. */
export class GraphView {
  private readonly scene: Scene;
  private readonly sigma: Batching;
  private readonly layout: Layout;
  private keys: string[] = [];
  private moving = false;
  private framed = false;
  private last = 0;

  /** Throws if the browser has no WebGL. onSelect gets 0 for a tap beside all peers. */
  constructor(container: HTMLElement, overlay: Overlay, private readonly onSelect: (n: number) => void) {
    this.scene = new Scene(overlay, readPalette(), calm);
    const { label, hover } = labels(() => this.scene.palette);
    this.sigma = new Batching(this.scene.graph, container, {
      defaultNodeType: "mark", nodeProgramClasses: { mark: MarkProgram as never },
      edgeProgramClasses: {
        arrow: createEdgeArrowProgram<Node, Edge>({ lengthToThicknessRatio: 5, widenessToThicknessRatio: 3.4 }),
        line: EdgeRectangleProgram,
      },
      defaultDrawNodeLabel: label as never, defaultDrawNodeHover: hover as never,
      labelFont: this.scene.palette.font, labelSize: 12.5, labelWeight: "500", labelRenderedSizeThreshold: 4, labelDensity: 0.6,
      minEdgeThickness: 0.4, stagePadding: 48, zIndex: true, hideLabelsOnMove: false,
      minCameraRatio: 0.05, maxCameraRatio: 3, allowInvalidContainer: true,
    });
    this.layout = new Layout((places) => this.goals(places));
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
    const share = (delta.pairs.size + 3 * delta.came.length) / Math.max(1, before);
    if (delta.reset ? delta.came.length > 0 : share > 0) this.arrange(before === 0 ? 1 : Math.min(0.6, 0.06 + share));
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
    this.sigma.scheduleRefresh();
  }

  private readonly repaint = onceAFrame(() => this.sigma.batch(() => this.scene.paint(performance.now())));

  // Lays out what is drawn: each pair counts once a direction; what fades out no longer pulls.
  private arrange(heat: number): void {
    const { graph } = this.scene;
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

  private goals(places: Float32Array): void {
    const { graph } = this.scene;
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
      const elapsed = now - this.last;
      if (this.scene.graph.size <= manyArcs || elapsed >= slow) {
        this.last = now;
        this.frame(now, Math.min(elapsed, 100));
      }
      this.animate();
    });
  }

  private frame(now: number, elapsed: number): void {
    const { graph, fades } = this.scene;
    const ended = fades.over(now);
    const fading = fades.active || ended.length > 0;
    const nodes = graph.nodes().map((key) => graph.getNodeAttributes(key));
    const extent = 20 * Math.sqrt(nodes.length + 4);
    this.moving = approach(nodes, calm() ? Infinity : elapsed, extent);
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
