/**
 * n2n: overlay networks whose peers are browser tabs and Go programs.
 *
 * A peer runs in the page as a Go program compiled to WebAssembly. Times are in
 * milliseconds, sizes are in bytes, and counts are whole numbers. An argument of the
 * wrong type or out of its bounds gives an {@link N2NError} with the code "invalid"
 * that names the argument, and changes nothing. Every call that waits ends: by its
 * deadline, its `timeout`, its `signal`, or because the peer has ended.
 *
 * @packageDocumentation
 */

/**
 * Identifies a peer: the first 20 bytes of SHA-256 of its Ed25519 public key, written as
 * 32 characters of lower-case base32 (`a`–`z`, `2`–`7`).
 */
export type PeerID = string;

/**
 * The kind of a failure. The first codes are those of Go's `messages.Code`, with the
 * same meaning. The last ones occur only in a page.
 *
 * - `self`: a peer does not connect to itself
 * - `unknown_peer`: no connection, relay or signaling server leads to the peer
 * - `not_neighbour`: there is no living connection to the peer
 * - `not_in_view`: the peer is not in the view that was asked for
 * - `locked`, `not_locked`: every arc to the peer is locked; no arc is
 * - `no_arc`: there is no such arc
 * - `no_protocol`: the protocol does not run there (or here)
 * - `timeout`: no answer before the deadline
 * - `refused`: the other side refused
 * - `full`: a table or queue is full, here or there
 * - `rate`: too many in too short a time
 * - `expired`: the request or job has ended already
 * - `duplicate`: it exists, or is under way, already
 * - `too_big`: larger than the cap
 * - `closed`: the peer, the protocol or the connection has ended
 * - `unsupported`: the browser lacks a feature, see {@link supported}
 * - `load`: the WebAssembly program could not be loaded or started
 * - `invalid`: an argument is of the wrong type or out of its bounds
 * - `in_use`: a peer in another tab has the kept identity
 */
export type ErrorCode =
  | "self" | "unknown_peer" | "not_neighbour" | "not_in_view" | "locked" | "not_locked" | "no_arc" | "no_protocol"
  | "timeout" | "refused" | "full" | "rate" | "expired" | "duplicate" | "too_big" | "closed"
  | "unsupported" | "load" | "invalid" | "in_use";

/** The error that every call of this package throws or rejects with, unless a `signal` gives its own reason. */
export class N2NError extends Error {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown });
  readonly name: "N2NError";
  /** The kind of the failure; `message` says what happened to what, for people. */
  readonly code: ErrorCode;
}

/**
 * Says whether this browser can run a peer, and which features it lacks: names such as
 * `RTCPeerConnection`, `WebAssembly`, `DecompressionStream` or `WebSocket`. It does
 * not throw, and loads nothing.
 */
export function supported(): { ok: boolean; missing: string[] };

/** Options of {@link load}. */
export interface LoadOptions {
  /**
   * Where `n2n.wasm.gz` and `wasm_exec.js` are: the URL of a folder, relative to the
   * page. Default: the folder of this module, or where a bundler has put them.
   */
  base?: string | URL;
  /**
   * Called with the progress of the download: at its start, while it goes on, and at its
   * end. `loaded` and `total` are bytes on the network. `total` is 0 while it is unknown.
   */
  onProgress?(progress: { loaded: number; total: number }): void;
  /** Ends the wait, and the download if no other call waits for it. For example: `AbortSignal.timeout(30_000)`. */
  signal?: AbortSignal;
}

/**
 * Downloads and compiles the WebAssembly program, once for the page. Later calls wait for
 * the same download. {@link createPeer} calls it. A page can call it to show the progress.
 *
 * Rejects with `unsupported`, with the reason of `signal`, with `invalid` when `base`
 * differs from that of an earlier call, or with `load`. The message of `load` has the URL,
 * what was received and what to do. A download also fails after six minutes without a
 * first byte, or after one minute without another. Then `load` can be called again.
 */
export function load(options?: LoadOptions): Promise<void>;

/**
 * Starts a peer, which is in no room yet. A page can have several peers.
 *
 * Rejects with `unsupported`, `load` (see {@link load}), `invalid` with the name of the
 * option, `in_use`, `duplicate` when two protocols have the same name, or the reason of
 * `signal`.
 */
export function createPeer(options?: PeerOptions): Promise<Peer>;

