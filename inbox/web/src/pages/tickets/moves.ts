/** The steps open on a ticket, as buttons: what they are called, what they ask for, which comes first. */

import type { Category, State } from "@/api/types";
import { t, tOr } from "@/words";

import type { Possible } from "./types";

export interface Move {
  /** A name of its own: "accepted", "accepted_reopened", "progress_arrived". */
  key: string;
  to: State;
  progress: string | null;
  needs: string[];
  said: string;
  /** What it means for the owner; empty when it explains itself. */
  hint: string;
  /** Reasons to press instead of typing. */
  often: string[];
  danger: boolean;
  /** May take a note although it needs none. */
  takesReason: boolean;
}

/** How near to "done" a step leads: the first of these is the big button. */
const ORDER = [
  "progress_working",
  "resolved",
  "progress_arrived",
  "in_progress",
  "accepted",
  "accepted_resumed",
  "closed",
  "accepted_reopened",
  "waiting_owner",
  "waiting_parts",
  "deferred",
  "new_handed_back",
  "merged",
  "declined",
  "cancelled",
];
const DANGER = new Set(["declined", "cancelled"]);
const NEXT: Record<string, string> = { on_the_way: "arrived", arrived: "working" };

const oftenOf = (name: string): string[] => tOr(`tickets.often.${name}`, "").split("/").filter(Boolean);

interface Standing {
  category: Category;
  progress: string | null;
  possible: Possible[];
}

function keyOf(one: Possible, progress: string | null): string {
  if (one.name === "progress") return `progress_${NEXT[progress ?? ""] ?? ""}`;
  return one.name ? `${one.to}_${one.name}` : one.to;
}

/** What can be done now, the likeliest first. */
export function movesOf(ticket: Standing): Move[] {
  const moves: Move[] = [];
  for (const one of ticket.possible) {
    const key = keyOf(one, ticket.progress);
    // Working already: there is no further step on the way.
    if (key === "progress_") continue;
    const visits = ticket.category === "repair";
    moves.push({
      key,
      to: one.to,
      progress: one.name === "progress" ? (NEXT[ticket.progress ?? ""] ?? null) : one.to === "in_progress" && !visits ? "working" : null,
      needs: one.needs,
      said: tOr(`tickets.moves.${key}${key === "in_progress" && !visits ? "_other" : ""}`, tOr(`states.${one.to}`, one.to)),
      hint: tOr(`tickets.hints.${key}`, ""),
      often: oftenOf(one.name && one.name !== "progress" ? one.name : one.to),
      danger: DANGER.has(key),
      takesReason: one.to === "cancelled",
    });
  }
  const place = (move: Move) => (ORDER.includes(move.key) ? ORDER.indexOf(move.key) : ORDER.length);
  return moves.sort((one, other) => place(one) - place(other));
}

/** The one button, the ones beside it, and the rest that lie in a menu. */
export function laidOut(moves: Move[]): { first: Move | null; beside: Move[]; rest: Move[] } {
  const onWay = moves.filter((one) => one.key.startsWith("progress_") || ["accepted", "accepted_resumed", "in_progress"].includes(one.key));
  const first = onWay[0] ?? moves.find((one) => one.key === "resolved") ?? null;
  const beside = moves.filter((one) => one !== first && ["resolved", "waiting_owner", "accepted_reopened"].includes(one.key));
  return { first, beside, rest: moves.filter((one) => one !== first && !beside.includes(one)) };
}

/** Whether it can go at one press. */
export const atOnce = (move: Move): boolean => move.needs.length === 0 && !move.danger && move.key !== "closed";

/** A field of the form: its word. */
export const fieldOf = (need: string): string => tOr(`tickets.say.${need}`, t("common.reason"));
