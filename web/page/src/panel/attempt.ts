import { setText } from "../dom";

/** attempt runs the action of a button. The button waits, and a failure is shown beside it. */
export async function attempt(button: HTMLButtonElement, said: HTMLElement, ask: () => Promise<void>): Promise<boolean> {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  setText(said, "");
  said.classList.remove("bad");
  try {
    await ask();
    return true;
  } catch (error) {
    said.classList.add("bad");
    setText(said, `That did not work: ${(error as Error).message}`);
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}
