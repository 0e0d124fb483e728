type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/**
 * h makes an element. Props are attributes, or listeners if they start with "on";
 * strings become text nodes, never markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
  return element;
}

export function byID<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** setText changes a text only if it differs, so that a screen reader reads it once. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** replace sets new children. It puts the focus back on the child with the same data-key, or on the first that can have it. */
export function replace(parent: Element, ...children: Child[]): void {
  const active = document.activeElement;
  const key = parent.contains(active) ? active?.getAttribute("data-key") : null;
  parent.replaceChildren(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
  if (!key) return;
  const again = parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? parent.querySelector<HTMLElement>("[data-key]");
  again?.focus({ preventScroll: true });
}

/**
 * renew is replace for children that change all the time. It waits while a pointer is
 * pressed there, because an element that is replaced before the release gets no click.
 */
export function renew(parent: Element, ...children: Child[]): void {
  if (pressed && parent.contains(pressed)) late.set(parent, children);
  else replace(parent, ...children);
}

let pressed: Node | null = null;
const late = new Map<Element, Child[]>();

/** watchPresses is called once, for renew. */
export function watchPresses(): void {
  const release = () => {
    pressed = null;
    for (const [parent, children] of late) replace(parent, ...children);
    late.clear();
  };
  addEventListener("pointerdown", (event) => (pressed = event.target as Node), true);
  // The click follows the release, on some phones a little later.
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release, 60), true);
}

/** The mark of a kind of peer: a disc for Go, a square for a tab, as in the graph. */
export function mark(kind: "go" | "tab", self = false): HTMLElement {
  return h("span", { class: `mark ${kind}${self ? " self" : ""}`, "aria-hidden": "true" });
}

/** onceAFrame returns a function that runs a task once before the next frame, however often it is called. */
export function onceAFrame(task: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    const run = () => {
      asked = false;
      task();
    };
    // A hidden page draws no frames, but must keep up.
    if (document.hidden) setTimeout(run, 0);
    else requestAnimationFrame(run);
  };
}
