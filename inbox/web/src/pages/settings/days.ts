/** Single days that are other than the week says: kept by day, shown and written as runs of days. */

import { later, spansOf } from "@/pages/team/week";

/** Closed, open as usual, or from when to when. */
export type DayRule = "off" | "work" | string[];
export type Days = Record<string, DayRule>;
export type RuleKind = "off" | "work" | "own";

export interface Run {
  from: string;
  to: string;
  rule: DayRule;
}

/** So many days at once: more is a slip of the pen. */
export const LONGEST = 62;

/** What the settings hold, or nothing where they hold something else (words of an older page). */
export const daysIn = (value: unknown): Days => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Days) : {});

const same = (one: DayRule, other: DayRule) => JSON.stringify(one) === JSON.stringify(other);

/** Days one after the other with the same rule are one run; the earliest first. */
export function runsOf(days: Days): Run[] {
  const runs: Run[] = [];
  for (const day of Object.keys(days).sort()) {
    const last = runs[runs.length - 1];
    if (last && later(last.to, 1) === day && same(last.rule, days[day]!)) last.to = day;
    else runs.push({ from: day, to: day, rule: days[day]! });
  }
  return runs;
}

/** All days from the first to the last. */
export function between(from: string, to: string): string[] {
  const found = [];
  for (let day = from; day <= to && found.length <= LONGEST; day = later(day, 1)) found.push(day);
  return found;
}

/** Why these days cannot be added; empty when they can. */
export function wrongWith(from: string, to: string): "" | "backwards" | "many" {
  if (to && to < from) return "backwards";
  return to && between(from, to).length > LONGEST ? "many" : "";
}

const sorted = (days: Days): Days => Object.fromEntries(Object.entries(days).sort(([one], [other]) => one.localeCompare(other)));

export const withRun = (days: Days, run: Run): Days => sorted({ ...days, ...Object.fromEntries(between(run.from, run.to).map((day) => [day, run.rule])) });

export const withoutRun = (days: Days, run: Run): Days => Object.fromEntries(Object.entries(days).filter(([day]) => day < run.from || day > run.to));

export const kindOf = (rule: DayRule): RuleKind => (rule === "off" || rule === "work" ? rule : "own");

/** Hours as they are typed; what cannot be read stays as it is, so that the check names it. */
export const ruleOf = (kind: RuleKind, hours: string): DayRule => (kind === "own" ? (spansOf(hours) ?? [hours.trim()]) : kind);

export const hoursOf = (rule: DayRule): string => (Array.isArray(rule) ? rule.join(", ") : "");

/** Whether a run says hours that nobody can read, or none. */
export const unreadable = (rule: DayRule): boolean => Array.isArray(rule) && !spansOf(rule.join(", "))?.length;
