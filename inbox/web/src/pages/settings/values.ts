/** Reading and saying the values of settings. */

import { lengthOf } from "@/said/times";
import { t } from "@/words";

import type { Field, Term } from "./types";

/** The value at a path like "revisit.delay"; undefined where there is none. */
export function valueAt(values: Record<string, unknown>, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), values);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

export const UNITS = [
  { seconds: 86_400, words: "settings.units.days" },
  { seconds: 3_600, words: "settings.units.hours" },
  { seconds: 60, words: "settings.units.minutes" },
  { seconds: 1, words: "settings.units.seconds" },
] as const;

/** The largest unit in which a length is a whole number: 5400 -> 60 (90 minutes). */
export const unitOf = (seconds: number): number =>
  seconds === 0 ? 60 : (UNITS.find((unit) => seconds % unit.seconds === 0)?.seconds ?? 1);

const length = (seconds: number): string =>
  seconds > 0 && seconds < 60 ? t("settings.n_seconds", { n: seconds }) : lengthOf(seconds * 1000);

/** A value as a person reads it. */
export function said(value: unknown, field?: Field): string {
  if (value === null || value === undefined || value === "") return t("common.none");
  if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
  if (field?.type === "duration" && typeof value === "number") return length(value);
  if (field?.type === "durations" && Array.isArray(value)) return value.map((one) => length(Number(one))).join(" · ");
  const label = (name: unknown) => field?.choices.find((one) => one.value === name)?.label ?? String(name);
  if (field?.type === "term" && isObject(value)) {
    const term = value as unknown as Term;
    return [label(term.by), term.time ? length(term.time) : "", term.days ? t("times.days", { n: term.days }) : ""].filter(Boolean).join(" ");
  }
  if (field?.type === "choice") return label(value);
  if (Array.isArray(value)) return value.length ? value.map((one) => (isObject(one) ? JSON.stringify(one) : label(one))).join(" · ") : t("common.none");
  return isObject(value) ? JSON.stringify(value) : String(value);
}
