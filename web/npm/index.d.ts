/**
 * n2n: overlay networks whose peers are browser tabs and Go programs.
 *
 * A peer runs in the page as a Go program compiled to WebAssembly. Times are in
 * milliseconds, sizes in bytes, numbers of things are whole. What a call gets that
 * is of the wrong type or out of its bounds is an {@link N2NError} with the code
 * "invalid" that names the argument, and changes nothing. Every call that waits
 * ends: by its deadline, its `timeout`, its `signal`, or because the peer has ended.
 *
 * @packageDocumentation
 */

/**
 * Names a peer: the first 20 bytes of SHA-256 of its Ed25519 public key, written as
 * 32 characters of lower-case base32 (`a`–`z`, `2`–`7`).
 */
export type PeerID = string;

/**
 * Why something failed. The first lines are the codes of Go's `messages.Code`, with
 * the meaning that they have there; the last are those of a page.
 *
 * - `self`: a peer does not connect to itself
 * - `unknown_peer`: no connection, relay or signaling server leads to the peer
 * - `not_neighbour`: there is no living connection to the peer
 * - `not_in_view`: the peer is not in the view that was asked for
 * - `locked`, `not_locked`: every arc to the peer is locked; none is
 * - `no_arc`: there is no such arc
 * - `no_protocol`: the protocol does not run there (or here)
 * - `timeout`: no answer before the deadline
 * - `refused`: the other side does not want it
 * - `full`: a table or queue is full, here or there
 * - `rate`: too many in too short a time
 * - `expired`: what it is about has ended already
 * - `duplicate`: it is there, or under way, already
 * - `too_big`: larger than the cap
 * - `closed`: the peer, the protocol or the connection has ended
 * - `unsupported`: the browser lacks what is needed, see {@link supported}
 * - `load`: the WebAssembly program could not be loaded or started
 * - `invalid`: an argument is of the wrong type or out of its bounds
 * - `in_use`: the kept identity is that of a peer in another tab
 */
export type ErrorCode =
  | "self" | "unknown_peer" | "not_neighbour" | "not_in_view" | "locked" | "not_locked" | "no_arc" | "no_protocol"
  | "timeout" | "refused" | "full" | "rate" | "expired" | "duplicate" | "too_big" | "closed"
  | "unsupported" | "load" | "invalid" | "in_use";

/** What every call of this package throws or rejects with, but for a `signal`'s own reason. */
export class N2NError extends Error {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown });
  readonly name: "N2NError";
  /** The kind of the failure; `message` says what happened to what, for people. */
  readonly code: ErrorCode;
}

/**
 * Says whether this browser can run a peer, and what is missing: names such as
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
   * Told how far the download is: `loaded` of `total` bytes as they come over the
   * network, at the start, as they come, and at the end. `total` is 0 while it is not
   * known.
   */
  onProgress?(progress: { loaded: number; total: number }): void;
  /** Ends the wait, and the download if nobody else waits for it: `AbortSignal.timeout(30_000)`, say. */
  signal?: AbortSignal;
}

/**
 * Downloads and compiles the WebAssembly program, once for the page: later calls wait
 * for the same. {@link createPeer} calls it; a page calls it to show its progress.
 *
 * Rejects with `unsupported`; with `load`, naming the URL, what came and what to do, also
 * after six minutes without a first byte or one without another, after which it can be
 * called again; with `invalid` when `base` is another one than that of a call before; with
 * the reason of `signal`.
 */
export function load(options?: LoadOptions): Promise<void>;

/**
 * Starts a peer. It has entered no room yet. There can be several in a page.
 *
 * Rejects with `unsupported`, `load` (see {@link load}), `invalid` naming the option,
 * `in_use`, `duplicate` when two protocols have one name, or the reason of `signal`.
 */
export function createPeer(options?: PeerOptions): Promise<Peer>;