/** Options of {@link createPeer}. */
export interface PeerOptions extends LoadOptions {
  /**
   * The signaling servers through which the peer enters rooms: `ws://` or `wss://`
   * (`http://` and `https://` mean the same), at most 16, each once. A relative URL
   * refers to the page's own host. With several servers, the peer enters through the first
   * that answers, and stays linked to all. Without any, it cannot join.
   */
  signaling?: string | URL | (string | URL)[];
  /**
   * The peer's identity. Only one peer at a time may have it.
   *
   * - `"tab"`, the default: a fresh key, forgotten with the peer.
   * - `{ keep: name }`: a key in `localStorage` under that name (1 to 64 characters). It
   *   is made the first time, so that the peer is the same after a reload. All scripts of
   *   this origin can read it. A lock of the Web Locks API keeps other tabs from being the
   *   same peer (`in_use`). Outside https and localhost there are no such locks. Then, of
   *   two such tabs, the newer replaces the older. A stored value that is no key is
   *   `invalid` and stays as it is.
   * - `{ seed }`: the key with this seed of 32 bytes. The page must keep and protect it.
   */
  identity?: "tab" | { keep: string } | { seed: Uint8Array };
  /** The network's name, 1 to 64 bytes. Peers of different networks do not connect. Default: `n2n`. */
  network?: string;
  /**
   * STUN and TURN servers, which help through NATs, at most 16. They are trusted: never
   * take them from other peers. Default: none. On one network none is needed.
   */
  iceServers?: IceServer[];
  /** Whether to connect to peers with loopback addresses too, such as Go peers on this machine. Default: false. */
  loopback?: boolean;
  /** Deadlines and limits of the peer. */
  limits?: Limits;
  /** Protocols to start with, in this order, as {@link Peer.spawn} would. */
  protocols?: ProtocolOptions[];
}

/** A STUN or TURN server. */
export interface IceServer {
  /** `stun:host:port` or `turn:host:port`, as the browser takes them. */
  urls: string | string[];
  /** For TURN. */
  username?: string;
  /** For TURN. */
  credential?: string;
}

/**
 * Deadlines (ms, above 0) and limits of a peer. Past a limit, the asker gets a typed
 * error, and the peer counts it.
 */
export interface Limits {
  /** Deadline of a request. Default: 10,000. */
  requestTimeout?: number;
  /** How long the other side may take to prove its identity. Default: 5,000. */
  authTimeout?: number;
  /** How long an unused connection is kept. Default: 60,000. */
  linger?: number;
  /** How long protocols may take to leave. Default: 2,000. */
  leaveGrace?: number;
  /** How many further ways to a peer are tried. 0 to 16. Default: 3. */
  maxRetries?: number;
  /** Wait before the first retry; it doubles with each. Default: 200. */
  retryWait?: number;
  /** Connections, with those under way. Default: 256, which browsers allow. */
  maxConnections?: number;
  /** Connections under way. Default: 64. */
  maxHalfOpen?: number;
  /** Requests that wait for connections. Default: 1,024. */
  maxOpens?: number;
  /** Arcs of one protocol in one direction between two peers, at most 65,535. Default: 256. */
  maxArcs?: number;
  /** Protocols of the peer, at most 64. Default: 64. */
  maxProtocols?: number;
  /** Introductions that this peer has under way. Default: 1,024. */
  maxJobs?: number;
  /** Attempts of other peers whose signals it relays at the same time. Default: 1,024. */
  maxRelays?: number;
  /** Signals and introductions a second from one neighbour, on average. Above 0. Default: 64. */
  signalRate?: number;
  /** The same in a burst. Default: 256. */
  signalBurst?: number;
  /** Messages that wait for the channel of a delivery class to open. Default: 256. */
  maxWaiting?: number;
  /** How long an offer waits for ICE servers. Default: 3,000. */
  gatherTimeout?: number;
  /** How long a connection that the browser calls disconnected may take to recover. Default: 10,000. */
  failedTimeout?: number;
}

/** The fields of all {@link ProtocolOptions}. */
interface Named {
  /**
   * The name on the wire, the same on all peers, unique on a peer: 1 to 32 of
   * `[a-z0-9.-]`. Default: that of `use`.
   */
  name?: string;
}

