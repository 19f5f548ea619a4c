/** A week of shifts: its days, what a planned shift means in time, and hours of a day as they are typed. */
import { dayOf, fromLocal } from "@/said/times";

import type { Shift } from "./types";

const DAY = 86_400_000;

/** The day that many days later: noon is noon whatever summer time does. */
export const later = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The Monday of that day's week. */
export const mondayOf = (day: string): string => later(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));

export const weekOf = (monday: string): string[] => [0, 1, 2, 3, 4, 5, 6].map((n) => later(monday, n));

/** From when to when: an end that is not after the start lies on the next day (20:00-08:00). */
export const shiftAt = (day: string, from: string, to: string): { starts_at: string; ends_at: string } => ({
  starts_at: fromLocal(`${day}T${from}`),
  ends_at: fromLocal(`${to > from ? day : later(day, 1)}T${to}`),
});

/** The shifts of one person that begin on this day. */
export const on = (shifts: readonly Shift[], staff: string, day: string): Shift[] =>
  shifts.filter((one) => one.staff === staff && dayOf(one.starts_at) === day);

const SPAN = /^\d{1,2}:\d{2}-\d{1,2}:\d{2}$/;

/** "8:30-12:00, 13:30-17:30" as the server keeps it; empty: closed; null: not readable. */
export function spansOf(typed: string): string[] | null {
  const spans = typed
    .replace(/\uFF1A/g, ":")
    .replace(/\s*[-–—~至]\s*/g, "-")
    .split(/[\s,;、\uFF0C\uFF1B]+/)
    .filter(Boolean);
  return spans.every((one) => SPAN.test(one)) ? spans : null;
}