/** Options of {@link createPeer}. */
export interface PeerOptions extends LoadOptions {
  /**
   * The signaling servers through which the peer enters rooms: `ws://` or `wss://`
   * (`http://` and `https://` mean the same), at most 16, each once. A relative URL is
   * one of the page's own host. With several it enters through the first that
   * answers, and stays linked to all. None: it cannot join.
   */
  signaling?: string | URL | (string | URL)[];
  /**
   * Who the peer is. One identity is one peer at a time.
   *
   * - `"tab"`, the default: a fresh key, forgotten with the peer.
   * - `{ keep: name }`: a key in `localStorage` under that name (1 to 64 characters),
   *   made the first time, so that the peer is the same after a reload. Whoever can
   *   run scripts of this origin can read it. A lock of the Web Locks API keeps other
   *   tabs from being the same peer (`in_use`); where there is none, outside https and
   *   localhost, nothing does, and of two such tabs the newer takes the older's place.
   *   A stored value that is no key is `invalid` and stays as it is.
   * - `{ seed }`: the key with this seed of 32 bytes; keeping and guarding it is the page's.
   */
  identity?: "tab" | { keep: string } | { seed: Uint8Array };
  /** The network's name, 1 to 64 bytes; peers of different networks do not connect. Default: `n2n`. */
  network?: string;
  /**
   * STUN and TURN servers, which help through NATs, at most 16. They are trusted: never
   * take them from other peers. Default: none, which is enough on one network.
   */
  iceServers?: IceServer[];
  /** Also connect to peers that name loopback addresses, such as Go peers of this machine. Default: false. */
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
 * Deadlines (ms, above 0) and limits of a peer. Past a limit the one who asked gets a
 * typed error, and it is counted.
 */
export interface Limits {
  /** Deadline of a request. Default: 10,000. */
  requestTimeout?: number;
  /** What the other side has to prove its identity. Default: 5,000. */
  authTimeout?: number;
  /** How long a connection that nobody uses is kept. Default: 60,000. */
  linger?: number;
  /** What protocols have to take leave. Default: 2,000. */
  leaveGrace?: number;
  /** How many further ways to a peer are tried. 0 to 16. Default: 3. */
  maxRetries?: number;
  /** Wait before the first retry; it doubles with each. Default: 200. */
  retryWait?: number;
  /** Connections, those under way included. Default: 256, which browsers bear. */
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
  /** Attempts of others whose signals it relays at a time. Default: 1,024. */
  maxRelays?: number;
  /** Signals and introductions a second from one neighbour, for long. Above 0. Default: 64. */
  signalRate?: number;
  /** The same, at once. Default: 256. */
  signalBurst?: number;
  /** Messages that wait for the channel of a delivery class to open. Default: 256. */
  maxWaiting?: number;
  /** How long an offer waits for ICE servers. Default: 3,000. */
  gatherTimeout?: number;
  /** How long a connection that the browser calls disconnected has to recover. Default: 10,000. */
  failedTimeout?: number;
}

/** What all of {@link ProtocolOptions} have. */
interface Named {
  /**
   * The name on the wire, the same on all peers, unique on a peer: 1 to 32 of
   * `[a-z0-9.-]`. Default: that of `use`.
   */
  name?: string;
}

/** A protocol of the page's own: it keeps arcs and carries messages. Which, and when, the page decides. */
export interface MessagesOptions {
  use: "messages";
  /** The name on the wire, the same on all peers: 1 to 32 of `[a-z0-9.-]`. */
  name: string;
  /**
   * What messages are, on the wire and at all peers: `bytes` (Go's
   * `wrapperspb.BytesValue`) or `text` (`wrapperspb.StringValue`). Default: `bytes`.
   */
  content?: "bytes" | "text";
  /**
   * How they travel. `ordered`: each once, in the order they were sent; `reliable`: in
   * any order; `lossy`: possibly not, at most 16,000 bytes. Default: `ordered`.
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
  /** Newcomers that a contact introduces at a time. 1 to 65,536. Default: 128. */
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

/** HyParView: a small symmetric active view, and a passive one to repair it from. */
export interface HyParViewOptions extends Named {
  use: "hyparview";
  /** Size of the active view. 2 to 64. Default: 5. */
  active?: number;
  /** Size of the passive view. 1 to 1,024. Default: 30. */
  passive?: number;
  /** Hops of the walk into active views. 1 to 7. Default: 6. */
  arwl?: number;
  /** Hops that are left where it takes the newcomer into a passive view. 0 to `arwl`. Default: 3. */
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
  /** What this peer is ranked by, at most 256 bytes. Default: none, its PeerID. */
  data?: Uint8Array;
  /** The peer-sampling protocol of this peer. Default: `spray`. */
  sampling?: string;
  /** Arcs to the best. 1 to 64. Default: 4. */
  view?: number;
  /** Descriptors in a message. 1 to 64. Default: 20. */
  sample?: number;
  /** The partner is drawn among so many of the best. Above 0. Default: 10. */
  psi?: number;
  /** Last partners that are passed over. At least 0. Default: 4. */
  tabu?: number;
  /** Descriptors that are kept, at most 4,096. Default: 100. */
  known?: number;
  /** Time between two exchanges. Default: 30,000. */
  period?: number;
  /** How long a neighbour may take to answer. Default: 10,000. */
  deadline?: number;
  /** How old a descriptor may become. At least `period`. Default: 180,000. */
  ttl?: number;
  /** For how long a peer that is gone is not tried again. Default: 60,000. */
  forget?: number;
}

/** A mesh in which every member has an arc to every other. */
export interface FullMeshOptions extends Named {
  use: "fullmesh";
  /** Members, this peer included. 2 to 256. Default: 32. */
  maxMembers?: number;
  /** Time between two looks for members that are missing. Default: 10,000. */
  period?: number;
}

/** Broadcast in causal order, repaired by comparing with neighbours, along the arcs of `over`. */
export interface BroadcastOptions extends Named {
  use: "broadcast";
  /** The protocol along whose arcs messages travel. Default: `spray`. */
  over?: string;
  /** The largest payload. 1 to 1,048,576. Default: 65,536. */
  maxPayload?: number;
  /** Of how many origins it is known how far they have come. Above 0. Default: 10,000. */
  remember?: number;
  /** Time between two comparisons. Default: 10,000. */
  period?: number;
  /** How long a message waits for those before it. Default: 30,000. */
  patience?: number;
  /** How long messages are kept for others. Default: 600,000. */
  window?: number;
  /** How long before its start messages may have come that a newcomer gets. At most `window`. Default: 10,000. */
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
  /** IDs that are kept to tell what was seen. Above 0. Default: 10,000. */
  remember?: number;
  /** For how long a message can be asked for. At least `announceDelay` + `iHaveTimeout` + `graftTimeout`. Default: 10,000. */
  window?: number;
  /** Bytes that are kept for that, at least `maxPayload`. Default: 4,194,304. */
  keep?: number;
  /** How long announcements wait for others. Default: 100. */
  announceDelay?: number;
  /** How long a message may take after it was announced. Default: 1,000. */
  iHaveTimeout?: number;
  /** How long a neighbour may take to send what it was asked for. Default: 500. */
  graftTimeout?: number;
  /** By how many hops a lazy neighbour must be nearer to become eager. 0: never. Default: 0. */
  threshold?: number;
}

/** Messages and requests between neighbours, of whichever protocol. */
export interface UnicastOptions extends Named {
  use: "unicast";
  /** The protocol whose neighbours a multicast without targets goes to. Default: `spray`. */
  over?: string;
  /** The largest payload. 1 to 1,048,576. Default: 65,536. */
  maxPayload?: number;
  /** Requests that wait, each way. 1 to 65,536. Default: 1,024. */
  maxRequests?: number;
  /** How long a request waits that does not say. Default: 10,000. */
  deadline?: number;
  /** The longest that one can wait, at most an hour. Default: 60,000. */
  maxDeadline?: number;
}

/** An estimate of how many peers the network has, from the views of Spray. */
export interface SizeOptions extends Named {
  use: "size";
  /** The protocol whose views are counted. Default: `spray`. */
  over?: string;
  /** That protocol's `a`. Default: 1. */
  a?: number;
  /** That protocol's `b`. Default: 0. */
  b?: number;
  /** Time between two estimates; best that protocol's period. Default: 30,000. */
  period?: number;
  /** How many periods a report counts. 1 to 1,000. Default: 10. */
  window?: number;
}

/** Which protocol to run, and with what numbers: the fields of its Go `Config`, in camelCase. No time is longer than 1,000 hours. */
export type ProtocolOptions =
  | MessagesOptions | SprayOptions | CyclonOptions | HyParViewOptions | TManOptions | FullMeshOptions
  | BroadcastOptions | PlumtreeOptions | UnicastOptions | SizeOptions;

/** How long to wait for a call, besides the peer's own deadline. */
export interface Wait {
  /** Ends the wait: the call rejects with `signal.reason`, and what it asked for may still happen. */
  signal?: AbortSignal;
  /** Ends the wait after so many ms, with the code `timeout`. Above 0. Default: none but the peer's own deadline. */
  timeout?: number;
}

/** A running peer. All its calls reject with `closed` once it has ended. */
export interface Peer {
  readonly id: PeerID;
  /**
   * Resolves when the peer has ended: with `undefined` after {@link Peer.leave}, else with
   * why (it was crashed, or the program broke down). It never rejects.
   */
  readonly closed: Promise<Error | undefined>;