/** A protocol of the page's own. It keeps arcs and carries messages; the page decides which and when. */
export interface MessagesOptions {
  use: "messages";
  /** The name on the wire, the same on all peers: 1 to 32 of `[a-z0-9.-]`. */
  name: string;
  /**
   * The type of messages, on the wire and at all peers: `bytes` (Go's
   * `wrapperspb.BytesValue`) or `text` (`wrapperspb.StringValue`). Default: `bytes`.
   */
  content?: "bytes" | "text";
  /**
   * How messages travel. `ordered`: each once, in the order of sending. `reliable`: each
   * once, in any order. `lossy`: at most once, up to 16,000 bytes. Default: `ordered`.
   */
  delivery?: "ordered" | "reliable" | "lossy";
  /** Whether neighbours may make this peer open arcs, by introductions. Default: `accept`. */
  introductions?: "accept" | "refuse";
}

/** Spray: random peer sampling, with views of about `a`·ln N + `b` arcs. */
export interface SprayOptions extends Named {
  use: "spray";
  /** Arcs that a newcomer opens to its contact. Above 0, at most 64. Default: 1. */
  a?: number;
  /** Added to the mean view. 0 to 64. Default: 0. */
  b?: number;
  /** Time between two exchanges. Default: 30,000. */
  period?: number;
  /** How long a partner may take to answer. Default: 10,000. */
  deadline?: number;
  /** Newcomers that a contact introduces at the same time. 1 to 65,536. Default: 128. */
  maxJoins?: number;
}

/** Cyclon: random peer sampling with views of a fixed size. */
export interface CyclonOptions extends Named {
  use: "cyclon";
  /** The most arcs that a peer holds. 1 to 128. Default: 20. */
  view?: number;
  /** Entries that each side gives in an exchange. 1 to `view`. Default: 8. */
  shuffle?: number;
  /** Hops of a newcomer's random walk. 1 to 8. Default: 5. */
  walk?: number;
  /** Time between two exchanges. Default: 30,000. */
  period?: number;
  /** How long a partner may take to answer. Default: 10,000. */
  deadline?: number;
}

/** HyParView: a small symmetric active view, and a passive view that repairs it. */
export interface HyParViewOptions extends Named {
  use: "hyparview";
  /** Size of the active view. 2 to 64. Default: 5. */
  active?: number;
  /** Size of the passive view. 1 to 1,024. Default: 30. */
  passive?: number;
  /** Hops of the walk into active views. 1 to 7. Default: 6. */
  arwl?: number;
  /** Hops that are left when that walk brings the newcomer into a passive view. 0 to `arwl`. Default: 3. */
  prwl?: number;
  /** Peers of the active view in a shuffle. At least 0. Default: 3. */
  shuffleActive?: number;
  /** Peers of the passive view in a shuffle; both together at most 63. Default: 4. */
  shufflePassive?: number;
  /** Hops of a shuffle's walk. 1 to 8. Default: 6. */
  shuffleTTL?: number;
  /** Time between two shuffles. Default: 10,000. */
  period?: number;
  /** How long a peer may take to answer. Default: 5,000. */
  deadline?: number;
  /** Joins taken in a period. Above 0. Default: 128. */
  maxJoins?: number;
}

/** T-Man: arcs to the peers that a ranking prefers, fed by a peer-sampling protocol. */
export interface TManOptions extends Named {
  use: "tman";
  /** The ranking, the same on all peers. Default: `ring`. */
  rank?: "ring" | "line" | "nearest";
  /** The data by which this peer is ranked, at most 256 bytes. Default: none; its PeerID ranks it. */
  data?: Uint8Array;
  /** The peer-sampling protocol of this peer. Default: `spray`. */
  sampling?: string;
  /** Arcs to the best-ranked peers. 1 to 64. Default: 4. */
  view?: number;
  /** Descriptors in a message. 1 to 64. Default: 20. */
  sample?: number;
  /** The number of best-ranked peers from which the partner is drawn. Above 0. Default: 10. */
  psi?: number;
  /** Last partners that are not chosen again at once. At least 0. Default: 4. */
  tabu?: number;
  /** Descriptors that are kept, at most 4,096. Default: 100. */
  known?: number;
  /** Time between two exchanges. Default: 30,000. */
  period?: number;
  /** How long a neighbour may take to answer. Default: 10,000. */
  deadline?: number;
  /** How old a descriptor may become. At least `period`. Default: 180,000. */
  ttl?: number;
  /** How long a peer that is gone is not tried again. Default: 60,000. */
  forget?: number;
}

