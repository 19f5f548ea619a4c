/** How many owners wait for a person's answer, for the tab's title: known while nobody looks too, but then read seldom. */

import { onScopeDispose, ref } from "vue";

import { get } from "@/api/client";
import { Away, Refused } from "@/api/errors";
import { atDesk, session } from "@/api/session";

import { hear } from "./feed";

const SELDOM = 15_000;

export const waiting = ref(0);
let at = 0;

/** Somebody read it anyway. */
export function waitingIs(count: number): void {
  waiting.value = count;
  at = Date.now();
}

/** Keep it known as long as the caller stands. */
export function useWaiting(): void {
  let timer = 0;
  async function read() {
    timer = 0;
    // Counts stand beside the list and were read there.
    if (!atDesk.value || session.state !== "in" || Date.now() - at < SELDOM) return;
    try {
      waitingIs((await get<{ waiting: number }>("/conversations/counts", { quiet: true })).waiting);
    } catch (problem) {
      // A number in a title, nothing more.
      if (!(problem instanceof Away || problem instanceof Refused)) throw problem;
    }
  }
  const soon = () => (timer ||= window.setTimeout(() => void read(), SELDOM));
  const stop = hear(["message", "conversation"], soon);
  soon();
  onScopeDispose(() => {
    stop();
    window.clearTimeout(timer);
    waiting.value = 0;
  });
}
