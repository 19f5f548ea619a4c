/** Keeps the page up to date: a stream of events, or asking again and again where streams do not get through. */

import { Away, call } from "./api";
import { state, take, takeSnapshot } from "./state";

const KINDS = ["entry", "user", "push", "refusal", "clock", "menu", "faults"];
const PAUSE_MS = 1000;
const TRIES = 3;

let mark = "";
let ended = false;

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Ends when the stream broke; true: it was open at least once. */
function stream(): Promise<boolean> {
  return new Promise((done) => {
    const source = new EventSource(`/control/events?after=${encodeURIComponent(mark)}`);
    let opened = false;
    const end = () => {
      source.close();
      done(opened);
    };
    source.onopen = () => {
      opened = true;
      state.line = "live";
    };
    source.onerror = end;
    source.addEventListener("reset", () => {
      mark = "";
      end();
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        mark = event.lastEventId;
        take(kind, JSON.parse(event.data as string));
      });
    }
  });
}

interface Batch {
  mark: string;
  reset: boolean;
  items: { id: string; type: string; data: unknown }[];
}

async function poll(): Promise<void> {
  const batch = await call<Batch>("GET", `/events?after=${encodeURIComponent(mark)}&wait=10`);
  state.line = "polling";
  if (batch.reset) {
    mark = await takeSnapshot();
    return;
  }
  for (const event of batch.items) take(event.type, event.data);
  mark = batch.items.at(-1)?.id ?? batch.mark;
}

/** Run until the page is closed. */
export async function follow(): Promise<void> {
  let streamless = 0;
  while (!ended) {
    try {
      if (!mark) mark = await takeSnapshot();
      if (streamless < TRIES && "EventSource" in window) {
        const opened = await stream();
        streamless = opened ? 0 : streamless + 1;
        if (opened) state.line = "away";
        if (mark) await call("GET", "/health", undefined, 5);
      } else {
        await poll();
        continue;
      }
    } catch (problem) {
      state.line = "away";
      if (!(problem instanceof Away)) mark = "";
      streamless = 0;
    }
    await pause(mark ? PAUSE_MS / 4 : PAUSE_MS);
  }
}

addEventListener("pagehide", () => (ended = true));
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
