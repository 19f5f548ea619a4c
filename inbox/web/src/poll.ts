/** Keeps a value fresh: asks every three seconds while the page is seen, and says when the server is away. */

import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { Away, Refused } from "./api";

const EVERY = 3000;

/** Whether the last question of any list got no answer. */
export const away = ref(false);

const all = new Set<() => Promise<void>>();

/** Something was changed here: every list on the page asks again at once. */
export const changed = () => all.forEach((again) => void again());

export interface Fresh<T> {
  value: ShallowRef<T | null>;
  problem: Ref<string>;
  again: () => Promise<void>;
}

export function fresh<T>(ask: () => Promise<T>): Fresh<T> {
  const value = shallowRef<T | null>(null);
  const problem = ref("");
  let timer = 0;
  let round = 0;
  let ended = false;

  async function again() {
    window.clearTimeout(timer);
    const mine = ++round;
    try {
      const answer = await ask();
      // An answer that a later question overtook is out of date.
      if (mine !== round || ended) return;
      value.value = answer;
      problem.value = "";
      away.value = false;
    } catch (error) {
      if (mine !== round || ended) return;
      if (error instanceof Away) away.value = true;
      else if (error instanceof Refused) {
        away.value = false;
        if (error.status === 401) return;
        problem.value = error.message;
      } else throw error;
    }
    timer = window.setTimeout(() => (document.hidden ? undefined : void again()), EVERY);
  }

  const seen = () => {
    if (!document.hidden) void again();
  };
  document.addEventListener("visibilitychange", seen);
  onScopeDispose(() => {
    ended = true;
    all.delete(again);
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  });
  all.add(again);
  void again();
  return { value, problem, again };
}
