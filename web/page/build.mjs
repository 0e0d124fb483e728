// Bundles the live page into web/live/dist: the same source gives the same bytes.
// With --check it writes nothing, and fails if the bundle does not match the source.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
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
// string. So the page stays one file, and the worker needs no address.
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

const made = await files();
const total = made.reduce((sum, [, bytes]) => sum + bytes.length, 0);
if (process.argv.includes("--check")) await compare();
else {
  await rm(dist, { recursive: true, force: true });
  for (const [path, bytes] of made) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}
console.log(`the live page: ${(total / 1000).toFixed(0)} kB`);

async function compare() {
  const wanted = new Map(made);
  const there = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = there.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const path of new Set([...wanted.keys(), ...paths])) {
    const bytes = paths.includes(path) ? await readFile(path) : undefined;
    if (bytes && wanted.get(path)?.equals(bytes)) continue;
    console.error(`${path} is not what the page's source gives: task web`);
    process.exitCode = 1;
  }
}
