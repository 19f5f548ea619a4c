/** A long list that is read page by page as the person scrolls, and kept fresh at its head. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from "vue";

import { words } from "@/api/client";
import { Away, Refused } from "@/api/errors";
import type { Page } from "@/api/types";

import { hear, type Happening } from "./feed";
import { merged, withHead } from "./merged";
import { paced } from "./pace";

export interface Paged<Row> {
  /** null until the first page is there. */
  items: ShallowRef<Row[] | null>;
  /** Whether there are more below. */
  more: Ref<boolean>;
  loading: Ref<boolean>;
  problem: Ref<string>;
  /** Read the next page; `EndlessEnd` calls it. */
  next: () => Promise<void>;
  /** Read the head again and join it with what is here. */
  again: () => Promise<void>;
  /** From nothing. */
  restart: () => Promise<void>;
}

interface How<Row> {
  key: (row: Row) => string;
  on?: readonly string[];
  when?: (happening: Happening) => boolean;
  /** Start from nothing when this changes: the filters. */
  of?: WatchSource<unknown>;
  /** Who reads first when much happened: 0 what is looked at, 1 the rest, 2 counts and the like. */
  rank?: number;
  /** How often the head is read again at most; a second without it. */
  every?: number;
}

const RETRY = 3_000;

/** `usePaged((cursor) => get<Page<TicketRow>>(withQuery("/tickets", { cursor, state: state.value })), { key: (row) => row.number, on: ["ticket"] })` */
export function usePaged<Row>(ask: (cursor: string) => Promise<Page<Row>>, how: How<Row>): Paged<Row> {
  const items = shallowRef<Row[] | null>(null);
  const more = ref(false);
  const loading = ref(false);
  const problem = ref("");
  let cursor = "";
  let round = 0;
  let retry = 0;
  let missed = false;

  async function read(at: string, use: (page: Page<Row>) => void, again: () => Promise<void>) {
    const mine = ++round;
    loading.value = true;
    window.clearTimeout(retry);
    try {
      const page = await ask(at);
      if (mine !== round) return;
      use(page);
      problem.value = "";
    } catch (error) {
      if (mine !== round) return;
      if (error instanceof Away) retry = window.setTimeout(() => void again(), RETRY);
      else if (error instanceof Refused) problem.value = words(error);
      else throw error;
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  const restart = (): Promise<void> => {
    items.value = null;
    return again();
  };
  const again = (): Promise<void> =>
    read(
      "",
      (page) => {
        // Read only one page so far, or none: what the server says now is the whole truth.
        if (items.value === null || items.value.length <= page.items.length || !cursor) {
          items.value = page.items;
          cursor = page.next ?? "";
          more.value = cursor !== "";
        } else items.value = withHead(items.value, page.items, how.key);
      },
      again,
    );
  const next = async (): Promise<void> => {
    if (loading.value || !cursor) return;
    await read(
      cursor,
      (page) => {
        items.value = merged(page.items, items.value ?? [], how.key);
        cursor = page.next ?? "";
        more.value = cursor !== "";
      },
      next,
    );
  };

  const soon = paced(how.every ?? 1_000, () => void again(), how.rank);
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
    round++;
    stop();
    soon.stop();
    window.clearTimeout(retry);
    document.removeEventListener("visibilitychange", seen);
  });
  if (how.of) watch(how.of, () => void restart());
  void again();
  return { items, more, loading, problem, next, again, restart };
}
