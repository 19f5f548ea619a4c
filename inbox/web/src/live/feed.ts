/** Live events: one stream for the whole page, with polling behind it when the stream does not hold. */

import { ref } from "vue";

import { away, BASE, expired, get, withQuery } from "@/api/client";
import { Away, Refused } from "@/api/errors";

import { reader } from "./sse";

/** What changed: ids only, never texts. Read again what is on the screen. */
export interface Happening {
  kind: string;
  id?: string;
  estate?: string;
  conversation?: string;
  ticket?: string;
  staff?: string;
  state?: string;
}

type Hear = (happening: Happening) => void;

const SILENCE = 40_000;
const POLL = 10_000;
const AGAIN = [1_000, 2_000, 5_000, 10_000, 30_000];

/** live: events come by themselves. polling: asked for every ten seconds. off: nobody is signed in. */
export const liveState = ref<"off" | "live" | "polling">("off");

const ears = new Map<Hear, readonly string[]>();
let source: AbortController | null = null;
let last = "";
let tries = 0;
let heard = 0;
let watchdog = 0;
let reopen = 0;
let poll = 0;

/** Hear of these kinds (none: of all) and of `resync`, which means: read everything on the screen again. */
export function hear(kinds: readonly string[], then: Hear): () => void {
  ears.set(then, kinds);
  return () => ears.delete(then);
}

function tell(happening: Happening) {
  for (const [then, kinds] of [...ears])
    if (happening.kind === "resync" || kinds.length === 0 || kinds.includes(happening.kind)) then(happening);
}

/** Something was changed here: what shows it is read again at once, before the event comes back. */
export const changedHere = (happening: Happening = { kind: "resync" }): void => tell(happening);

/** Begin, after signing in. */
export function listen(): void {
  if (liveState.value !== "off") return;
  liveState.value = "polling";
  document.addEventListener("visibilitychange", seen);
  void open();
}

/** Stop, before signing out. */
export function fallSilent(): void {
  close();
  document.removeEventListener("visibilitychange", seen);
  window.clearTimeout(reopen);
  window.clearTimeout(poll);
  liveState.value = "off";
  last = "";
}

/**
 * By fetch, not EventSource: that one hides the server's signs of life and the status of a refusal, and cannot go on from
 * an id of ours.
 */
async function open() {
  close();
  const mine = new AbortController();
  source = mine;
  heard = Date.now();
  watchdog = window.setInterval(() => {
    if (Date.now() - heard > SILENCE) mine.abort();
  }, 5_000);
  try {
    const answer = await fetch(`${BASE}/events`, {
      headers: { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) },
      signal: mine.signal,
    });
    if (answer.status === 401) expired();
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    const read = reader((event) => {
      if (event.id) last = event.id;
      take(JSON.parse(event.data) as Happening & { live?: boolean });
    });
    for (const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
      const { done, value } = await pieces.read();
      if (done) break;
      heard = Date.now();
      read(value);
    }
  } catch {
    // Away, refused, cut off or silent: all of them end here, and polling goes on until the next try.
  }
  if (source === mine) lost();
}

function take(happening: Happening & { live?: boolean }) {
  switch (happening.kind) {
    case "hello":
      tries = 0;
      if (away.value) {
        away.value = false;
        tell({ kind: "resync" });
      }
      if (happening.live === false) usePolling();
      else stopPolling();
      return;
    case "away":
      usePolling();
      return;
    case "bye":
      // The stream ends now; what is read again says by itself whether we may still see it.
      tell({ kind: "resync" });
      return;
    case "resync":
      stopPolling();
      break;
  }
  tell(happening);
}

function close() {
  window.clearInterval(watchdog);
  source?.abort();
  source = null;
}

/** The stream broke: poll meanwhile, try again after a growing pause. */
function lost() {
  close();
  if (liveState.value === "off") return;
  usePolling();
  window.clearTimeout(reopen);
  // Many pages come back after a restart: not all in the same moment.
  const pause = (AGAIN[Math.min(tries++, AGAIN.length - 1)] ?? 30_000) * (0.75 + Math.random() / 2);
  reopen = window.setTimeout(() => void open(), pause);
}

function usePolling() {
  if (liveState.value === "off") return;
  liveState.value = "polling";
  window.clearTimeout(poll);
  poll = window.setTimeout(ask, tries <= 1 ? 1_500 : POLL);
}

function stopPolling() {
  window.clearTimeout(poll);
  if (liveState.value !== "off") liveState.value = "live";
}

async function ask() {
  if (liveState.value !== "polling") return;
  if (!document.hidden) {
    try {
      const since = await get<{ id: string; items: Happening[]; resync: boolean }>(
        withQuery("/events/since", { id: last }),
      );
      const missed = since.resync || !last;
      last = since.id;
      if (missed) tell({ kind: "resync" });
      else since.items.forEach(tell);
    } catch (problem) {
      if (!(problem instanceof Away || problem instanceof Refused)) throw problem;
      // Without the route, or without a place to resume from, everything on the screen is read again.
      if (problem instanceof Refused) tell({ kind: "resync" });
    }
  }
  if (liveState.value === "polling") poll = window.setTimeout(ask, POLL);
}

function seen() {
  if (document.hidden || liveState.value !== "polling") return;
  window.clearTimeout(poll);
  void ask();
}
