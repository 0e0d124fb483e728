// The frames of the feed: each text frame is one JSON object with a type.
// Times are milliseconds since the epoch. Peers have small numbers, n.

export type Kind = "go" | "tab";

export interface PeerFrame {
  n: number;
  id: string;
  name: string;
  kind: Kind;
}

/** [from, to, index of the protocol, how often]; 0 times: the arc is gone. */
export type ArcFrame = [from: number, to: number, protocol: number, count: number];

export type Control = "add" | "crash" | "leave" | "server" | "say";

/** The protocols that a joining tab spawns, in the form of the JavaScript API. */
export type ProtocolOptions = { use: string; name?: string; [field: string]: unknown };

export interface Hello {
  type: "hello";
  program: string;
  room: string;
  you: number;
  signal: string;
  controls: Control[];
  limits: { peers: number; text: number; demo: number };
  tab: { network: string; loopback: boolean; protocols: ProtocolOptions[]; chat: string };
}

export interface Program {
  type: "program";
  state: "building" | "ready" | "failed";
  text?: string;
}

export interface Picture {
  type: "picture";
  at: number;
  protocols: string[];
  peers: PeerFrame[];
  arcs: ArcFrame[];
  connections: [number, number][];
  /** Peers, and entries of views, that are known and not drawn. */
  hidden: number;
  hidden_arcs?: number;
}

export interface Change {
  type: "change";
  at: number;
  protocols?: string[];
  came?: PeerFrame[];
  went?: { n: number; how: "crashed" | "left" | "lost" }[];
  arcs?: ArcFrame[];
  connections?: [number, number, 0 | 1][];
  hidden?: number;
  hidden_arcs?: number;
}

export interface Sample {
  at: number;
  peers: number;
  tabs: number;
  arcs: number;
  connections: number;
  view: { mean: number; min: number; max: number };
  messages: number;
  setups: number;
}

export type Neighbors = [n: number, count: number][];

export interface Details {
  type: "details";
  n: number;
  known: boolean;
  id?: string;
  name?: string;
  kind?: Kind;
  views?: Record<string, { out?: Neighbors; in?: Neighbors }>;
  connections?: number[];
  lingering?: number[];
  pending?: number[];
  counters?: Record<string, number>;
}

export interface Said {
  type: "said";
  id: string;
  n: number;
  text: string;
  at: number;
}

export interface Heard {
  type: "heard";
  id: string;
  by: number;
  of: number;
}

export interface Answer {
  type: "answer";
  request: number;
  error?: string;
}

export type Frame =
  | Hello
  | Program
  | { type: "server"; running: boolean }
  | Picture
  | Change
  | { type: "samples"; samples: Sample[] }
  | ({ type: "sample" } & Sample)
  | Details
  | Said
  | Heard
  | Answer;

/** The requests of the page to the server. */
export type Request =
  | { type: "select"; n: number }
  | { type: "add"; count: number }
  | { type: "crash"; n: number }
  | { type: "leave"; n: number }
  | { type: "server"; run: boolean }
  | { type: "say"; n: number; text: string }
  | { type: "report"; peer: unknown };

/** decode reads a frame. It returns undefined unless that is an object with a type. */
export function decode(text: string): Frame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    const ok = typeof frame === "object" && frame !== null && typeof (frame as { type?: unknown }).type === "string";
    return ok ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}
