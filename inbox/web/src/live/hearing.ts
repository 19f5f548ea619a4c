/** Reading again after events: at most once in a while, and not while nobody looks; what happened then is read on coming back. */

import { onScopeDispose } from "vue";

import { hear, type Happening } from "./feed";
import { paced } from "./pace";

export interface Hearing {
  /** Kinds of events after which to read again; none: only when asked. */
  on?: readonly string[];
  /** Which of those events concern this value; without it all do. */
  when?: (happening: Happening) => boolean;
  /** Who reads first when much happened: 0 what is looked at, 1 the rest, 2 counts and the like. */
  rank?: number;
  /** How often it is read again at most; a second without it. */
  every?: number;
}

const EVERY = 1_000;

/** Calls `again` after such events for as long as the scope lives; `left` when it ends. */
export function hearing(how: Hearing, again: () => void, left: () => void): void {
  let missed = false;
  const soon = paced(how.every ?? EVERY, again, how.rank);
  const stop = hear(how.on ?? ["resync"], (happening) => {
    if (happening.kind !== "resync" && how.when && !how.when(happening)) return;
    if (document.hidden) missed = true;
    else soon();
  });
  const seen = () => {
    if (document.hidden || !missed) return;
    missed = false;
    soon();
  };
  document.addEventListener("visibilitychange", seen);
  onScopeDispose(() => {
    left();
    stop();
    soon.stop();
    document.removeEventListener("visibilitychange", seen);
  });
}
