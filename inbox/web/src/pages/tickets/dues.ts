/** The due times of a ticket: when, why, and whether they were met. */

import { OPEN } from "@/said/tickets";

import type { DueName, Panel } from "./types";

export interface DueRow {
  name: DueName;
  at: string;
  why: string;
  /** met, missed (and over), late (missed and still open), next, later; off: no longer runs. */
  stands: "met" | "missed" | "late" | "next" | "later" | "off";
  /** When it was met. */
  met: string | null;
}

const NAMES: readonly DueName[] = ["accept_by", "supervisor_by", "first_answer_by", "on_site_by", "answer_by", "done_by"];

type Timed = Pick<
  Panel,
  "due" | "due_why" | "lateness" | "state" | "accepted_at" | "answered_at" | "arrived_at" | "resolved_at"
>;

/** Rows in the order in which they fall due on the way to done. */
export function dueRows(ticket: Timed, now: number): DueRow[] {
  const open = OPEN.includes(ticket.state);
  const met: Partial<Record<DueName, string | null>> = {
    accept_by: ticket.accepted_at,
    supervisor_by: ticket.accepted_at,
    first_answer_by: ticket.answered_at,
    on_site_by: ticket.arrived_at,
    answer_by: ticket.resolved_at,
    done_by: ticket.resolved_at,
  };
  return NAMES.flatMap((name) => {
    const at = ticket.due[name];
    if (!at) return [];
    const done = met[name] ?? null;
    // The server has the last word on what was missed: pauses are in it.
    const missed = ticket.lateness.late.includes(name);
    const stands = missed
      ? done || !open
        ? "missed"
        : "late"
      : done
        ? "met"
        : !open
          ? "off"
          : ticket.lateness.next === name
            ? Date.parse(at) < now
              ? "late"
              : "next"
            : "later";
    return [{ name, at, why: ticket.due_why[name] ?? "", stands, met: done } satisfies DueRow];
  });
}
