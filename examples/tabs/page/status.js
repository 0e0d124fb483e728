const id = (name) => document.getElementById(name);
const [place, text, todo, progress, again] = ["status", "status-text", "status-todo", "status-progress", "status-again"].map(id);

/**
 * Says how things are, in words. `what` undefined: all is well, there is nothing to say.
 *
 * @param {"loading" | "well" | "note" | "warning" | "failed"} state
 * @param {{ todo?: string, code?: string, retry?: () => void, button?: string }} [more]
 */
export function say(state, what, more = {}) {
  place.dataset.state = state;
  place.hidden = !what;
  if (text.textContent !== (what ?? "")) text.textContent = what ?? "";
  if (more.code) {
    const code = document.createElement("code");
    code.textContent = more.code;
    text.prepend(code, " ");
  }
  todo.textContent = more.todo ?? "";
  todo.hidden = !more.todo;
  again.hidden = !more.retry;
  again.textContent = more.button ?? "Try again";
  again.onclick = more.retry ?? null;
  progress.hidden = true;
}

/** Shows how far the download of the peer's program is. */
export function loading({ loaded, total }) {
  if (loaded === 0) {
    say("loading", "Waiting for the peer's program.", { todo: "The server builds it the first time, which takes about a minute." });
    progress.removeAttribute("value");
  } else {
    say("loading", `Loading the peer's program: ${mega(loaded)}${total ? ` of ${mega(total)}` : ""} MB.`);
    progress.max = total || loaded;
    progress.value = loaded;
  }
  progress.hidden = false;
}

const mega = (bytes) => (bytes / 1e6).toFixed(1);
