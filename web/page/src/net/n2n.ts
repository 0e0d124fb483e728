// The JavaScript API of the peer (web/npm). It is fetched only when the user joins.

import type * as n2n from "../../../npm/index.js";

export type Module = typeof n2n;

let loaded: Module | undefined;
let attempts = 0;

/** fetchModule imports the API. A browser may remember a failed import, so each attempt has its own address. */
export async function fetchModule(): Promise<Module> {
  if (loaded) return loaded;
  const url = new URL("n2n/index.js", document.baseURI);
  if (attempts > 0) url.searchParams.set("attempt", String(attempts));
  attempts++;
  loaded = (await import(url.href)) as Module;
  return loaded;
}

/** The features of a peer that this browser lacks, known before anything is fetched. */
export function lacks(): string[] {
  const missing: string[] = [];
  if (typeof RTCPeerConnection === "undefined") missing.push("WebRTC");
  if (typeof WebAssembly === "undefined") missing.push("WebAssembly");
  if (typeof DecompressionStream === "undefined") missing.push("DecompressionStream");
  return missing;
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