/** A mesh in which every member has an arc to every other. */
export interface FullMeshOptions extends Named {
  use: "fullmesh";
  /** Members, this peer included. 2 to 256. Default: 32. */
  maxMembers?: number;
  /** Time between two searches for missing members. Default: 10,000. */
  period?: number;
}

/** Broadcast in causal order along the arcs of `over`, with repair by comparison with neighbours. */
export interface BroadcastOptions extends Named {
  use: "broadcast";
  /** The protocol along whose arcs messages travel. Default: `spray`. */
  over?: string;
  /** The largest payload. 1 to 1,048,576. Default: 65,536. */
  maxPayload?: number;
  /** Number of origins for which the peer remembers which messages it has delivered. Above 0. Default: 10,000. */
  remember?: number;
  /** Time between two comparisons. Default: 10,000. */
  period?: number;
  /** How long a message waits for those before it. Default: 30,000. */
  patience?: number;
  /** How long messages are kept for neighbours that lack them. Default: 600,000. */
  window?: number;
  /** How far before its start a newcomer still gets messages from. At most `window`. Default: 10,000. */
  history?: number;
  /** Bytes that are kept. Default: 4,194,304. */
  keep?: number;
}

/** Plumtree: broadcast along a tree that mends itself, over the links of `over`. */
export interface PlumtreeOptions extends Named {
  use: "plumtree";
  /** The protocol along whose arcs messages travel. Default: `hyparview`. */
  over?: string;
  /** How long arcs of one direction must last to make a link. Default: 1,000. */
  arcDelay?: number;
  /** The largest payload. 1 to 1,048,576. Default: 65,536. */
  maxPayload?: number;
  /** IDs of seen messages that are kept. Above 0. Default: 10,000. */
  remember?: number;
  /** How long neighbours can ask for a message. At least `announceDelay` + `iHaveTimeout` + `graftTimeout`. Default: 10,000. */
  window?: number;
  /** Bytes of payload that are kept for that, at least `maxPayload`. Default: 4,194,304. */
  keep?: number;
  /** How long announcements wait for others. Default: 100. */
  announceDelay?: number;
  /** How long the peer waits for an announced message before it asks for it. Default: 1,000. */
  iHaveTimeout?: number;
  /** How long a neighbour may take to send a message that it was asked for. Default: 500. */
  graftTimeout?: number;
  /** Hops by which a lazy neighbour must be nearer to the origin to become eager. 0: never. Default: 0. */
  threshold?: number;
}

/** Messages and requests between neighbours, whatever protocol has the arcs. */
export interface UnicastOptions extends Named {
  use: "unicast";
  /** The protocol whose neighbours get a multicast without targets. Default: `spray`. */
  over?: string;
  /** The largest payload. 1 to 1,048,576. Default: 65,536. */
  maxPayload?: number;
  /** Requests that wait, each way. 1 to 65,536. Default: 1,024. */
  maxRequests?: number;
  /** How long a request without its own timeout waits. Default: 10,000. */
  deadline?: number;
  /** The longest time that a request can wait, at most an hour. Default: 60,000. */
  maxDeadline?: number;
}

/** An estimate of the number of peers in the network, from the views of Spray. */
export interface SizeOptions extends Named {
  use: "size";
  /** The protocol whose views are counted. Default: `spray`. */
  over?: string;
  /** That protocol's `a`. Default: 1. */
  a?: number;
  /** That protocol's `b`. Default: 0. */
  b?: number;
  /** Time between two estimates. That protocol's period is best. Default: 30,000. */
  period?: number;
  /** For how many periods a report counts. 1 to 1,000. Default: 10. */
  window?: number;
}

/** A protocol to run, with its numbers: the fields of its Go `Config`, in camelCase. No time is longer than 1,000 hours. */
export type ProtocolOptions =
  | MessagesOptions | SprayOptions | CyclonOptions | HyParViewOptions | TManOptions | FullMeshOptions
  | BroadcastOptions | PlumtreeOptions | UnicastOptions | SizeOptions;

/** How long to wait for a call, besides the peer's own deadline. */
export interface Wait {
  /** Ends the wait: the call rejects with `signal.reason`. The request itself may still succeed. */
  signal?: AbortSignal;
  /** Ends the wait after so many ms, with the code `timeout`. Above 0. Default: only the peer's own deadline. */
  timeout?: number;
}

