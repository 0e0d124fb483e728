// The applications of this tab. The service runs the same: name, content and delivery
// are what two peers have to agree on.
export const applications = [
  { use: "messages", name: "chat", content: "text", delivery: "ordered" },
  { use: "messages", name: "board", content: "bytes", delivery: "lossy" },
  { use: "unicast", name: "clock", over: "chat" }, // requests and replies
];

export const names = applications.map((a) => a.name);

/** The arcs of a snapshot, one object for each application, peer and direction. */
export function arcsOf({ views }) {
  return names.flatMap((application) => ["out", "in"].flatMap((dir) =>
    (views[application]?.[dir] ?? []).map(({ peer, count }) => ({ application, peer, dir, count }))));
}

/** Ends all arcs of an application: those that this tab opened, and those opened to it. */
export async function closeAll(peer, application) {
  const { views } = await peer.snapshot();
  const protocol = peer.protocol(application);
  for (const { peer: other, count } of views[application].out) {
    for (let i = 0; i < count; i++) await protocol.close(other);
  }
  for (const { peer: other } of views[application].in) await protocol.drop(other);
}

/** What people call a peer. */
export const short = (id) => id.slice(0, 6);
