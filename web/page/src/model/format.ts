// The form of numbers, times and names. It is British English, independent of the locale
// of the browser, so that the page is the same everywhere.

/** 1234567 as "1,234,567". */
export function whole(n: number): string {
  return Math.round(n).toLocaleString("en-GB");
}

/** A rate or a mean: one decimal below 100, none above. */
export function rough(n: number): string {
  return n < 100 ? (Math.round(n * 10) / 10).toLocaleString("en-GB") : whole(n);
}

export function counted(n: number, one: string, many = `${one}s`): string {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A wait or a measured time, given in milliseconds. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** The time of day, to the second, of milliseconds since the epoch. */
export function clock(at: number): string {
  const d = new Date(at);
  return [d.getHours(), d.getMinutes(), d.getSeconds()].map((x) => String(x).padStart(2, "0")).join(":");
}

/** The start of a peer's id, enough to tell it from others at sight. */
export function short(id: string): string {
  return id.slice(0, 6);
}

/** What a peer is called: by its name, or by the start of its id. */
export function called(peer: { id: string; name: string }): string {
  return peer.name || short(peer.id);
}

/** "arcs_refused" or "spray.shuffles" as words. */
export function words(counter: string): string {
  return counter.replaceAll("_", " ");
}
