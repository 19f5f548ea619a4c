/** How a colleague's shift is said. */

import { clock } from "@/said/times";
import { t } from "@/words";

export function shiftOf(one: { on_shift: boolean; on_duty: boolean; until: string | null }): string {
  if (!one.on_duty) return t("tickets.paused");
  if (!one.on_shift) return t("tickets.off_shift");
  return one.until ? t("tickets.on_shift_until", { at: clock(one.until) }) : t("tickets.on_shift");
}
