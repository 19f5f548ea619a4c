/** How tickets are said: states, what is due, what happened. */

import { names } from "@/api/session";
import type { Due, State, TicketRow, Word } from "@/api/types";
import { t, tOr } from "@/words";

export const OPEN: readonly State[] = ["new", "accepted", "in_progress", "waiting_owner", "waiting_parts", "deferred"];

/** The state in words; inside "in progress" how far. */
export function stateOf(ticket: { state: State; progress?: string | null }): string {
  if (ticket.state === "in_progress" && ticket.progress)
    return tOr(`progress.${ticket.progress}`, t("states.in_progress"));
  return tOr(`states.${ticket.state}`, ticket.state);
}

/** What is due next on an open ticket, and when. */
export function dueOf(ticket: { state: State; progress: string | null; due: Due }): { what: string; at: string } | null {
  if (!OPEN.includes(ticket.state)) return null;
  const { due } = ticket;
  const there = ticket.state === "in_progress" && ticket.progress !== "on_the_way";
  const [what, at] =
    ticket.state === "new" && due.accept_by
      ? [t("due.accept"), due.accept_by]
      : due.on_site_by && !there
        ? [t("due.on_site"), due.on_site_by]
        : due.answer_by && !there
          ? [t("due.answer"), due.answer_by]
          : [t("due.done"), due.done_by];
  return at ? { what, at } : null;
}

/** A ticket's event in words. */
export const eventOf = (kind: string, to: State | null): string =>
  tOr(`events.${kind}`, to ? tOr(`states.${to}`, to) : t("events.recorded"));

/** Reasons that the desk itself writes down, in words. */
export const reasonOf = (said: string): string => tOr(`event_reasons.${said}`, said);

/** "staff:lihua" as people say it. */
export function whoOf(by: string): string {
  const [kind, id = ""] = by.split(/:(.*)/s);
  if (kind === "staff") return names.value[id] ?? id;
  return kind === "owner" ? t("common.owner") : t("common.bot");
}

/** The words that decided, without the features that only the model knows. */
export const saidWords = (words: Word[]): Word[] => words.filter((word) => !/^[〔[]/.test(word.text));

/** How much a word weighed, short. */
export const weightOf = (word: Word): string => (word.weight > 0 ? "+" : "") + word.weight.toFixed(1);

/** Whether a ticket burns: urgent, or past what is due. */
export function burns(ticket: Pick<TicketRow, "urgent" | "state" | "progress" | "due">, now: number): boolean {
  const due = dueOf(ticket);
  return OPEN.includes(ticket.state) && (ticket.urgent || (due !== null && Date.parse(due.at) < now));
}
