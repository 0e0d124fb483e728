import source from "worker:./layout.worker.ts";
import { perEdge, perNode } from "./cooling";
import type { Places } from "./layout.worker";

export interface Body {
  x: number;
  y: number;
  degree: number;
}

/** The layout, computed in a worker that is made from this bundle itself. */
export class Layout {
  private readonly worker: Worker | undefined;
  private epoch = 0;

  /** onPlaces gets x and y of each body, in the order of the last start. */
  constructor(onPlaces: (places: Float32Array, settled: boolean) => void) {
    try {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      this.worker = new Worker(url);
      this.worker.onmessage = ({ data }: MessageEvent<Places>) => {
        if (data.epoch === this.epoch) onPlaces(data.places, data.settled);
      };
    } catch {
      // There are no workers here, so peers stay at their first places.
      this.worker = undefined;
    }
  }

  /** start lays out these bodies and springs. heat says how much is new, from 0 to 1. */
  start(bodies: Body[], springs: [from: number, to: number, weight: number][], heat: number): void {
    const nodes = new Float32Array(bodies.length * perNode);
    bodies.forEach((body, i) => {
      const at = i * perNode;
      nodes[at] = body.x;
      nodes[at + 1] = body.y;
      nodes[at + 6] = 1 + body.degree; // mass
      nodes[at + 7] = 1; // convergence
      nodes[at + 8] = 1; // size
    });
    const edges = new Float32Array(springs.length * perEdge);
    springs.forEach(([from, to, weight], i) => edges.set([from * perNode, to * perNode, weight], i * perEdge));
    this.epoch++;
    this.worker?.postMessage({ nodes, edges, heat, epoch: this.epoch }, [nodes.buffer, edges.buffer]);
  }
}
