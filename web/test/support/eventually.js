/** How long a test waits for anything (ms): long, as the machine may be busy. */
export const patience = 90_000;

/** A value that is truthy, once `find` returns one; `seen` tells what there was instead. */
export async function eventually(what, find, seen = () => "") {
  const late = Date.now() + patience;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > late) throw new Error(`no ${what} in ${patience / 1000} s: ${await seen()}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
