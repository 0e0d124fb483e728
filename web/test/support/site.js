// A static host of the npm package, and folders in which something is wrong with it.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname } from "node:path";

const folder = new URL("../../npm/", import.meta.url);
const types = { ".js": "text/javascript", ".gz": "application/gzip", ".html": "text/html" };
const page = `<!doctype html><meta charset="utf-8"><title>n2n test</title><script type="module" src="/tab.js"></script>`;
const wasm = () => readFileSync(new URL("n2n.wasm.gz", folder));

/** How a folder answers for the WebAssembly program. */
const broken = {
  missing: (response) => response.writeHead(404).end("404 page not found"),
  failed: (response) => response.writeHead(503).end("the program could not be built: go is not installed"),
  garbage: (response) => response.writeHead(200, { "content-type": "application/gzip" }).end("<!doctype html> not found, says a host that answers 200"),
  noise: (response) => response.writeHead(200).end(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(5000, 7)])),
  truncated: (response) => response.writeHead(200).end(wasm().subarray(0, 500_000)),
  cut: (response) => {
    response.writeHead(200, { "content-length": wasm().length });
    response.write(wasm().subarray(0, 500_000), () => response.destroy());
  },
  headless: (response) => {
    response.writeHead(200, { "content-length": wasm().length }).flushHeaders();
    setTimeout(() => response.destroy(), 100); // the page has the headers then
  },
  mislabelled: (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("this is not packed"),
  unpacked: (response) => response.writeHead(200, { "content-encoding": "gzip", "content-length": wasm().length }).end(wasm()),
  endless: (response) => {
    response.writeHead(200, { "content-length": wasm().length });
    response.write(wasm().subarray(0, 500_000));
  },
};

/** Serves on a free port of a host name. */
export function site(host = "localhost") {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const [, first, file] = pathname.split("/");
    if (pathname === "/") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    if (pathname === "/tab.js") return send(response, new URL("tab.js", import.meta.url));
    if (file === "n2n.wasm.gz" && broken[first]) return broken[first](response);
    if (first === "noglue" && file === "wasm_exec.js") return response.writeHead(200, { "content-type": "text/javascript" }).end("export {}");
    if (file && (first === "n2n" || first === "noglue" || broken[first])) return send(response, new URL(file, folder));
    response.writeHead(404).end();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => {
    const origin = `http://${host}:${server.address().port}`;
    resolve({ origin, url: `${origin}/`, close: () => { server.closeAllConnections(); server.close(); } });
  }));
}

function send(response, url) {
  try {
    const body = readFileSync(url);
    response.writeHead(200, { "content-type": types[extname(url.pathname)] ?? "application/octet-stream", "content-length": body.length }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}
