/** Who else looks at this ticket right now, and telling them that we do. A hint: without it everything goes on. */

import { onScopeDispose, ref, watch, type Ref } from "vue";

import { Away, part, post, Refused } from "@/api";
import { session } from "@/api/session";
import { hear } from "@/live";

export interface Watcher {
  staff: string;
  name: string;
}

const BEAT = 20_000;

export function useTicketPresence(number: () => string): Ref<Watcher[]> {
  const others = ref<Watcher[]>([]);

  async function tell(of: string, here: boolean) {
    try {
      const answer = await post<{ items: Watcher[] }>(`/tickets/${part(of)}/presence`, { here });
      if (of === number()) others.value = answer.items;
    } catch (problem) {
      if (!(problem instanceof Away || problem instanceof Refused)) throw problem;
    }
  }

  const beat = window.setInterval(() => {
    if (!document.hidden) void tell(number(), true);
  }, BEAT);
  const stop = hear(["presence"], (it) => {
    if (it.kind !== "presence" || it.ticket !== number() || it.staff === session.me?.staff.username) return;
    if (it.state === "gone") others.value = others.value.filter((one) => one.staff !== it.staff);
    else void tell(number(), true);
  });
  watch(
    number,
    (now, before) => {
      others.value = [];
      if (before) void tell(before, false);
      void tell(now, true);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    window.clearInterval(beat);
    stop();
    void tell(number(), false);
  });
  return others;
}
