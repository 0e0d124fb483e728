/** What went wrong, in the user's words, and what to do. */
export interface Trouble {
  code: string;
  what: string;
  todo: string;
  /** Trying again may help. */
  again: boolean;
}

type Words = (detail: string) => Omit<Trouble, "code">;

const known: Record<string, Words> = {
  unsupported: (lacking) => ({
    what: `This browser lacks ${lacking || "WebRTC or WebAssembly"}, which a peer needs.`,
    todo: "You can still watch. To join, use a current Firefox, Chrome, Edge or Safari.",
    again: false,
  }),
  load: (detail) => ({
    what: `The peer's program could not be loaded${because(detail)}`,
    todo: "Check that the server still runs, then try again.",
    again: true,
  }),
  in_use: () => ({
    what: "Your kept identity is in use by another tab.",
    todo: "Leave there first, or join here without keeping your identity.",
    again: true,
  }),
  full: () => ({
    what: "The room is full.",
    todo: "Wait until a peer leaves, then try again.",
    again: true,
  }),
  refused: (detail) => ({
    what: `The signaling server refused this tab${because(detail)}`,
    todo: "It may not allow pages from this address. Open the page at the address that the server prints.",
    again: true,
  }),
  unreachable: () => ({
    what: "The signaling server cannot be reached.",
    todo: "It may be stopped, or take no pages of this address. Start it, or open the page at the address that the server prints.",
    again: true,
  }),
  timeout: () => ({
    what: "Nobody answered in time.",
    todo: "The server or the room may be busy. Try again.",
    again: true,
  }),
  ended: (detail) => ({
    what: `This tab's peer ended by itself${because(detail)}`,
    todo: "Join again.",
    again: true,
  }),
};

/** explain puts an error's code and message into words. */
export function explain(code: string, detail: string): Trouble {
  const kind = code === "closed" ? whyClosed(detail) : code;
  const words = known[kind] ?? other(detail);
  return { code: code || "other", ...words(detail) };
}

// All refusals of the signaling server have one code. The message says which it is.
function whyClosed(detail: string): string {
  if (/full/i.test(detail)) return "full";
  if (/\b403\b|forbidden|not allowed/i.test(detail)) return "refused";
  return "unreachable";
}

// Errors of the API or the browser without a known code.
function other(detail: string): Words {
  if (/import|module|fetch/i.test(detail)) return known["load"] as Words;
  return () => ({ what: `Joining failed${because(detail)}`, todo: "Try again.", again: true });
}

function because(detail: string): string {
  const text = detail.trim();
  if (!text) return ".";
  return /[.?!]$/.test(text) ? `: ${text}` : `: ${text}.`;
}
