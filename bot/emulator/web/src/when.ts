/** Times as the chat shows them, in the estate's zone. */

const ZONE = "Asia/Shanghai";
const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, ...options });
const clockOf = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekdayOf = format({ weekday: "long" });
const monthDay = format({ month: "long", day: "numeric" });
const whole = format({ year: "numeric", month: "long", day: "numeric" });
const dayNumber = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const DAY = 86_400_000;
const GAP = 5 * 60_000;

const day = (at: Date) => Date.parse(dayNumber.format(at)) / DAY;

/** 15:02, 昨天 15:02, 星期五 15:02, 11月3日 15:02, 2025年11月3日 15:02. */
export function stamp(iso: string, now: number): string {
  const at = new Date(iso);
  const ago = day(new Date(now)) - day(at);
  const time = clockOf.format(at);
  if (ago <= 0 && ago > -1) return time;
  if (ago === 1) return `昨天 ${time}`;
  if (ago > 1 && ago < 7) return `${weekdayOf.format(at)} ${time}`;
  const sameYear = dayNumber.format(at).slice(0, 4) === dayNumber.format(new Date(now)).slice(0, 4);
  return `${(sameYear ? monthDay : whole).format(at)} ${time}`;
}

/** The same, short, for a list. */
export function shortStamp(iso: string | null, now: number): string {
  if (!iso) return "";
  const said = stamp(iso, now);
  return said.includes(" ") ? (said.split(" ")[0] ?? said) : said;
}

/** The clock of the emulator: 11月22日 星期日 15:02. */
export const clockFace = (now: number) =>
  `${monthDay.format(now)} ${weekdayOf.format(now)} ${clockOf.format(now)}`;

export const exact = (iso: string) =>
  format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(iso));

/** Whether a time stands between these two. */
export const apart = (before: string | undefined, after: string) =>
  before === undefined || Date.parse(after) - Date.parse(before) > GAP;

/** 3 天 2 小时: how far the clock was moved. */
export function span(seconds: number): string {
  const total = Math.round(Math.abs(seconds) / 60);
  const parts = [
    [Math.floor(total / 1440), "天"],
    [Math.floor((total % 1440) / 60), "小时"],
    [total % 60, "分钟"],
  ] as const;
  return (
    parts
      .filter(([count]) => count)
      .slice(0, 2)
      .map(([count, unit]) => `${count} ${unit}`)
      .join(" ") || "不到 1 分钟"
  );
}
