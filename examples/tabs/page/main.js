// Three applications of one peer. Read first applications.js (what they are), service.js
// (how their arcs are opened and closed), and chat.js, board.js and clock.js (how each
// uses its own); the rest draws.
import { createPeer, load } from "/n2n/index.js";
import { applications, names } from "./applications.js";
import { Board } from "./board.js";
import { Chat } from "./chat.js";
import { Clock } from "./clock.js";
import { Picture } from "./picture.js";
import { find, Service } from "./service.js";
import { loading, say } from "./status.js";
import { explain } from "./trouble.js";

const id = (name) => document.getElementById(name);

start();

async function start() {
  let peer;
  try {
    await load({ onProgress: loading });
    say("loading", "Entering the room.");
    const { peer: service, room } = await find();
    peer = await createPeer({
      signaling: "/signal",
      loopback: ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname), // the service is on this machine
      protocols: applications,
    });
    await peer.join(room, { timeout: 15_000 });
    run(peer, new Service(peer, service));
  } catch (error) {
    peer?.crash(); // else a peer that nobody sees would stay in the room
    const { code, what, todo } = explain(error);
    say("failed", what, { code, todo, retry: code === "unsupported" ? undefined : start });
  }
}

/** Runs the page around a peer that is in the room. */
function run(peer, service) {
  for (const name of ["picture", "account", "applications"]) id(name).hidden = false;
  const picture = new Picture(peer, service);
  const flow = picture.flow.bind(picture);
  const parts = [new Chat(peer, service, flow), new Board(peer, service, flow), new Clock(peer, service, flow)];
  let linked = true;
  let refreshing = false;

  // Everything that is drawn comes from a snapshot, asked for when something happens, and
  // once a second.
  const refresh = async () => {
    if (refreshing) return;
    refreshing = true;
    await new Promise((resolve) => setTimeout(resolve, 50)); // what happens together is drawn together
    refreshing = false;
    const snapshot = await peer.snapshot().catch(() => undefined);
    if (!snapshot) return; // it has ended, which is told below
    picture.draw(snapshot);
    for (const part of parts) part.update(snapshot);
    tell(service, linked);
  };
  service.changed = refresh;
  peer.on("*", ({ type }) => { if (/^(arc|connection|signaling)_|^peer_down/.test(type)) refresh(); });
  peer.on("signaling_lost", () => { linked = false; });
  peer.on("signaling_entered", () => { linked = true; });
  const timer = setInterval(refresh, 1000);

  for (const name of names) {
    const control = id(`switch-${name}`);
    control.addEventListener("change", async () => {
      control.setAttribute("aria-busy", "true"); // not disabled, which would take the focus away
      await (control.checked ? service.open(name) : service.close(name));
      control.removeAttribute("aria-busy");
      refresh();
    });
  }
  peer.closed.then((error) => {
    clearInterval(timer);
    say("failed", `This tab's peer has ended${error ? `: ${error.message}` : ""}.`, {
      code: error?.code, todo: "Reload the page to start another one.", retry: () => location.reload(), button: "Reload",
    });
  });
  service.reach(); // opens all three
}

/** Says what is not as it should be. */
function tell(service, linked) {
  const retry = () => service.reach();
  const code = service.error?.code;
  if (service.gone && !linked) {
    say("warning", "The service and the signaling server are gone: the program has ended, or cannot be reached.", {
      code, todo: "Start it again with go run ./examples/tabs; this tab tries again by itself. Tabs that you have met still hear you.", retry,
    });
  } else if (service.gone) {
    say("warning", `The service is gone: ${service.gone === "left" ? "it has left" : "its connection was lost"}.`, {
      code, todo: "This tab tries again every few seconds. Tabs that you have met still hear you.", retry,
    });
  } else if (!linked) {
    say("note", "The signaling server is gone. What is connected stays, and neighbours still introduce each other.", {
      todo: "Only a first connection needs it. The link is tried again by itself.",
    });
  } else {
    say("well");
  }
}
