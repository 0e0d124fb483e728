import { mix, type Palette } from "./palette";

interface Fade {
  what: "node" | "edge";
  way: "in" | "out";
  since: number;
}

/** How long a change shows (ms). */
const length = { in: 1400, out: 700 };
/** A newcomer grows to its size in this time. */
const growth = 450;

/** The elements that have just come or are going, with their progress. */
export class Fades {
  private readonly all = new Map<string, Fade>();

  get active(): boolean {
    return this.all.size > 0;
  }

  begin(key: string, what: "node" | "edge", way: "in" | "out", now: number): void {
    if (this.all.get(key)?.way !== way) this.all.set(key, { what, way, since: now });
  }

  cancel(key: string): void {
    this.all.delete(key);
  }

  clear(): void {
    this.all.clear();
  }

  /** over ends the fades whose time is over, and returns the elements to drop. */
  over(now: number): { key: string; what: "node" | "edge" }[] {
    const ended: { key: string; what: "node" | "edge" }[] = [];
    for (const [key, { what, way, since }] of this.all) {
      if (now - since < length[way]) continue;
      this.all.delete(key);
      if (way === "out") ended.push({ key, what });
    }
    return ended;
  }

  /** A new arc fades from the fresh colour to its own. An arc that goes fades to that of the paper. */
  edge(key: string, color: string, fresh: string, palette: Palette, now: number): string {
    const fade = this.all.get(key);
    if (!fade) return color;
    const t = (now - fade.since) / length[fade.way];
    return fade.way === "in" ? mix(fresh, color, t * t) : mix(color, palette.paper, t);
  }

  node(key: string, color: string, palette: Palette, now: number): string {
    const fade = this.all.get(key);
    if (fade?.way !== "out") return color;
    return mix(palette.gone, palette.paper, (now - fade.since) / length.out);
  }

  size(key: string, size: number, now: number): number {
    const fade = this.all.get(key);
    if (!fade) return size;
    const t = Math.min(1, (now - fade.since) / (fade.way === "in" ? growth : length.out));
    return size * (fade.way === "in" ? 0.2 + 0.8 * t : 1 - 0.5 * t);
  }
}
