/** What can be done with a conversation; each answers with it as it then is. */

import { ref, type Ref } from "vue";

import { part, post } from "@/api";
import { changedHere } from "@/live";
import { tellProblem } from "@/parts/told";
import { t } from "@/words";

import { choosePerson, chooseTags, chooseTime } from "./choosers";
import type { Head } from "./types";

export interface Deeds {
  take: () => Promise<void>;
  handBack: () => Promise<void>;
  handOver: () => Promise<void>;
  assign: () => Promise<void>;
  resolve: () => Promise<void>;
  snooze: () => Promise<void>;
  wake: () => Promise<void>;
  tags: () => Promise<void>;
  read: () => Promise<void>;
  unread: () => Promise<void>;
  /** Whoever marked it unread wants to come back to it: it is not read by lying open. */
  leftUnread: Ref<boolean>;
}

export function useDeeds(id: () => string, head: () => Head | null, shown: (head: Head) => void): Deeds {
  const leftUnread = ref(false);

  async function act(path: string, body: Record<string, unknown> = {}, quiet = false) {
    const at = id();
    try {
      const now = await post<Head>(`/conversations/${part(at)}/${path}`, body);
      if (at === id()) shown(now);
      changedHere({ kind: "conversation", id: at, conversation: at });
    } catch (problem) {
      if (!quiet) tellProblem(problem);
    }
  }
  return {
    take: () => act("take"),
    handBack: () => act("hand-back"),
    resolve: () => act("resolve"),
    wake: () => act("wake"),
    read: () => act("read", {}, true),
    unread: () => {
      leftUnread.value = true;
      return act("unread");
    },
    leftUnread,
    handOver: async () => {
      const person = await choosePerson({ title: t("conversations.hand_over"), reason: true });
      if (person?.to) await act("hand-over", { to: person.to, reason: person.reason });
    },
    assign: async () => {
      const person = await choosePerson({ title: t("conversations.assign"), nobody: true, now: head()?.staff ?? null });
      if (person) await act("assign", { to: person.to });
    },
    snooze: async () => {
      const until = await chooseTime({ title: t("conversations.snooze") });
      if (until) await act("snooze", { until });
    },
    tags: async () => {
      const tags = await chooseTags({ now: head()?.tags ?? [] });
      if (tags && (tags.add.length || tags.remove.length)) await act("tags", { ...tags });
    },
  };
}
