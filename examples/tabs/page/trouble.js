// What to do about an error, by its code. What happened is in its message.
const todo = {
  program: "Is it still running? Start it again: go run ./examples/tabs",
  unsupported: "Current versions of Chrome, Edge, Firefox and Safari have it.",
  load: "Look at the terminal in which the program runs: it says why it could not build the peer. Then try again.",
  unknown_peer: "The service is not in the room. Is the program still running? Start it again: go run ./examples/tabs",
  not_neighbour: "There is no connection to that peer. Switch one of the applications on first.",
  no_protocol: "The other peer does not run this application. Reload the page, in case the program is a newer one.",
  no_arc: "It is closed already.",
  timeout: "No answer came in time. Try again; if it goes on, look whether a firewall stops UDP.",
  refused: "The other side does not want it.",
  full: "Too much is under way, here or there. Wait a moment, then try again.",
  rate: "That was too fast. Wait a moment, then try again.",
  too_big: "It is too long. Send less at a time.",
  closed: "The connection or the peer has ended. Try again, or reload the page.",
};

/** Words for an error: its code, what happened, what to do. */
export function explain(error) {
  const code = error?.code ?? "";
  const what = String(error?.message ?? error).trim().replace(/\.$/, "");
  return { code, what: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, todo: todo[code] ?? "Try again, or reload the page; the browser's console may say more." };
}

const place = document.getElementById("trouble");

/** Shows what went wrong with something, until the next time. */
export function show(doing, error) {
  const { code, what, todo } = explain(error);
  const name = document.createElement("code");
  name.textContent = code || error.name;
  place.replaceChildren(`${doing} failed: `, name, ` ${what} ${todo}`);
  place.hidden = false;
}

export function clear() {
  place.hidden = true;
}
