/** Something with a place in the drawing, and where it should be. */
export interface Moving {
  x: number;
  y: number;
  goalX: number;
  goalY: number;
}

/** The part of the drawing's width below which a node goes directly to its place. */
const near = 0.0004;

/**
 * approach moves each element by a share of its way, the same per second at any frame
 * rate. It returns whether any is still under way.
 */
export function approach(all: Iterable<Moving>, elapsed: number, extent: number): boolean {
  const share = 1 - Math.exp(-elapsed / 160);
  const close = near * extent;
  let moving = false;
  for (const one of all) {
    const dx = one.goalX - one.x;
    const dy = one.goalY - one.y;
    if (Math.abs(dx) + Math.abs(dy) < close) {
      one.x = one.goalX;
      one.y = one.goalY;
      continue;
    }
    one.x += dx * share;
    one.y += dy * share;
    moving = true;
  }
  return moving;
}

/** Where a newcomer starts: beside its neighbours, or somewhere on the disc. */
export function birthplace(neighbors: Moving[], radius: number, random: () => number = Math.random): { x: number; y: number } {
  const angle = 2 * Math.PI * random();
  if (neighbors.length === 0) {
    const r = radius * Math.sqrt(random());
    return { x: r * Math.cos(angle), y: r * Math.sin(angle) };
  }
  const mean = (pick: (m: Moving) => number) => neighbors.reduce((sum, m) => sum + pick(m), 0) / neighbors.length;
  const aside = radius * 0.08;
  return { x: mean((m) => m.goalX) + aside * Math.cos(angle), y: mean((m) => m.goalY) + aside * Math.sin(angle) };
}
