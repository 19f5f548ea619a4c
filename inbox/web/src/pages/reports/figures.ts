/** How figures are said, and what the charts draw. */

import type { ChartOption } from "@/parts/charts";
import { lengthOf } from "@/said/times";
import { t, tOr } from "@/words";

import type { Dashboard, Group, Tile } from "./types";

export const NOTHING = "–";
const FEW = 10;

/** 0.9242 -> "92%". */
export const share = (value: number | null): string => (value === null ? NOTHING : `${Math.round(value * 100)}%`);

/** 799.5 -> "13 小时". */
export const minutes = (value: number | null): string => (value === null ? NOTHING : lengthOf(value * 60_000));

/** A tile's value, in its unit. */
export function figure(value: number | null, unit: Tile["unit"]): string {
  if (value === null) return NOTHING;
  return unit === "share" ? share(value) : unit === "minutes" ? minutes(value) : String(value);
}

/** "较前期 +12%", "较前期 -3 个百分点"; empty when there is nothing to compare with. */
export function change(tile: Tile): string {
  // A handful before says nothing: three tickets and then sixty are no "+1900%".
  if (tile.value === null || !tile.before || (tile.unit === "count" && tile.before < FEW)) return "";
  if (tile.unit === "share") {
    const points = Math.round((tile.value - tile.before) * 100);
    return points ? t("reports.points", { n: signed(points) }) : t("reports.same");
  }
  const percent = Math.round((tile.value / tile.before - 1) * 100);
  return percent ? t("reports.change", { n: `${signed(percent)}%` }) : t("reports.same");
}

const signed = (n: number): string => (n > 0 ? `+${n}` : String(n));

/** Whether a value misses its target; null without one. */
export const misses = (tile: Tile): boolean | null =>
  tile.target === null || tile.value === null ? null : tile.value < tile.target;

const short = (day: string): string => day.slice(5).replace("-", "/");
const GRID = { left: 8, right: 16, top: 32, bottom: 8, containLabel: true };
const percent = { formatter: (value: number) => `${Math.round(value * 100)}%` };

/** What came in and what was done, day by day. */
export function flow(found: Dashboard): ChartOption {
  return {
    grid: GRID,
    legend: { top: 0 },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: found.days.map((one) => short(one.day)) },
    yAxis: { type: "value", name: t("reports.pieces"), minInterval: 1 },
    series: [
      { type: "bar", name: t("reports.opened"), data: found.days.map((one) => one.opened), barMaxWidth: 14 },
      { type: "bar", name: t("reports.resolved"), data: found.days.map((one) => one.resolved), barMaxWidth: 14 },
    ],
  };
}

/** How much was answered and done within its time, day by day. */
export function inTime(found: Dashboard): ChartOption {
  const line = { type: "line", connectNulls: true, symbolSize: 5 };
  return {
    grid: GRID,
    legend: { top: 0 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => share(value as number | null) },
    xAxis: { type: "category", data: found.days.map((one) => short(one.day)) },
    yAxis: { type: "value", min: 0, max: 1, axisLabel: percent },
    series: [
      { ...line, name: t("reports.answered_in_time"), data: found.days.map((one) => one.answered_in_time) },
      { ...line, name: t("reports.resolved_in_time"), data: found.days.map((one) => one.resolved_in_time) },
    ],
  };
}

/** How old what is open is. */
export function ages(found: Dashboard): ChartOption {
  return bars(found.backlog.ages.map((one) => [tOr(`reports.ages.${one.key}`, one.label), one.count]));
}

/** How the answers on the four-step scale are spread. */
export function answers(found: Dashboard): ChartOption {
  return bars((["1", "2", "3", "4"] as const).map((grade) => [t(`reports.grades.g${grade}`), found.satisfaction.counts[grade]]));
}

/** Where it comes from: one bar a building, the most first. */
export function heat(rows: Group[]): ChartOption {
  return bars(rows.slice(0, 15).map((row) => [row.label, row.opened]));
}

function bars(rows: [string, number][]): ChartOption {
  return {
    grid: { ...GRID, top: 8, right: 40 },
    tooltip: { trigger: "axis" },
    xAxis: { type: "value", minInterval: 1, splitNumber: 3 },
    yAxis: { type: "category", inverse: true, data: rows.map(([name]) => name) },
    series: [{ type: "bar", data: rows.map(([, count]) => count), barMaxWidth: 18, label: { show: true, position: "right" } }],
  };
}
