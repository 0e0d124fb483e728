// The layout's worker: ForceAtlas2 in short turns, until it has settled.
import iterate from "graphology-layout-forceatlas2/iterate.js";
import { Cooling, perNode, type Job } from "./cooling";

/** The length of a turn (ms). It rests after that, so that it never uses a whole core. */
const turn = 12;
const rest = 8;
/** Places are sent at most this often (ms). */
const often = 50;

export interface Places {
  epoch: number;
  places: Float32Array;
  settled: boolean;
}

interface Scope {
  onmessage: ((event: MessageEvent<Job & { epoch: number }>) => void) | null;
  postMessage(message: Places, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
let epoch = 0;
let timer = 0;
let sent = 0;

const cooling = new Cooling((nodes, edges) => {
  const order = nodes.length / perNode;
  iterate(
    {
      linLogMode: false, outboundAttractionDistribution: false, adjustSizes: false, edgeWeightInfluence: 1,
      scalingRatio: 12, strongGravityMode: true, gravity: 0.12, slowDown: 4,
      barnesHutOptimize: order > 400, barnesHutTheta: 1.1,
    },
    nodes, edges,
  );
});

scope.onmessage = ({ data }) => {
  epoch = data.epoch;
  cooling.take(data);
  clearTimeout(timer);
  work();
};

function work(): void {
  const until = performance.now() + turn;
  do cooling.advance();
  while (!cooling.settled && performance.now() < until);
  const now = performance.now();
  if (cooling.settled || now - sent >= often) {
    sent = now;
    const places = cooling.places();
    scope.postMessage({ epoch, places, settled: cooling.settled }, [places.buffer]);
  }
  if (!cooling.settled) timer = setTimeout(work, rest) as unknown as number;
}