  /**
   * Enters a room (1 to 64 bytes) through the signaling servers, and resolves with a
   * contact: a member that they named, `undefined` when the peer is alone. It opens no
   * arc; that is left to the protocols. The link is kept until the peer leaves, and made
   * again when it is lost. After `signal` or `timeout` the peer goes on entering.
   *
   * Rejects with `duplicate`, the peer is in a room or entering one; `timeout`, a server
   * does not answer, or the peer is inside but nobody named a contact in time; `full`,
   * `refused` or `rate`, the servers do not let it in; `closed`, there are none, they cannot
   * be reached, or do not take pages of this origin (the message says which). Join can be
   * called again then.
   */
  join(room: string, options?: Wait): Promise<PeerID | undefined>;
  /**
   * Leaves the network in order: protocols hand over what they hold (at most
   * `limits.leaveGrace`), neighbours are told. Resolves when the peer has ended; it may be
   * called again. After twice the grace and 5 s the rest is cut short. Rejects with
   * `closed` when the peer has ended otherwise.
   */
  leave(): Promise<void>;
  /** Ends the peer at once and without a word, as a lost machine would. It may be called again. */
  crash(): void;

  /**
   * Starts a protocol. Rejects with `invalid`, naming the field; `duplicate`, one of that
   * name runs; `full`, as many as `limits.maxProtocols` run. A name that is being removed
   * is waited for.
   */
  spawn(options: ProtocolOptions): Promise<Protocol>;
  /** Ends a protocol and its arcs, of both directions. Rejects with `no_protocol`. */
  remove(name: string): Promise<void>;
  /** A protocol that runs. Throws `no_protocol`. */
  protocol(name: string): Protocol;