/** A running peer. All its calls reject with `closed` once it has ended. */
export interface Peer {
  readonly id: PeerID;
  /**
   * Resolves when the peer has ended: with `undefined` after {@link Peer.leave}, otherwise
   * with the reason (a crash, or a failure of the program). It never rejects.
   */
  readonly closed: Promise<Error | undefined>;

  /**
   * Enters a room (1 to 64 bytes) through the signaling servers, and resolves with a
   * contact: a member that they named, or `undefined` when the peer is alone. It opens no
   * arc, which is left to the protocols. The link is kept until the peer leaves, and is
   * made again when it is lost. After `signal` or `timeout` the peer goes on entering.
   *
   * Rejects with one of these codes, after which `join` can be called again:
   *
   * - `duplicate`: the peer is in a room or entering one
   * - `timeout`: a server does not answer, or the peer is in the room but no server named a
   *   contact in time
   * - `full`, `refused` or `rate`: the servers refuse the peer
   * - `closed`: there are no servers, they cannot be reached, or they refuse pages of this
   *   origin (the message says which)
   */
  join(room: string, options?: Wait): Promise<PeerID | undefined>;
  /**
   * Leaves the network in order: protocols hand over their arcs (for at most
   * `limits.leaveGrace`), and neighbours are told. Resolves when the peer has ended. It may
   * be called again. After twice the grace and 5 s, the rest is cut short. Rejects with
   * `closed` when the peer has ended otherwise.
   */
  leave(): Promise<void>;
  /** Ends the peer at once and without notice, as when its machine fails. It may be called again. */
  crash(): void;

  /**
   * Starts a protocol. Rejects with `invalid` and the name of the field, with `duplicate`
   * when a protocol of that name runs, or with `full` when `limits.maxProtocols` protocols
   * run. If a protocol of that name is being removed, the call waits for that.
   */
  spawn(options: ProtocolOptions): Promise<Protocol>;
  /** Ends a protocol and its arcs in both directions. Rejects with `no_protocol`. */
  remove(name: string): Promise<void>;
  /** Returns a protocol that runs. Throws `no_protocol`. */
  protocol(name: string): Protocol;

  /** Returns the peers with a living connection and arcs of any protocol and direction, in order. */
  neighbors(): Promise<PeerID[]>;
  /** Returns all that the peer knows now. */
  snapshot(): Promise<Snapshot>;

  /**
   * Calls the listener with the events of a type, or with all events for `"*"`: those of
   * connections and of all protocols. The returned function stops that. Listeners are
   * called from tasks of their own, never within a call, in the order of the events. An
   * error that they throw is reported to the console and ends nothing.
   */
  on<Type extends EventType>(type: Type, listener: (event: EventOf<Type>) => void): () => void;
}

/**
 * A protocol of a peer. Its calls depend on `use`; the others are `invalid`. All calls that
 * return a promise can reject with `no_protocol` when the protocol was removed, with
 * `closed` when it or the peer ends, with `timeout` (after `limits.requestTimeout`) or with
 * `invalid`. Each call names its further codes.
 */
export interface Protocol {
  /** The name on the wire. */
  readonly name: string;
  /** The kind of the protocol. */
  readonly use: ProtocolOptions["use"];

  /**
   * Opens an arc to a peer: over a living connection if there is one, otherwise through the
   * relays `via` (nearest first, at most 8) if given, otherwise through the signaling
   * server. Rejects with `self`, `unknown_peer`, `not_neighbour` (the first of `via`), `no_protocol`, `refused`,
   * `full`, `rate`, `too_big`.
   */
  open(peer: PeerID, options?: Wait & { via?: PeerID[] }): Promise<void>;
  /** Ends one unlocked arc to a peer. Rejects with `no_arc` or `locked`. */
  close(peer: PeerID, options?: Wait): Promise<void>;
  /** Keeps one arc to a peer from being closed. Rejects with `no_arc` or `locked`. */
  lock(peer: PeerID, options?: Wait): Promise<void>;
  /** Undoes one lock. Rejects with `no_arc` or `not_locked`. */
  unlock(peer: PeerID, options?: Wait): Promise<void>;
  /** Ends all arcs that a peer holds to this one. Rejects with `no_arc`. */
  drop(peer: PeerID, options?: Wait): Promise<void>;
  /**
   * Asks neighbour `from` to open an arc to neighbour `to`. `views` says in which views of
   * this protocol the two must be: `any` (a connection is enough; the default), `in` or
   * `out`. Rejects with `self`, `not_neighbour`, `not_in_view`, `no_protocol`, `refused`,
   * `full`, `rate`.
   */
  introduce(from: PeerID, to: PeerID, options?: Wait & { views?: [ViewName, ViewName] }): Promise<void>;
  /** Asks a neighbour to open an arc to this peer. Rejects as {@link Protocol.introduce} does. */
  invite(peer: PeerID, options?: Wait): Promise<void>;
  /** Asks the signaling server for up to `count` members of the room, 1 to 64. The result may be empty. */
  contacts(count: number, options?: Wait): Promise<PeerID[]>;

