/** Which conversations are shown; kept in the address, so that a view can be linked and "back" works. */

import { computed, type WritableComputedRef } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";

import type { Query } from "./types";

export const VIEWS = ["mine", "unassigned", "waiting", "breached", "bot", "all", "snoozed"] as const;
export type View = (typeof VIEWS)[number];

export const NOTHING: Query = { view: "all", category: "", building: "", tag: "", assignee: "", q: "" };
const NAMES = Object.keys(NOTHING) as (keyof Query)[];

export function readQuery(query: LocationQuery): Query {
  const read = { ...NOTHING };
  for (const name of NAMES) {
    const value = query[name];
    if (typeof value === "string" && value) read[name] = value;
  }
  return read;
}

/** Only what differs from the plain list. */
export const writeQuery = (query: Query): Record<string, string> =>
  Object.fromEntries(NAMES.filter((name) => query[name] && query[name] !== NOTHING[name]).map((name) => [name, query[name]]));

/** How many filters narrow the view. */
export const narrowed = (query: Query): number =>
  (["category", "building", "tag", "assignee"] as const).filter((name) => query[name]).length;

export function useQuery(): WritableComputedRef<Query> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => readQuery(route.query),
    set: (query) => void router.replace({ params: route.params, query: writeQuery(query) }),
  });
}
