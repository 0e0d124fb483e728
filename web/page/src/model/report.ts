// The report of a tab that is a peer to the server.

import type { Arc, Snapshot } from "../../../npm/index.js";

/** A report is sent at most this often, when something changed. */
export const soonest = 500;
/** A report is sent at least this often, so that the server knows the tab lives. */
export const latest = 5000;
/** More neighbours or counters than this are left out: a frame has at most 64 KiB. */
const mostListed = 200;

export function report(name: string, s: Snapshot) {
  const list = (peers: readonly string[]) => peers.slice(0, mostListed);
  const side = (view: readonly Arc[]) => view.slice(0, mostListed).map((v) => [v.peer, v.count] as const);
  const views = Object.entries(s.views).map(([protocol, v]) => [protocol, { out: side(v.out), in: side(v.in) }] as const);
  return {
    id: s.id,
    name,
    views: Object.fromEntries(views),
    connections: list(s.connections),
    lingering: list(s.lingering),
    pending: list(s.pending),
    counters: Object.fromEntries(Object.entries(s.counters).slice(0, mostListed)),
  };
}

/** Reporter decides when a report is due. */
export class Reporter {
  private last = "";
  private at = -Infinity;

  /** due says whether this report should be sent now, and takes it as sent. */
  due(report: { counters: unknown }, now: number): boolean {
    // Counters grow all the time. If only they changed, the report waits for the latest moment.
    const seen = JSON.stringify({ ...report, counters: undefined });
    const wait = seen === this.last ? latest : soonest;
    if (now - this.at < wait) return false;
    this.last = seen;
    this.at = now;
    return true;
  }

  /** reset is for a new server, which has no report yet. */
  reset(): void {
    this.last = "";
    this.at = -Infinity;
  }
}
