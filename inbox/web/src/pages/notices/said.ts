/** How notices are said: how far they are, by which way they came, why not. */

import { t, tOr } from "@/words";

import type { Notice, Result } from "./types";

export const RESULTS: readonly Result[] = ["reached", "waiting", "list", "unreached", "cancelled"];
const OF: Record<Result, readonly string[]> = {
  reached: ["accepted", "delivered", "merged"],
  waiting: ["queued", "sending"],
  list: ["parked"],
  unreached: ["undeliverable", "unknown"],
  cancelled: ["cancelled"],
};

/** How many rows have come to this end so far. */
export const countOf = (counts: Record<string, number>, result: Result): number =>
  OF[result].reduce((sum, state) => sum + (counts[state] ?? 0), 0);

/** All rows there are by now. */
export const written = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** The result that a row's state belongs to. */
export const resultOf = (state: string): Result => RESULTS.find((one) => OF[one].includes(state)) ?? "waiting";

/** Why somebody was not reached, in words; what the platform said stays as it is. */
export function reasonOf(said: string): string {
  if (!said) return "";
  const known = tOr(`notices.reasons.${said.toLowerCase().replace(/[^a-z]+/g, "_")}`, "");
  return known || (/^\d+ /.test(said) ? t("notices.refused", { said }) : said);
}

/** Grey when it is over, amber while somebody has to act, jade while it runs. */
export const toneOf = (notice: Pick<Notice, "state">): "open" | "waiting" | "ended" | "plain" =>
  notice.state === "submitted"
    ? "waiting"
    : ["scheduled", "sending", "sent"].includes(notice.state)
      ? "open"
      : notice.state === "draft"
        ? "plain"
        : "ended";
