/** Which columns the table has, and which a colleague chose; kept in their browser. */

import { ref } from "vue";

import { keep, kept } from "@/kept";

export const COLUMNS = [
  "number",
  "category",
  "state",
  "title",
  "room",
  "owner_name",
  "executor_name",
  "next_due",
  "opened_at",
  "updated_at",
  "resolved_at",
  "late",
  "nudges",
  "reopened",
  "satisfaction",
  "team",
  "severity",
  "place",
  "tags",
] as const;

export type Column = (typeof COLUMNS)[number];

export const USUAL: readonly Column[] = ["number", "category", "state", "title", "room", "owner_name", "executor_name", "next_due", "opened_at"];
/** Without these a row means nothing. */
export const ALWAYS: readonly Column[] = ["number", "title"];
/** Only on the page; the export has no such column. */
const NOT_IN_FILE: readonly Column[] = ["updated_at"];
const NAME = "tickets:columns";

/** Whatever was kept, made sense of: known ones, in their order, with those that are always there. */
export function sane(chosen: unknown): Column[] {
  const wanted = Array.isArray(chosen) ? chosen : USUAL;
  const known = COLUMNS.filter((one) => wanted.includes(one) || ALWAYS.includes(one));
  return known.length > ALWAYS.length ? known : [...USUAL];
}

export const columns = ref<Column[]>(sane(kept<unknown>(NAME, null)));

export function choose(chosen: readonly Column[]): void {
  columns.value = sane(chosen);
  keep(NAME, columns.value);
}

/** For the export. */
export const forFile = (chosen: readonly Column[]): string[] => [
  ...chosen.filter((one) => !NOT_IN_FILE.includes(one)),
  ...(chosen.includes("category") ? ["urgent"] : []),
];
