/** Moments that are chosen often, in the estate's time. */

import { now } from "@/api";
import { dayOf, fromLocal, zone } from "@/said/times";
import { t } from "@/words";

export interface Moment {
  said: string;
  at: string;
}

const HOUR = 3_600_000;

function dayAfter(days: number, hour: string): string {
  return fromLocal(`${dayOf(now() + days * 24 * HOUR)}T${hour}`);
}

export function moments(): Moment[] {
  const today = dayAfter(0, "18:00");
  const weekday = new Intl.DateTimeFormat("en", { timeZone: zone.value, weekday: "short" }).format(now());
  const toMonday = { Mon: 7, Tue: 6, Wed: 5, Thu: 4, Fri: 3, Sat: 2, Sun: 1 }[weekday] ?? 7;
  return [
    { said: t("conversations.snooze_hour"), at: new Date(now() + HOUR).toISOString() },
    ...(Date.parse(today) > now() + HOUR / 2 ? [{ said: t("conversations.snooze_evening"), at: today }] : []),
    { said: t("conversations.snooze_tomorrow"), at: dayAfter(1, "09:00") },
    ...(toMonday > 1 ? [{ said: t("conversations.snooze_monday"), at: dayAfter(toMonday, "09:00") }] : []),
  ];
}
