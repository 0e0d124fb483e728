// An invented peer for the mock: it loads and joins, but sends nothing.
const room = new URLSearchParams(location.search).get("room");
const wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
const failure = (code, message) => Object.assign(new Error(message), { code });

export const supported = () => ({ ok: true, missing: [] });

export async function load({ onProgress, signal } = {}) {
  if (room === "broken") throw failure("load", "/n2n/n2n.wasm.gz came with 503");
  if (room === "building") await wait(60_000, signal);
  const total = 3_100_000;
  for (let loaded = 0; loaded <= total; loaded += 155_000) {
    onProgress?.({ loaded, total });
    await wait(room === "slow" ? 2000 : 60, signal);
  }
}

export async function createPeer({ identity }) {
  if (room === "inuse" && identity !== "tab") throw failure("in_use", "the kept identity is in use");
  const id = Array.from({ length: 32 }, () => "abcdefghijklmnopqrstuvwxyz234567"[Math.floor(Math.random() * 32)]).join("");
  let end;
  let delivered = () => {};
  let seq = 0;
  return {
    id,
    closed: new Promise((resolve) => (end = resolve)),
    async join() {
      await wait(300);
      if (room === "full") throw failure("closed", "the room is full");
    },
    async leave() {
      await wait(300);
      end();
    },
    crash: () => end(new Error("crashed")),
    protocol: () => ({
      on: (_, listener) => ((delivered = listener), () => {}),
      publish: async (text) => delivered({ origin: id, seq: ++seq, text }),
    }),
    snapshot: async () => ({ id, views: {}, connections: [], lingering: [], pending: [], counters: {} }),
  };
}
