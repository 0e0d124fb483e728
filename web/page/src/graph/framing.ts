/** The space (px) at the edges of the drawing for controls above, the legend below, and names that extend to the right. */
const margins = { top: 62, right: 84, bottom: 58, left: 34 };

interface Place {
  x: number;
  y: number;
}

export interface Box {
  x: [number, number];
  y: [number, number];
}

/**
 * Framing computes which part of the plane to show, so that all peers are inside the free
 * space. It follows slowly, so that one peer at the rim does not shake the rest.
 */
export class Framing {
  private last: [left: number, right: number, bottom: number, top: number] | undefined;

  around(places: Place[], view: { width: number; height: number }): Box {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of places) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = Math.max(top, y);
    }
    if (left > right) [left, right, bottom, top] = [-1, 1, -1, 1];
    const now = [left, right, bottom, top] as const;
    this.last = this.last ? (this.last.map((old, i) => follow(old, now[i] as number, i % 2 === 0)) as typeof this.last) : [...now];
    return fit(this.last, view);
  }
}

// It follows outwards at once, because no peer may be outside, and inwards slowly.
function follow(old: number, now: number, low: boolean): number {
  const outside = low ? now < old : now > old;
  return outside ? now : old + (now - old) * 0.06;
}

function fit([left, right, bottom, top]: [number, number, number, number], view: { width: number; height: number }): Box {
  const small = Math.min(1, view.width / 700);
  const [l, r, t, b] = [margins.left * small, margins.right * small, margins.top, margins.bottom * Math.min(1, view.height / 300)];
  const free = { width: Math.max(40, view.width - l - r), height: Math.max(40, view.height - t - b) };
  // Units of the plane a pixel; a single peer is not blown up to fill the view.
  const unit = Math.max((right - left) / free.width, (top - bottom) / free.height, 0.025);
  const x = (left + right) / 2 + ((r - l) / 2) * unit;
  const y = (bottom + top) / 2 + ((t - b) / 2) * unit;
  const [w, h] = [(view.width / 2) * unit, (view.height / 2) * unit];
  return { x: [x - w, x + w], y: [y - h, y + h] };
}
