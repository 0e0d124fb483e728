// The hues of peers other than this tab and the service, in the order in which they appear.
const others = [280, 150, 340, 95, 55, 250, 180, 310];
const known = new Map();
let next = 0;

/** The service is blue and this tab orange, as in the picture. */
export function nameHues(self, service) {
  known.set(self, 24).set(service, 203);
}

/** The hue of a peer, the same wherever this page shows it. */
export function hueOf(peer) {
  if (!known.has(peer)) {
    if (known.size >= 256) return others[0];
    known.set(peer, others[next++ % others.length]);
  }
  return known.get(peer);
}
