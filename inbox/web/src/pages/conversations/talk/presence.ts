/** Who else looks at a conversation, and who is typing; and telling them that we are here. */

import { onScopeDispose, ref, watch, type Ref } from "vue";

import { Away, get, part, post, Refused } from "@/api";
import { session } from "@/api/session";
import { hear } from "@/live";

import type { Watcher } from "../types";

const HERE = 20_000;
const TYPING_AGAIN = 4_000;
const TYPING_ENDS = 5_000;

export interface Presence {
  others: Ref<Watcher[]>;
  /** Something was typed. */
  typed: () => void;
}

export function usePresence(id: () => string): Presence {
  const others = ref<Watcher[]>([]);
  let typing = false;
  let toldTyping = 0;
  let ends = 0;
  let beat = 0;

  async function tell(to: string, here: boolean) {
    try {
      const answer = await post<{ items: Watcher[] }>(`/conversations/${part(to)}/presence`, { typing, here });
      if (to === id()) others.value = answer.items;
    } catch (problem) {
      // A hint, nothing more: without it everything goes on.
      if (!(problem instanceof Away || problem instanceof Refused)) throw problem;
    }
  }
  async function look() {
    try {
      others.value = (await get<{ items: Watcher[] }>(`/conversations/${part(id())}/presence`)).items;
    } catch (problem) {
      if (!(problem instanceof Away || problem instanceof Refused)) throw problem;
    }
  }
  function begin() {
    others.value = [];
    typing = false;
    toldTyping = 0;
    window.clearInterval(beat);
    void tell(id(), true);
    beat = window.setInterval(() => {
      if (!document.hidden) void tell(id(), true);
    }, HERE);
  }
  function stopped() {
    if (!typing) return;
    typing = false;
    toldTyping = 0;
    void tell(id(), true);
  }
  function typed() {
    window.clearTimeout(ends);
    ends = window.setTimeout(stopped, TYPING_ENDS);
    if (Date.now() - toldTyping < TYPING_AGAIN) return;
    typing = true;
    toldTyping = Date.now();
    void tell(id(), true);
  }

  const stop = hear(["presence"], (it) => {
    if (it.kind !== "presence" || it.conversation !== id() || it.staff === session.me?.staff.username) return;
    if (it.state === "gone") others.value = others.value.filter((one) => one.staff !== it.staff);
    else void look();
  });
  // Whoever closed the lid does not say good-bye.
  const sweep = window.setInterval(() => {
    const now = Date.now();
    const left = others.value.filter((one) => Date.parse(one.until) + 60_000 > now);
    if (left.length !== others.value.length) others.value = left;
  }, 10_000);
  watch(id, (_, before) => {
    typing = false;
    void tell(before, false);
    begin();
  });
  begin();
  const bye = () => void tell(id(), false);
  window.addEventListener("pagehide", bye);
  onScopeDispose(() => {
    stop();
    window.clearInterval(beat);
    window.clearInterval(sweep);
    window.clearTimeout(ends);
    window.removeEventListener("pagehide", bye);
    typing = false;
    bye();
  });
  return { others, typed };
}
