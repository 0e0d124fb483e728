/** The heat below which a layout is cold: nothing moves, and nothing is computed. */
const cold = 0.004;
const decay = { few: 0.97, many: 0.94 };
/** With this many peers or more, a layout gets fewer steps. */
const many = 400;
/** Full steps before the first layout starts to cool. */
const warmUp = 120;

/** A job of the worker: FA2's matrices, and how much must be rearranged (0 to 1). */
export interface Job {
  nodes: Float32Array;
  edges: Float32Array;
  heat: number;
}

export type Step = (nodes: Float32Array, edges: Float32Array) => void;

/** How many numbers a node has in FA2's matrix. The first two are its place. */
export const perNode = 10;
export const perEdge = 3;

/**
 * Cooling makes ForceAtlas2 settle, which never comes to rest by itself. A step moves each
 * node by a share of its way that the present heat allows, and the heat decays.
 */
export class Cooling {
  nodes: Float32Array = new Float32Array();
  private edges: Float32Array = new Float32Array();
  private before = new Float32Array();
  private heat = 0;
  private warm = 0;

  constructor(private readonly step: Step) {}

  get settled(): boolean {
    return this.heat < cold;
  }

  /** take starts with a graph. It keeps the heat that is left of the last one. */
  take(job: Job): void {
    this.nodes = job.nodes;
    this.edges = job.edges;
    this.before = new Float32Array((job.nodes.length / perNode) * 2);
    this.heat = Math.min(1, Math.max(this.heat, job.heat));
    if (job.heat >= 1) this.warm = warmUp;
  }

  advance(): void {
    const { nodes, before } = this;
    for (let i = 0, j = 0; i < nodes.length; i += perNode) {
      before[j++] = nodes[i] as number;
      before[j++] = nodes[i + 1] as number;
    }
    this.step(nodes, this.edges);
    for (let i = 0, j = 0; i < nodes.length; i += perNode) {
      for (const k of [i, i + 1]) {
        const old = before[j++] as number;
        const moved = old + this.heat * ((nodes[k] as number) - old);
        nodes[k] = Number.isFinite(moved) ? moved : old;
      }
    }
    if (this.warm > 0) this.warm--;
    else this.heat *= nodes.length / perNode < many ? decay.few : decay.many;
  }

  places(): Float32Array {
    const places = new Float32Array((this.nodes.length / perNode) * 2);
    for (let i = 0, j = 0; i < this.nodes.length; i += perNode) {
      places[j++] = this.nodes[i] as number;
      places[j++] = this.nodes[i + 1] as number;
    }
    return places;
  }
}
