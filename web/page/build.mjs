// Bundles the live page into web/live/dist: the same source gives the same bytes.
// With --check nothing is written; it fails if what is there is not what the source gives.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../live/dist");

const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: ["es2022"],
  absWorkingDir: here,
  logLevel: "warning",
};

// import source from "worker:./x.ts" gives the bundled source of a worker as a
// string, so that the page stays one file and needs no address for it.
const worker = {
  name: "worker",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^worker:/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.slice("worker:".length)),
      namespace: "worker",
    }));
    onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => {
      const made = await build({ ...common, entryPoints: [path], format: "iife", write: false });
      return { contents: made.outputFiles[0].text, loader: "text" };
    });
  },
};

/** files bundles, and returns each file's path in dist with its bytes. */
async function files() {
  const made = await build({
    ...common,
    entryPoints: { page: "src/main.ts" },
    outdir: join(dist, "assets"),
    format: "esm",
    plugins: [worker],
    write: false,
  });
  const index = await readFile(join(here, "src/index.html"));
  const icon = await readFile(join(here, "src/icon.svg"));
  return [[join(dist, "index.html"), index], [join(dist, "assets/icon.svg"), icon], ...made.outputFiles.map((f) => [f.path, Buffer.from(f.contents)])];
}

const check = process.argv.includes("--check");
let total = 0;
let stale = false;
for (const [path, bytes] of await files()) {
  total += bytes.length;
  if (check) {
    const there = await readFile(path).catch(() => undefined);
    if (there?.equals(bytes)) continue;
    stale = true;
    console.error(`${path} is not what its source gives: task web`);
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
console.log(`the live page: ${(total / 1000).toFixed(0)} kB`);
if (stale) process.exit(1);
