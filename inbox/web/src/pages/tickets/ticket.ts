/** One ticket on the page: read, kept fresh, changed. A lost race shows how it stands now and throws nothing away. */

import { computed, inject, provide, ref, type ComputedRef, type InjectionKey, type Ref } from "vue";

import { get, part, post, Refused, words } from "@/api";
import { changedHere, useFresh, type Fresh } from "@/live";
import { stateOf, whoOf } from "@/said/tickets";
import { t } from "@/words";

import type { Panel, TicketFull } from "./types";

export interface OneTicket {
  number: ComputedRef<string>;
  fresh: Fresh<Panel>;
  shown: ComputedRef<Panel | null>;
  busy: Ref<boolean>;
  /** Why the last change was refused. */
  problem: Ref<string>;
  /** Somebody was faster: who, and how it stands now. */
  conflict: Ref<string>;
  /** POST below this ticket's path. The answer, or null when it was refused (`problem` says why). */
  change: <T = TicketFull>(path: string, body: unknown, key?: string) => Promise<T | null>;
  /** POST elsewhere that changes this ticket. */
  elsewhere: <T = unknown>(path: string, body: unknown) => Promise<T | null>;
  calm: () => void;
}

const KEY: InjectionKey<OneTicket> = Symbol("ticket");

/** Who is behind the newest change, for "张师傅刚刚改过". */
const lastBy = (ticket: TicketFull): string => {
  const last = ticket.events.at(-1);
  return last ? whoOf(last.by) : t("tickets.conflict_anybody");
};

const isTicket = (answer: unknown): answer is TicketFull =>
  typeof answer === "object" && answer !== null && "possible" in answer && "due_why" in answer;

export function useTicket(number: () => string): OneTicket {
  const at = computed(number);
  const fresh = useFresh<Panel>(() => get<Panel>(`/tickets/${part(at.value)}`), {
    on: ["ticket", "incident", "promise", "staff"],
    when: (it) => it.kind === "staff" || it.kind === "incident" || it.ticket === at.value,
    of: () => at.value,
    rank: 0,
  });
  const busy = ref(false);
  const problem = ref("");
  const conflict = ref("");

  const calm = () => {
    problem.value = "";
    conflict.value = "";
  };

  /** What a change answered is shown at once; the rest of the panel follows. */
  function take(answer: unknown) {
    if (isTicket(answer) && answer.number === at.value && fresh.value.value) fresh.value.value = { ...fresh.value.value, ...answer };
  }

  async function send<T>(path: string, body: unknown, key?: string): Promise<T | null> {
    busy.value = true;
    calm();
    try {
      const answer = await post<T>(path, body, key ? { key } : {});
      take(answer);
      changedHere({ kind: "ticket", ticket: at.value });
      return answer;
    } catch (error) {
      const current = error instanceof Refused && error.code === "conflict" ? error.details.current : undefined;
      if (isTicket(current)) {
        take(current);
        conflict.value = t("tickets.conflict", { who: lastBy(current), state: stateOf(current) });
      } else problem.value = words(error);
      if (error instanceof Refused) void fresh.again();
      return null;
    } finally {
      busy.value = false;
    }
  }

  const one: OneTicket = {
    number: at,
    fresh,
    shown: computed(() => fresh.value.value),
    busy,
    problem,
    conflict,
    change: (path, body, key) => send(`/tickets/${part(at.value)}/${path}`, body, key),
    elsewhere: (path, body) => send(path, body),
    calm,
  };
  provide(KEY, one);
  return one;
}

/** The ticket that a part of the page belongs to. */
export function theTicket(): OneTicket {
  const one = inject(KEY);
  if (!one) throw new Error("this part stands outside of a ticket");
  return one;
}