  /** The peers with a living connection and arcs of any protocol and direction, in order. */
  neighbors(): Promise<PeerID[]>;
  /** What the peer knows now. */
  snapshot(): Promise<Snapshot>;

  /**
   * Calls the listener with events of a type, those of connections and those of all the
   * protocols, `"*"` for all; the result stops that. Listeners are called from tasks of
   * their own, never within a call, in the order of the events; what they throw is
   * reported to the console and ends nothing.
   */
  on<Type extends EventType>(type: Type, listener: (event: EventOf<Type>) => void): () => void;
}

/**
 * A protocol of a peer. Which of the calls it has depends on `use`; the others are
 * `invalid`. Calls that return a promise reject, besides what is said there, with
 * `no_protocol` when the protocol was removed, `closed` when it or the peer ends, `timeout`
 * (after `limits.requestTimeout`) or `invalid`.
 */
export interface Protocol {
  /** The name on the wire. */
  readonly name: string;
  /** What it is. */
  readonly use: ProtocolOptions["use"];

  /**
   * Opens an arc to a peer: along a living connection, else along the relays `via` (nearest
   * first, at most 8), else through the signaling server. Rejects with `self`,
   * `unknown_peer`, `not_neighbour` (`via` begins with none), `no_protocol`, `refused`,
   * `full`, `rate`, `too_big`.
   */
  open(peer: PeerID, options?: Wait & { via?: PeerID[] }): Promise<void>;
  /** Ends one arc to a peer that is not locked. Rejects with `no_arc` or `locked`. */
  close(peer: PeerID, options?: Wait): Promise<void>;
  /** Keeps one arc to a peer from being closed. Rejects with `no_arc` or `locked`. */
  lock(peer: PeerID, options?: Wait): Promise<void>;
  /** Undoes one lock. Rejects with `no_arc` or `not_locked`. */
  unlock(peer: PeerID, options?: Wait): Promise<void>;
  /** Ends all arcs that a peer holds to this one. Rejects with `no_arc`. */
  drop(peer: PeerID, options?: Wait): Promise<void>;
  /**
   * Asks neighbour `from` to open an arc to neighbour `to`. `views` says in which views of
   * this protocol the two must be: `any` (a connection is enough, the default), `in` or
   * `out`. Rejects with `self`, `not_neighbour`, `not_in_view`, `no_protocol`, `refused`,
   * `full`, `rate`.
   */
  introduce(from: PeerID, to: PeerID, options?: Wait & { views?: [ViewName, ViewName] }): Promise<void>;
  /** Asks a neighbour to open an arc to this peer. Rejects as {@link Protocol.introduce} does. */
  invite(peer: PeerID, options?: Wait): Promise<void>;
  /** Asks the signaling server for up to `count` members of the room, 1 to 64. Possibly none. */
  contacts(count: number, options?: Wait): Promise<PeerID[]>;

