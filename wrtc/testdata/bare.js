// One end of a bare data channel, as a page would write it; the other is pion's.
// It is the body of a function: (exchange, mark), where exchange hands over an
// offer and returns the answer, and mark is how many bytes the channel may hold.
const connection = new RTCPeerConnection();
const channel = connection.createDataChannel("ordered", { negotiated: true, id: 0, ordered: true });
channel.binaryType = "arraybuffer";
channel.bufferedAmountLowThreshold = mark / 2;

const settled = (target, event) => new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));

// See order in courier_test.go.
const order = (what, count, size) => {
  const view = new DataView(new ArrayBuffer(9));
  view.setUint8(0, what);
  view.setUint32(1, count);
  view.setUint32(5, size);
  channel.send(view);
};

// arrive settles when so many messages have come; each is answered by a call.
const arrive = (count, then = () => {}) => new Promise((resolve) => {
  channel.onmessage = () => (--count === 0 ? resolve() : then());
});

const open = async () => {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") await settled(connection, "icegatheringstatechange");
  const opened = settled(channel, "open");
  await connection.setRemoteDescription({ type: "answer", sdp: await exchange(connection.localDescription.sdp) });
  await opened;
};

const echo = (count, size) => {
  const payload = new Uint8Array(size);
  order(1, count, size);
  const all = arrive(count, () => channel.send(payload));
  channel.send(payload);
  return all;
};

const up = async (count, size) => {
  const payload = new Uint8Array(size);
  order(2, count, size);
  const all = arrive(1);
  while (count > 0) {
    if (channel.bufferedAmount > mark) await settled(channel, "bufferedamountlow");
    channel.send(payload);
    count--;
  }
  await all;
};

const down = (count, size) => {
  const all = arrive(count);
  order(3, count, size);
  return all;
};

return { open, echo, up, down, close: () => connection.close() };
