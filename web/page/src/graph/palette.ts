// The graph's colours come from the style sheet, so that light and dark are defined in one place.

export interface Palette {
  paper: string;
  ink: string;
  muted: string;
  go: string;
  tab: string;
  arc: string;
  fresh: string;
  out: string;
  in: string;
  link: string;
  gone: string;
  font: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: read("graph"), ink: read("ink"), muted: read("muted"), go: read("go"), tab: read("tab"), arc: read("arc"),
    fresh: read("fresh"), out: read("out"), in: read("in"), link: read("link"), gone: read("gone"), font: read("font"),
  };
}

/** onTheme calls when the system changes between light and dark. */
export function onTheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

type RGB = [number, number, number];

function rgb(hex: string): RGB {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** mix returns the colour at a share of the way from one #rrggbb to another. It has 16 steps, because sigma keeps each colour. */
export function mix(from: string, to: string, share: number): string {
  const s = Math.round(Math.min(1, Math.max(0, share)) * 16) / 16;
  if (s === 0) return from;
  if (s === 1) return to;
  const key = `${from}${to}${s}`;
  let mixed = mixtures.get(key);
  if (mixed === undefined) {
    const [a, b] = [rgb(from), rgb(to)];
    mixed = `#${a.map((x, i) => Math.round(x + s * ((b[i] as number) - x)).toString(16).padStart(2, "0")).join("")}`;
    mixtures.set(key, mixed);
  }
  return mixed;
}

/** veil makes a colour transparent. The result is premultiplied, as sigma blends. */
export function veil(color: string, share: number): string {
  const key = `${color}/${share}`;
  let veiled = mixtures.get(key);
  if (veiled === undefined) {
    veiled = `#${[...rgb(color).map((x) => x * share), 255 * share].map((x) => Math.round(x).toString(16).padStart(2, "0")).join("")}`;
    mixtures.set(key, veiled);
  }
  return veiled;
}

// A dozen colours in 16 steps give a few thousand mixtures at most.
const mixtures = new Map<string, string>();