  /**
   * `messages` and `unicast`: sends to a neighbour, in any direction of the arcs, and does
   * not wait. Text is sent as UTF-8. A protocol with `content: "text"` accepts only text.
   * Throws `invalid`, `closed`, or `too_big` above 1,048,560 bytes (16,000 when lossy,
   * `maxPayload` in unicast). If a message is known not to have left, the event `failed`
   * with `op: "send"` tells so: `self`, `not_neighbour`, `no_protocol`, `closed`, or `full`
   * (too much waits, until `drained`).
   */
  send(peer: PeerID, data: Uint8Array | string): void;

  /**
   * `broadcast` and `plumtree`: sends to all peers of the overlay, with this one
   * (`delivered`). Resolves with the message's id when it was delivered here. `after` is
   * for broadcast only: the ids of at most 256 messages, delivered here, that are to be
   * delivered before. Rejects with `too_big` (`maxPayload`), or `refused` when one of `after` was not
   * delivered here.
   */
  publish(data: Uint8Array | string, options?: Wait & { after?: MessageID[] }): Promise<MessageID>;

  /**
   * `unicast`: sends a request to a neighbour and resolves with the answer. The neighbour
   * is told the `timeout` (at most `maxDeadline`) too. Rejects with `refused`, `full` or
   * `invalid` when the peer rejects it, `not_neighbour`, `no_protocol`, `too_big`, `full`,
   * `closed` when the connection is lost.
   */
  request(peer: PeerID, data: Uint8Array | string, options?: Wait): Promise<Uint8Array>;
  /** `unicast`: answers a {@link Requested}. Throws `invalid` or `too_big`. If the asker no longer waits, `failed` with `op: "reply"` follows. */
  reply(request: Pick<Requested, "from" | "request">, data: Uint8Array | string): void;
  /** `unicast`: rejects a {@link Requested}. `text` is for people, at most 256 bytes. Throws `invalid` or `too_big`. */
  reject(request: Pick<Requested, "from" | "request">, reason?: "refused" | "full" | "invalid", text?: string): void;
  /**
   * `unicast`: sends once to each of several neighbours, at most 1,024, or to all neighbours
   * of `over` when `peers` is left out. `failed` with `op: "multicast"` follows for each
   * neighbour to which it did not leave.
   */
  multicast(data: Uint8Array | string, peers?: PeerID[]): void;

  /** `size`: estimates the number of peers now. */
  estimate(options?: Wait): Promise<Estimate>;
  /** `tman`: ranks this peer by other data, at most 256 bytes. Rejects with `too_big`, or with `invalid` when the ranking refuses it. */
  describe(data: Uint8Array, options?: Wait): Promise<void>;

  /** As {@link Peer.on}, for the events of this protocol. */
  on<Type extends EventType>(type: Type, listener: (event: EventOf<Type>) => void): () => void;
}

/** Identifies a broadcast: `<origin>/<epoch>/<seq>`, epoch as 16 hexadecimal digits. */
export type MessageID = string;
/** The view of a protocol that a peer must be in; `any`: a living connection is enough. */
export type ViewName = "any" | "in" | "out";
/** The end of an arc at which this peer is: `out` if it opened the arc, `in` if the other peer did. */
export type Direction = "out" | "in";
/** Why an arc or a connection ended. `left`: the other peer left. `crashed`: the connection was lost without notice. `closed`: the holder closed the arc. `dropped`: the target ended it. `refused`: the target refused it. */
export type Cause = "left" | "crashed" | "closed" | "dropped" | "refused";