  /**
   * `messages` and `unicast`: sends to a neighbour, whichever way arcs point, and does not
   * wait. Text is sent as UTF-8; a protocol with `content: "text"` takes nothing else.
   * Throws `invalid`; `too_big` above 1,048,560 bytes (16,000 when lossy, `maxPayload` in
   * unicast); `closed`. What is known not to have left is told by the event `failed` with
   * `op: "send"`: `self`, `not_neighbour`, `no_protocol`, `full` (too much waits: until
   * `drained`), `closed`.
   */
  send(peer: PeerID, data: Uint8Array | string): void;

  /**
   * `broadcast` and `plumtree`: sends to all peers of the overlay, this one included
   * (`delivered`). Resolves with the message's id when it was delivered here. `after`,
   * for broadcast only: ids of at most 256 messages, delivered here, to be delivered
   * before. Rejects with `too_big` (`maxPayload`), or `refused` when one of `after` was not
   * delivered here.
   */
  publish(data: Uint8Array | string, options?: Wait & { after?: MessageID[] }): Promise<MessageID>;

  /**
   * `unicast`: sends a request to a neighbour and resolves with the answer. `timeout` (at
   * most `maxDeadline`) is told to the neighbour too. Rejects with `refused`, `full` or
   * `invalid` when the peer turns it down, `not_neighbour`, `no_protocol`, `too_big`, `full`,
   * `closed` when the connection is lost.
   */
  request(peer: PeerID, data: Uint8Array | string, options?: Wait): Promise<Uint8Array>;
  /** `unicast`: answers a {@link Requested}. Throws `invalid` or `too_big`; `failed` with `op: "reply"` if nobody waits. */
  reply(request: Pick<Requested, "from" | "request">, data: Uint8Array | string): void;
  /** `unicast`: turns a {@link Requested} down; `text` is for people, at most 256 bytes. Throws `invalid` or `too_big`. */
  reject(request: Pick<Requested, "from" | "request">, reason?: "refused" | "full" | "invalid", text?: string): void;
  /**
   * `unicast`: sends to several neighbours, at most 1,024, each once; to all neighbours of
   * `over` when `peers` is left out. `failed` with `op: "multicast"` for each it did not leave for.
   */
  multicast(data: Uint8Array | string, peers?: PeerID[]): void;

  /** `size`: an estimate of the number of peers, now. */
  estimate(options?: Wait): Promise<Estimate>;
  /** `tman`: ranks this peer by other data, at most 256 bytes. Rejects with `too_big`, or `invalid` when the ranking does not take it. */
  describe(data: Uint8Array, options?: Wait): Promise<void>;

