/** Rules of the log's page. */

import { t } from "@/words";

import type { OpenPoint } from "./types";

/** The shift that begins at this hour of the day. */
export function shiftAt(hour: number): string {
  if (hour >= 5 && hour < 13) return t("duty.shifts.early");
  return hour >= 13 && hour < 21 ? t("duty.shifts.late") : t("duty.shifts.night");
}

/** What goes over: ticked tickets and every line that was written. */
export const passedOn = (tickets: readonly string[], lines: string): { text?: string; ticket?: string }[] => [
  ...tickets.map((ticket) => ({ ticket })),
  ...lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((text) => ({ text })),
];

/** What is still to be done comes first. */
export const stillOpenFirst = (points: readonly OpenPoint[]): OpenPoint[] => [...points].sort((one, other) => Number(one.done) - Number(other.done));
