/** The dashboard as `GET /dashboard` gives it: shares 0..1, minutes as numbers, null where there is nothing to count. */

export interface Tile {
  key: string;
  label: string;
  value: number | null;
  unit: "count" | "share" | "minutes";
  target: number | null;
  /** The window before this one, of the same length. */
  before: number | null;
  count: number;
}

export interface Day {
  day: string;
  opened: number;
  resolved: number;
  reopened: number;
  answered_in_time: number | null;
  resolved_in_time: number | null;
  median_answer: number | null;
  median_resolve: number | null;
}

export interface Group {
  key: string;
  label: string;
  opened: number;
  open: number;
  answered_share: number | null;
  resolved_share: number | null;
  median_answer: number | null;
  p90_answer: number | null;
  median_resolve: number | null;
  p90_resolve: number | null;
  reopened: number;
  satisfaction: number | null;
  rated: number;
}

export const GROUPS = ["categories", "buildings", "teams", "people", "companies"] as const;
export type GroupName = (typeof GROUPS)[number];

export interface Dashboard extends Record<GroupName, Group[]> {
  since: string;
  before: string;
  made_at: string;
  /** False while figures of long ago are still being counted. */
  complete: boolean;
  tiles: Tile[];
  days: Day[];
  backlog: { open: number; ages: { key: string; label: string; count: number }[] };
  satisfaction: { asked: number; answered: number; good: number | null; counts: Record<"1" | "2" | "3" | "4", number> };
}
