/** How a colleague's shift is said. */

import { clock } from "@/said/times";
import { t } from "@/words";

export function shiftOf(one: { on_shift: boolean; on_duty: boolean; until: string | null }): string {
  if (!one.on_duty) return t("tickets.paused");
  if (!one.on_shift) return t("tickets.off_shift");
  return one.until ? t("tickets.on_shift_until", { at: clock(one.until) }) : t("tickets.on_shift");
}

/** Who stays marked when the list is read again or narrowed: the same person, or the first when they are not in it. */
export const stillMarked = (people: readonly { username: string }[], marked: string): string =>
  people.some((one) => one.username === marked) ? marked : (people[0]?.username ?? "");

/** The one so many places further, within the list. */
export function stepped(people: readonly { username: string }[], marked: string, by: number): string {
  const at = people.findIndex((one) => one.username === marked) + by;
  return people[Math.min(Math.max(at, 0), people.length - 1)]?.username ?? "";
}
