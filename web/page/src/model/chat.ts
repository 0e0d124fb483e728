import type { Heard, Said } from "./frames";

/** The most messages that are kept; the oldest go first. */
export const kept = 300;

export interface Message {
  /** "<origin>/<epoch>/<seq>", or "mine/<n>" until the overlay has named it. */
  id: string;
  origin: string;
  text: string;
  at: number;
  mine: boolean;
  /** How many Go peers have it, of how many. Absent: unknown. */
  heard?: { by: number; of: number };
}

/**
 * The conversation. The same message can come from the feed, from this tab's own peer, and
 * from the user of this page. Its id shows that it is the same.
 */
export class Chat {
  readonly messages: Message[] = [];
  private readonly early = new Map<string, { by: number; of: number }>();
  private written = 0;

  /** said adds a message of the feed or of this tab's peer. It returns false if the chat has it already. */
  said(said: Said, origin: string, mine: boolean): boolean {
    const same = this.messages.find((m) => m.id === said.id);
    if (same) {
      same.mine ||= mine;
      return false;
    }
    const echo = mine ? this.messages.find((m) => m.id.startsWith("mine/") && m.text === said.text) : undefined;
    const heard = this.early.get(said.id);
    this.early.delete(said.id);
    if (echo) {
      echo.id = said.id;
      echo.origin = origin;
      if (heard) echo.heard = heard;
      return false;
    }
    this.add({ id: said.id, origin, text: said.text, at: said.at, mine, ...(heard && { heard }) });
    return true;
  }

  /** wrote shows at once a message that this tab is about to send, and returns it. */
  wrote(text: string, origin: string, at: number): Message {
    const message: Message = { id: `mine/${++this.written}`, origin, text, at, mine: true };
    this.add(message);
    return message;
  }

  /** withdraw removes a message that could not be sent. */
  withdraw(message: Message): void {
    const i = this.messages.indexOf(message);
    if (i >= 0) this.messages.splice(i, 1);
  }

  heard({ id, by, of }: Heard): boolean {
    const message = this.messages.find((m) => m.id === id);
    if (message) message.heard = { by, of };
    else {
      this.early.set(id, { by, of });
      const oldest = this.early.keys().next();
      if (this.early.size > 50 && !oldest.done) this.early.delete(oldest.value);
    }
    return message !== undefined;
  }

  private add(message: Message): void {
    // It is almost always the newest. A late one goes to its place in time.
    let i = this.messages.length;
    while (i > 0 && (this.messages[i - 1] as Message).at > message.at) i--;
    this.messages.splice(i, 0, message);
    if (this.messages.length > kept) this.messages.shift();
  }
}

/** The length of a text in characters, as the server counts them. */
export function characters(text: string): number {
  return [...text].length;
}

/** cut returns the first characters of a text, as many as may be sent. Others may send more. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, 2 * most)].slice(0, most).join("");
}

/** fits says whether a text may be sent: it is not empty and has at most so many characters. */
export function fits(text: string, most: number): boolean {
  const said = text.trim();
  return said !== "" && characters(said) <= most;
}
