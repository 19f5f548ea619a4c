/** Keeps a value fresh: reads it, and again when something of these kinds happened, at most once a second. */

import { ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from "vue";

import { words } from "@/api/client";
import { Away, Refused } from "@/api/errors";

import { hearing, type Hearing } from "./hearing";

export interface Fresh<T> {
  /** null until the first answer; the last good one stays while the server is away. */
  value: ShallowRef<T | null>;
  /** Words for a refusal; empty while all is well. A server that is away is told once, on top of the page. */
  problem: Ref<string>;
  /** The status of that refusal: 403, 404 ... */
  status: Ref<number>;
  loading: Ref<boolean>;
  again: () => Promise<void>;
}

interface How extends Hearing {
  /** Read again, from nothing, when this changes. */
  of?: WatchSource<unknown>;
  /** Ask only while this holds. */
  asking?: () => boolean;
}

const RETRY = 3_000;

/** `useFresh(() => get<Ticket>(path()), { on: ["ticket"], when: (it) => it.ticket === props.number, of: () => props.number })` */
export function useFresh<T>(ask: () => Promise<T>, how: How = {}): Fresh<T> {
  const value = shallowRef<T | null>(null);
  const problem = ref("");
  const status = ref(0);
  const loading = ref(false);
  let round = 0;
  let retry = 0;

  async function again() {
    if (how.asking && !how.asking()) return;
    window.clearTimeout(retry);
    const mine = ++round;
    loading.value = true;
    try {
      const answer = await ask();
      // An answer that a later question overtook is out of date.
      if (mine !== round) return;
      value.value = answer;
      problem.value = "";
      status.value = 0;
    } catch (error) {
      if (mine !== round) return;
      if (error instanceof Away) retry = window.setTimeout(() => void again(), RETRY);
      else if (error instanceof Refused) {
        problem.value = words(error);
        status.value = error.status;
      } else throw error;
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  hearing(how, () => void again(), () => {
    round++;
    window.clearTimeout(retry);
  });
  if (how.of)
    watch(how.of, () => {
      value.value = null;
      problem.value = "";
      void again();
    });
  void again();
  return { value, problem, status, loading, again };
}
