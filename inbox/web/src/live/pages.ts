/** A long list that is read page by page as the person scrolls, and kept fresh at its head. */

import { ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from "vue";

import { words } from "@/api/client";
import { Away, Refused } from "@/api/errors";
import type { Page } from "@/api/types";

import { hearing, type Hearing } from "./hearing";
import { merged, withHead } from "./merged";

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

interface How<Row> extends Hearing {
  key: (row: Row) => string;
  /** Start from nothing when this changes: the filters. */
  of?: WatchSource<unknown>;
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

  hearing(how, () => void again(), () => {
    round++;
    window.clearTimeout(retry);
  });
  if (how.of) watch(how.of, () => void restart());
  void again();
  return { items, more, loading, problem, next, again, restart };
}
