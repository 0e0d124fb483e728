import type { Sample } from "./frames";

/** Ten minutes of a sample each second. */
export const most = 600;

export type Column = "peers" | "tabs" | "go" | "arcs" | "mean" | "min" | "max" | "messages" | "setups";

/** The samples as columns, as a chart needs them. Times are in seconds. */
export class Series {
  readonly at: number[] = [];
  private readonly columns: Record<Column, number[]> = {
    peers: [], tabs: [], go: [], arcs: [], mean: [], min: [], max: [], messages: [], setups: [],
  };

  replace(samples: Sample[]): void {
    this.at.length = 0;
    for (const column of Object.values(this.columns)) column.length = 0;
    for (const sample of samples.slice(-most)) this.add(sample);
  }

  /** add adds the next sample. It ignores one that is not later than the last. */
  add(s: Sample): void {
    const at = s.at / 1000;
    const last = this.at[this.at.length - 1];
    if (last !== undefined && at <= last) return;
    this.at.push(at);
    const row: Record<Column, number> = {
      peers: s.peers, tabs: s.tabs, go: s.peers - s.tabs, arcs: s.arcs,
      mean: s.view.mean, min: s.view.min, max: s.view.max, messages: s.messages, setups: s.setups,
    };
    for (const [name, value] of Object.entries(row)) this.columns[name as Column].push(value);
    if (this.at.length <= most) return;
    this.at.shift();
    for (const column of Object.values(this.columns)) column.shift();
  }

  column(name: Column): number[] {
    return this.columns[name];
  }

  last(name: Column): number | undefined {
    return this.columns[name][this.at.length - 1];
  }
}
