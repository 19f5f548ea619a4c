/** Times as people say them. */

import { ref, watch } from "vue";

import { clockMoved, now } from "@/api/client";
import { language, t } from "@/words";

/** Time zone of the estate. */
export const zone = ref("Asia/Shanghai");

const MINUTE = 60_000;

/** Business time, for counting down: moves every ten seconds, for all of the page. */
export const tick = ref(now());

/** Let time pass on the page. */
export function startTicking(): void {
  window.setInterval(() => {
    if (!document.hidden) tick.value = now();
  }, 10_000);
  document.addEventListener("visibilitychange", () => (tick.value = now()));
  watch(clockMoved, () => (tick.value = now()), { flush: "sync" });
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: string | number, options: Intl.DateTimeFormatOptions, tongue: string = language.value): string {
  const name = `${tongue} ${zone.value} ${JSON.stringify(options)}`;
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(tongue, { timeZone: zone.value, hourCycle: "h23", ...options });
    formats.set(name, made);
  }
  return made.format(typeof at === "string" ? Date.parse(at) : at);
}

/** The exact time, for a hover. */
export const exact = (at: string): string => format(at, { dateStyle: "full", timeStyle: "short" });

/** "15:04". */
export const hour = (at: string): string => format(at, { hour: "2-digit", minute: "2-digit" });

/** The day as one word that sorts: "2026-11-21". */
export const dayOf = (at: string | number): string =>
  format(at, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");

/** "今天", "昨天", "11月21日 周六". */
export function day(at: string): string {
  const that = dayOf(at);
  for (const [away, word] of [
    [0, "times.today"],
    [-1, "times.yesterday"],
    [1, "times.tomorrow"],
  ] as const)
    if (that === dayOf(now() + away * 24 * 60 * MINUTE)) return t(word);
  return format(at, { month: "short", day: "numeric", weekday: "short" });
}

/** "15:04", on another day with its date: "11/21 15:04". */
export const clock = (at: string): string =>
  dayOf(at) === dayOf(now()) ? hour(at) : `${format(at, { month: "numeric", day: "numeric" })} ${hour(at)}`;

/** "15:04", "明天 15:04", "11月21日 周六 15:04". */
export const dayAndHour = (at: string): string => (dayOf(at) === dayOf(now()) ? hour(at) : `${day(at)} ${hour(at)}`);

/** A time of day in the estate's zone as the wall shows it ("2026-11-22T18:00"), as an instant. */
export function fromLocal(wall: string): string {
  const guess = Date.parse(`${wall.slice(0, 16)}:00Z`);
  const shown = (at: number) =>
    Date.parse(`${dayOf(at)}T${format(at, { hour: "2-digit", minute: "2-digit" }, "en-CA")}:00Z`);
  const first = guess - (shown(guess) - guess);
  // Around a change of summer time the first guess may lie on its other side.
  return new Date(guess - (shown(first) - first)).toISOString();
}

/** How long, in one unit: "18 分钟", "3 小时", "2 天". */
export function lengthOf(milliseconds: number, short = false): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  if (minutes < 60) return t(short ? "times.short_minutes" : "times.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("times.hours", { n: Math.floor(minutes / 60) });
  return t("times.days", { n: Math.floor(minutes / 1440) });
}

/** "刚刚", "5 分钟", "3 小时", "2 天". */
export function ago(at: string, from = tick.value): string {
  const passed = from - Date.parse(at);
  return passed < MINUTE ? t("times.now") : lengthOf(passed);
}

/** How urgent a time is: "" far, "late" within a quarter of an hour, "bad" past. */
export type Tone = "" | "late" | "bad";

export function toneOf(at: string, from = tick.value, soon = 15 * MINUTE): Tone {
  const left = Date.parse(at) - from;
  return left < 0 ? "bad" : left <= soon ? "late" : "";
}

/** "剩 11 分", "超 2 小时". */
export function countdown(at: string, from = tick.value): string {
  const left = Date.parse(at) - from;
  const length = lengthOf(Math.round(Math.abs(left) / MINUTE) * MINUTE, true);
  return t(left < 0 ? "times.over" : "times.left", { length });
}
