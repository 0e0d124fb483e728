// The little of RFC 6455 that a mock feed needs: text frames, and a close.
import { createHash } from "node:crypto";

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** accept makes a socket of an upgrade request; onText gets each message. */
export function accept(request, socket, onText) {
  const key = createHash("sha1").update(request.headers["sec-websocket-key"] + guid).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  let buffer = Buffer.alloc(0);
  socket.on("data", (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const frame = parse(buffer);
      if (!frame) return;
      buffer = buffer.subarray(frame.length);
      if (frame.opcode === 1) onText(frame.payload.toString());
      if (frame.opcode === 8) socket.end();
    }
  });
  socket.on("error", () => socket.destroy());
  return {
    send: (object) => socket.writable && socket.write(encode(1, Buffer.from(JSON.stringify(object)))),
    close: (code, reason) => socket.end(encode(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))),
  };
}

function parse(b) {
  if (b.length < 2) return undefined;
  let size = b[1] & 127;
  let at = 2;
  if (size === 126) {
    if (b.length < 4) return undefined;
    size = b.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (b.length < 10) return undefined;
    size = Number(b.readBigUInt64BE(2));
    at = 10;
  }
  const masked = (b[1] & 128) !== 0;
  const start = at + (masked ? 4 : 0);
  if (b.length < start + size) return undefined;
  const payload = Buffer.from(b.subarray(start, start + size));
  if (masked) for (let i = 0; i < size; i++) payload[i] ^= b[at + (i & 3)];
  return { opcode: b[0] & 15, payload, length: start + size };
}

function encode(opcode, payload) {
  const n = payload.length;
  let head;
  if (n < 126) head = Buffer.from([128 | opcode, n]);
  else if (n < 65536) {
    head = Buffer.alloc(4);
    head.writeUInt16BE(n, 2);
    head[1] = 126;
  } else {
    head = Buffer.alloc(10);
    head.writeBigUInt64BE(BigInt(n), 2);
    head[1] = 127;
  }
  head[0] = 128 | opcode;
  return Buffer.concat([head, payload]);
}
