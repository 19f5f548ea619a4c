/** The call list: what a row says about why somebody has to be rung up. */

import { t, tOr } from "@/words";

export interface Try {
  at: string;
  by: string;
  by_name: string;
  outcome: string;
  words: string;
}

export interface CallRow {
  id: string;
  kind: string;
  reason: string;
  text: string;
  urgent: boolean;
  done: boolean;
  name: string;
  room: string;
  estate: string;
  ticket: string | null;
  title: string;
  conversation: string;
  phone_masked: string;
  taken_by: string | null;
  taken_by_name: string;
  taken_at: string | null;
  tries: Try[];
  created_at: string;
}

export const OUTCOMES = ["reached", "no_answer", "unreachable", "wrong_number", "refused"] as const;
export type Outcome = (typeof OUTCOMES)[number];
/** After these nobody rings again; the others leave it for another try. */
export const ENDS: readonly Outcome[] = ["reached", "wrong_number", "refused"];

/** The server's own note ("no chat: R2026…", "revisit: no_answer, call 2") in words. */
export function whyOf(reason: string): string {
  const [head = "", rest = ""] = reason.split(/:\s*(.*)/s);
  const key = (head === "revisit" ? (rest.split(/[,:]/)[0] ?? "") : head).trim().replace(/\s+/g, "_");
  const name = key === "unfollowed" ? "not_following" : key;
  return tOr(`calls.reasons.${name}`, tOr(`notices.reasons.${name}`, t("calls.reasons.other")));
}

export const kindOf = (kind: string): string => tOr(`calls.kinds.${kind === "emergency" ? "notice" : kind === "staff_reply" ? "reply" : kind}`, kind);