/** The arcs between this peer and another in one direction. */
export interface Arc {
  readonly peer: PeerID;
  /** How many, at least 1. */
  readonly count: number;
  /** How many of them are locked. Absent if none is. */
  readonly locks?: number;
}

/** All that a peer knows at one moment. Peers are in the order of their ids. */
export interface Snapshot {
  readonly id: PeerID;
  /** Whether the peer is in a room of a signaling server. A link that is being made again counts. */
  readonly linked: boolean;
  /** The arcs of each protocol that runs, by its name. */
  readonly views: { readonly [protocol: string]: { readonly out: readonly Arc[]; readonly in: readonly Arc[] } };
  /** The other ends of living connections with arcs. */
  readonly connections: readonly PeerID[];
  /** The other ends of living connections without arcs. */
  readonly lingering: readonly PeerID[];
  /** The other ends of attempts under way. */
  readonly pending: readonly PeerID[];
  /** Sums since the start. Those of a protocol are named `<protocol>.<metric>`. */
  readonly counters: { readonly [name: string]: number };
  /** How much is under way, by kind. At rest all are 0. */
  readonly held: { readonly [kind: string]: number };
}

/** An estimate of the number of peers in the network. */
export interface Estimate {
  /** At least 1. */
  readonly peers: number;
  /** The estimates for a mean view two standard errors smaller and larger. Go's package `size` explains them. */
  readonly low: number;
  readonly high: number;
  /** The number of views that the estimate uses. */
  readonly samples: number;
}

/**
 * The payload of a message as bytes and as text, in whatever form it was sent. Both are made
 * when they are read: a copy such as `{ ...event }`, or `JSON.stringify`, leaves them out.
 */
interface Payload {
  /** The bytes, shared by all listeners. Text is UTF-8. */
  readonly data: Uint8Array;
  /** The text, decoded when it is read. Invalid UTF-8 becomes U+FFFD. */
  readonly text: string;
}

/** The fields of all events of protocols. */
interface OfProtocol {
  /** The protocol's name. */
  readonly protocol: string;
}

/** One new arc. `via`: the neighbour that introduced or relayed. */
export interface ArcOpened extends OfProtocol { readonly type: "arc_opened"; readonly peer: PeerID; readonly dir: Direction; readonly via?: PeerID }
/** One arc that ended. */
export interface ArcClosed extends OfProtocol { readonly type: "arc_closed"; readonly peer: PeerID; readonly dir: Direction; readonly cause: Cause }
/** The connection to a peer with `out` and `in` arcs is lost. An `arc_closed` follows for each arc. */
export interface PeerDown extends OfProtocol { readonly type: "peer_down"; readonly peer: PeerID; readonly out: number; readonly in: number; readonly cause: Cause }
/** `peer` has opened an arc to `to`, as this peer asked it to. */
export interface Introduced extends OfProtocol { readonly type: "introduced"; readonly peer: PeerID; readonly to: PeerID }
/** One more lock on the arcs to a peer. */
export interface Locked extends OfProtocol { readonly type: "locked"; readonly peer: PeerID }
/** One lock less on the arcs to a peer. */
export interface Unlocked extends OfProtocol { readonly type: "unlocked"; readonly peer: PeerID }
/** A request that failed, even if a promise tells it too. `peer` is absent if the request has none. */
export interface Failed extends OfProtocol {
  readonly type: "failed";
  readonly op: "open" | "close" | "lock" | "unlock" | "drop" | "introduce" | "invite" | "contacts" | "send" | "publish" | "request" | "reply" | "reject" | "multicast" | "describe";
  readonly peer?: PeerID;
  readonly error: ErrorCode;
  /** What happened, for people. */
  readonly message: string;
}
/** A message of a neighbour, in `messages` and `unicast`. */
export interface Received extends OfProtocol, Payload { readonly type: "received"; readonly from: PeerID }
/** A neighbour's request, in `unicast`, to be answered by `reply` or `reject` before `deadline` (ms since the epoch). */
export interface Requested extends OfProtocol, Payload {
  readonly type: "requested";
  readonly from: PeerID;
  /** Identifies the request among those of `from`. */
  readonly request: string;
  readonly deadline: number;
}
/** Too much waits to be sent to a peer: send less until `drained`. */
export interface Congested extends OfProtocol { readonly type: "congested"; readonly peer: PeerID }
/** Ends `congested`. */
export interface Drained extends OfProtocol { readonly type: "drained"; readonly peer: PeerID }
/** A broadcast, delivered once on every peer. `hops` is 0 on the publisher. */
export interface Delivered extends OfProtocol, Payload {
  readonly type: "delivered";
  readonly id: MessageID;
  readonly origin: PeerID;
  /** The number of the broadcast since the origin's start, from 1. */
  readonly seq: number;
  readonly hops: number;
}
/** A contact was asked to introduce this peer, or has taken it in. */
export interface Joined extends OfProtocol { readonly type: "joined"; readonly peer: PeerID }
/** An exchange with a peer has ended. `began`: this peer asked for it. `sent` and `got` count arcs or entries, where the protocol tells. */
export interface Shuffled extends OfProtocol { readonly type: "shuffled"; readonly peer: PeerID; readonly began?: boolean; readonly sent?: number; readonly got?: number }
/** HyParView: the peer is in the active view of this one, and this one in that of the peer. */
export interface NeighbourUp extends OfProtocol { readonly type: "neighbour_up"; readonly peer: PeerID }
/** HyParView: the peer is no longer in the active view. */
export interface NeighbourDown extends OfProtocol { readonly type: "neighbour_down"; readonly peer: PeerID }
/** Plumtree: the state of the link to a neighbour has changed. */
export interface LinkChanged extends OfProtocol { readonly type: "link_changed"; readonly peer: PeerID; readonly state: "eager" | "lazy" | "gone" }
/** T-Man: descriptors were exchanged. `news` is how many of the received ones were news. */
export interface Exchanged extends OfProtocol { readonly type: "exchanged"; readonly peer: PeerID; readonly began: boolean; readonly news: number }
/** T-Man: this peer has another descriptor. */
export interface Described extends OfProtocol { readonly type: "described" }
/** Full mesh: there is an arc to a peer. The mesh has `members` members now. */
export interface Met extends OfProtocol { readonly type: "met"; readonly peer: PeerID; readonly members: number }
/** Full mesh: the peer refused an arc, because its mesh is full. */
export interface Refused extends OfProtocol { readonly type: "refused"; readonly peer: PeerID }
/** Size: an estimate. */
export interface Estimated extends OfProtocol, Estimate { readonly type: "estimated" }
/** The protocol has ended. This is its last event. */
export interface Stopped extends OfProtocol { readonly type: "stopped" }

