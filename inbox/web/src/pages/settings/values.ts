/** Reading and saying the values of settings. */

import { WEEKDAYS } from "@/pages/team/types";
import { lengthOf } from "@/said/times";
import { t } from "@/words";

import { between, daysIn, hoursOf, kindOf, runsOf, unreadable, type Run } from "./days";
import { KINDS, templatesIn, unknownIn, wrongText } from "./templates";
import type { Field, Term } from "./types";

/** Settings with an editor of their own: single days, template messages. */
export const DAYS = "office.overrides";
export const TEMPLATES = "templates";

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

/** "2 小时": a length as it stands in a box and is read back. */
const lengthIn = (seconds: number): string => {
  const unit = unitOf(seconds);
  return `${seconds / unit} ${t(UNITS.find((one) => one.seconds === unit)!.words)}`;
};

/** Seconds of "2 小时" or "2小时"; null when it says no length. */
function secondsOf(line: string): number | null {
  const [, count, word] = /^(\d+(?:\.\d+)?)\s*(\D+)$/.exec(line.trim()) ?? [];
  const unit = UNITS.find((one) => t(one.words) === word?.trim());
  return unit ? Math.round(Number(count) * unit.seconds) : null;
}

const rowOf = (one: unknown): string => (typeof one === "object" ? JSON.stringify(one) : String(one));

/** A value as it stands in a box that one types into: a list by lines, what is nested as JSON. */
export function written(value: unknown, type: Field["type"]): string {
  if (value === null || value === undefined) return "";
  if (type === "text" || typeof value === "string") return String(value);
  if (type === "durations" && Array.isArray(value)) return value.map((one) => lengthIn(Number(one))).join("\n");
  return type === "list" && Array.isArray(value) ? value.map(rowOf).join("\n") : JSON.stringify(value, null, 1);
}

/** What was typed as a value; what cannot be read stays the words that it is, so that the check names it. */
export function readBack(text: string, type: Field["type"]): unknown {
  if (type === "text") return text;
  if (type === "list") return text.split("\n").map((one) => one.trim()).filter(Boolean).map((one) => (one.startsWith("{") ? parsed(one) : one));
  if (type === "durations") {
    const lengths = text.split("\n").filter((line) => line.trim()).map(secondsOf);
    return lengths.includes(null) ? text : lengths;
  }
  return text.trim() ? parsed(text) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Whether a value is words that could not be read. */
export const misread = (value: unknown, type: Field["type"]): boolean =>
  type === "list"
    ? Array.isArray(value) && value.some((one) => typeof one === "string" && one.startsWith("{"))
    : (type === "object" || type === "durations") && typeof value === "string";

const length = (seconds: number): string =>
  seconds > 0 && seconds < 60 ? t("settings.n_seconds", { n: seconds }) : lengthOf(seconds * 1000);

/** "2026/10/1 周四 – 10/7 周三 · 7 天" */
export function runSaid(run: Run): string {
  const weekday = (day: string) => t(`team.weekdays.${WEEKDAYS[(new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7]!}`);
  const month = (day: string) => day.slice(5).split("-").map(Number).join("/");
  const first = `${run.from.slice(0, 4)}/${month(run.from)} ${weekday(run.from)}`;
  if (run.from === run.to) return first;
  return `${first} – ${month(run.to)} ${weekday(run.to)} · ${t("times.days", { n: between(run.from, run.to).length })}`;
}

const daysSaid = (value: unknown): string =>
  runsOf(daysIn(value))
    .map((run) => `${runSaid(run)} ${hoursOf(run.rule) || t(`settings.day_kinds.${kindOf(run.rule)}`)}`)
    .join(";") || t("common.none");

function templatesSaid(value: unknown): string {
  const all = templatesIn(value);
  const one = (kind: (typeof KINDS)[number]) => `${t(`settings.templates.${kind}`)} ${all[kind]!.template_id} (${Object.entries(all[kind]!.fields).map(([key, text]) => `${key}: ${text}`).join(", ")})`;
  return KINDS.filter((kind) => all[kind]).map(one).join(";") || t("common.none");
}

/** What speaks against a value before anybody is asked: said beside the field too. */
export function problemsOf(path: string, value: unknown): string[] {
  if (path === DAYS) return runsOf(daysIn(value)).filter((run) => unreadable(run.rule)).map((run) => `${runSaid(run)} ${t("settings.day_hours_bad")}`);
  if (path !== TEMPLATES) return [];
  const all = templatesIn(value);
  return KINDS.flatMap((kind) => {
    const name = t(`settings.templates.${kind}`);
    const texts = Object.entries(all[kind]?.fields ?? {}).flatMap(([key, text]) => {
      const wrong = wrongText(text, kind);
      return wrong ? [`${name} ${key}: ${t(`settings.template_text_${wrong}`, { what: unknownIn(text, kind).map((one) => `{${one}}`).join(" ") })}`] : [];
    });
    return all[kind] && !all[kind].template_id ? [`${name}: ${t("settings.template_id_missing")}`, ...texts] : texts;
  });
}

/** A value as a person reads it. */
export function said(value: unknown, field?: Field): string {
  if (value === null || value === undefined || value === "") return t("common.none");
  if (field?.path === DAYS && isObject(value)) return daysSaid(value);
  if (field?.path === TEMPLATES && isObject(value)) return templatesSaid(value);
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
  if (field?.type === "time") return String(value).slice(0, 5);
  return isObject(value) ? JSON.stringify(value) : String(value);
}