  /** As {@link Peer.on}, for the events of this protocol. */
  on<Type extends EventType>(type: Type, listener: (event: EventOf<Type>) => void): () => void;
}

/** Names a broadcast: `<origin>/<epoch>/<seq>`, epoch as 16 hexadecimal digits. */
export type MessageID = string;
/** The view of a protocol that a peer must be in; `any`: a living connection is enough. */
export type ViewName = "any" | "in" | "out";
/** Which end of an arc this peer is: it opened it (`out`), or it was opened to it (`in`). */
export type Direction = "out" | "in";
/** Why an arc or a connection ended: the other said that it leaves, was lost without a word, its holder closed it, its target ended it, its target did not take it. */
export type Cause = "left" | "crashed" | "closed" | "dropped" | "refused";

/** The arcs between this peer and another in one direction. */
export interface Arc {
  readonly peer: PeerID;
  /** How many, at least 1. */
  readonly count: number;
  /** How many of them are locked; absent if none. */
  readonly locks?: number;
}

/** What a peer knows at one moment. Peers come in the order of their ids. */
export interface Snapshot {
  readonly id: PeerID;
  /** In a room of a signaling server; a link that is being made again counts. */
  readonly linked: boolean;
  /** The arcs of each protocol that runs, by its name. */
  readonly views: { readonly [protocol: string]: { readonly out: readonly Arc[]; readonly in: readonly Arc[] } };
  /** Other ends of the living connections with arcs. */
  readonly connections: readonly PeerID[];
  /** Of those without. */
  readonly lingering: readonly PeerID[];
  /** Of the attempts under way. */
  readonly pending: readonly PeerID[];
  /** Sums since the start; those of a protocol are `<protocol>.<metric>`. */
  readonly counters: { readonly [name: string]: number };
  /** What is under way, by kind; at rest all are 0. */
  readonly held: { readonly [kind: string]: number };
}

/** How many peers the network has, about. */
export interface Estimate {
  /** At least 1. */
  readonly peers: number;
  /** Two standard errors of the mean view below and above; see Go's package `size` for what that says. */
  readonly low: number;
  readonly high: number;
  /** Views that went into it. */
  readonly samples: number;
}

/**
 * What came with a message, in both forms whichever it was sent in. Both are made when
 * they are read: a copy such as `{ ...event }`, or `JSON.stringify`, leaves them out.
 */
interface Payload {
  /** The bytes, shared by all who listen. Text as UTF-8. */
  readonly data: Uint8Array;
  /** The text, decoded when it is read; what is no UTF-8 becomes U+FFFD. */
  readonly text: string;
}

/** What all events of protocols have. */
interface OfProtocol {
  /** The protocol's name. */
  readonly protocol: string;
}

/** One new arc. `via`: the neighbour that introduced or relayed. */
export interface ArcOpened extends OfProtocol { readonly type: "arc_opened"; readonly peer: PeerID; readonly dir: Direction; readonly via?: PeerID }
/** One arc that ended. */
export interface ArcClosed extends OfProtocol { readonly type: "arc_closed"; readonly peer: PeerID; readonly dir: Direction; readonly cause: Cause }
/** The connection to a peer with `out` and `in` arcs is lost; an `arc_closed` follows for each. */
export interface PeerDown extends OfProtocol { readonly type: "peer_down"; readonly peer: PeerID; readonly out: number; readonly in: number; readonly cause: Cause }
/** `peer` has opened an arc to `to`, as this peer asked it to. */
export interface Introduced extends OfProtocol { readonly type: "introduced"; readonly peer: PeerID; readonly to: PeerID }
/** One lock more on the arcs to a peer. */
export interface Locked extends OfProtocol { readonly type: "locked"; readonly peer: PeerID }
/** One lock less. */
export interface Unlocked extends OfProtocol { readonly type: "unlocked"; readonly peer: PeerID }
/** A request that did not succeed; also those of which a promise tells. `peer` is absent where it is about none. */
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
  /** Names the request among those of `from`. */
  readonly request: string;
  readonly deadline: number;
}
/** Too much waits to be sent to a peer: send less until `drained`. */
export interface Congested extends OfProtocol { readonly type: "congested"; readonly peer: PeerID }
/** Ends `congested`. */
export interface Drained extends OfProtocol { readonly type: "drained"; readonly peer: PeerID }
/** A broadcast, once on every peer. `hops` is 0 on the peer that published it. */
export interface Delivered extends OfProtocol, Payload {
  readonly type: "delivered";
  readonly id: MessageID;
  readonly origin: PeerID;
  /** Counts the origin's broadcasts since its start, from 1. */
  readonly seq: number;
  readonly hops: number;
}
/** A contact was asked to introduce this peer, or has taken it in. */
export interface Joined extends OfProtocol { readonly type: "joined"; readonly peer: PeerID }
/** An exchange with a peer has ended. `began`: this peer asked for it. `sent` and `got` count arcs or entries, where the protocol tells. */
export interface Shuffled extends OfProtocol { readonly type: "shuffled"; readonly peer: PeerID; readonly began?: boolean; readonly sent?: number; readonly got?: number }
/** HyParView: the peer is in the active view, as this one is in its. */
export interface NeighbourUp extends OfProtocol { readonly type: "neighbour_up"; readonly peer: PeerID }
/** It is so no longer. */
export interface NeighbourDown extends OfProtocol { readonly type: "neighbour_down"; readonly peer: PeerID }
/** Plumtree: what the link to a neighbour is now. */
export interface LinkChanged extends OfProtocol { readonly type: "link_changed"; readonly peer: PeerID; readonly state: "eager" | "lazy" | "gone" }
/** T-Man: descriptors were exchanged; `news` of those that came were worth something. */
export interface Exchanged extends OfProtocol { readonly type: "exchanged"; readonly peer: PeerID; readonly began: boolean; readonly news: number }
/** T-Man: this peer has another descriptor. */
export interface Described extends OfProtocol { readonly type: "described" }
/** Full mesh: there is an arc to a peer, of a mesh with so many members now. */
export interface Met extends OfProtocol { readonly type: "met"; readonly peer: PeerID; readonly members: number }
/** Full mesh: the peer does not want an arc, its mesh is full. */
export interface Refused extends OfProtocol { readonly type: "refused"; readonly peer: PeerID }
/** Size: an estimate. */
export interface Estimated extends OfProtocol, Estimate { readonly type: "estimated" }
/** The protocol has ended; its last event. */
export interface Stopped extends OfProtocol { readonly type: "stopped" }

/** A connection to a peer opened, `setup` ms after the wish; nobody is authenticated yet. `offered`: this peer made the offer. */
export interface ConnectionOpened { readonly type: "connection_opened"; readonly peer: PeerID; readonly offered: boolean; readonly via?: PeerID; readonly setup: number }
/** This side has verified who is at the other end. */
export interface ConnectionAuthenticated { readonly type: "connection_authenticated"; readonly peer: PeerID; readonly offered: boolean; readonly via?: PeerID; readonly setup: number }
/** A connection ended; `message` says why, absent when this side or both wanted it. */
export interface ConnectionClosed { readonly type: "connection_closed"; readonly peer: PeerID; readonly cause?: Cause; readonly message?: string }
/** The peer is inside the room of a signaling server with so many members; again after each time the link was lost. */
export interface SignalingEntered { readonly type: "signaling_entered"; readonly members: number }
/** No signaling server is linked. `again`: the link will be tried again; else `message` says why not, and {@link Peer.join} may be called again. */
export interface SignalingLost { readonly type: "signaling_lost"; readonly again: boolean; readonly message?: string }

/** What {@link Peer.on} tells of. Names and fields are those of `n2n peer --json` and of lab scripts, with bytes in the place of their `payload`. */
export type PeerEvent =
  | ArcOpened | ArcClosed | PeerDown | Introduced | Locked | Unlocked | Failed | Received | Requested | Congested | Drained
  | Delivered | Joined | Shuffled | NeighbourUp | NeighbourDown | LinkChanged | Exchanged | Described | Met | Refused
  | Estimated | Stopped | ConnectionOpened | ConnectionAuthenticated | ConnectionClosed | SignalingEntered | SignalingLost;

/** A type of events, or `"*"`: all of them. */
export type EventType = PeerEvent["type"] | "*";
/** The events of a type. */
export type EventOf<Type extends EventType> = Type extends "*" ? PeerEvent : Extract<PeerEvent, { type: Type }>;