/** A connection to a peer opened, `setup` ms after the wish to connect. The peer is not authenticated yet. `offered`: this peer made the offer. */
export interface ConnectionOpened { readonly type: "connection_opened"; readonly peer: PeerID; readonly offered: boolean; readonly via?: PeerID; readonly setup: number }
/** This side has verified the identity of the other end. */
export interface ConnectionAuthenticated { readonly type: "connection_authenticated"; readonly peer: PeerID; readonly offered: boolean; readonly via?: PeerID; readonly setup: number }
/** A connection ended. `message` is the reason. It is absent when this side or both wanted the end. */
export interface ConnectionClosed { readonly type: "connection_closed"; readonly peer: PeerID; readonly cause?: Cause; readonly message?: string }
/** The peer has entered the room of a signaling server, which has `members` members. It comes again after each loss of the link. */
export interface SignalingEntered { readonly type: "signaling_entered"; readonly members: number }
/** No signaling server is linked. `again`: the link is being made again. Otherwise `message` is the reason, and {@link Peer.join} may be called again. */
export interface SignalingLost { readonly type: "signaling_lost"; readonly again: boolean; readonly message?: string }

/** The events of {@link Peer.on}. Names and fields are those of `n2n peer --json` and of lab scripts, with bytes in place of their `payload`. */
export type PeerEvent =
  | ArcOpened | ArcClosed | PeerDown | Introduced | Locked | Unlocked | Failed | Received | Requested | Congested | Drained
  | Delivered | Joined | Shuffled | NeighbourUp | NeighbourDown | LinkChanged | Exchanged | Described | Met | Refused
  | Estimated | Stopped | ConnectionOpened | ConnectionAuthenticated | ConnectionClosed | SignalingEntered | SignalingLost;

/** A type of events, or `"*"` for all types. */
export type EventType = PeerEvent["type"] | "*";
/** The events of a type. */
export type EventOf<Type extends EventType> = Type extends "*" ? PeerEvent : Extract<PeerEvent, { type: Type }>;
