import { beforeEach, expect, test, vi } from "vitest";

import { said } from "../src/pages/team/rights";
import { later, mondayOf, on, shiftAt, spansOf, weekOf } from "../src/pages/team/week";
import { zone } from "../src/said/times";

beforeEach(() => {
  zone.value = "Asia/Shanghai";
  vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined });
});

test("a week begins on Monday, whatever day it is looked at", () => {
  for (const day of ["2026-11-16", "2026-11-19", "2026-11-22"]) expect(mondayOf(day)).toBe("2026-11-16");
  expect(mondayOf("2026-11-23")).toBe("2026-11-23");
  expect(weekOf("2026-12-28")).toEqual(["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"]);
});

test("days are counted over the ends of months, leap days and summer time", () => {
  expect(later("2028-02-28", 1)).toBe("2028-02-29");
  expect(later("2026-03-01", -1)).toBe("2026-02-28");
  zone.value = "Europe/Berlin";
  expect(later("2026-03-28", 1)).toBe("2026-03-29");
  expect(later("2026-03-29", 1)).toBe("2026-03-30");
});

test("a shift of the night ends on the next day", () => {
  expect(shiftAt("2026-11-22", "08:00", "20:00")).toEqual({ starts_at: "2026-11-22T00:00:00.000Z", ends_at: "2026-11-22T12:00:00.000Z" });
  expect(shiftAt("2026-11-22", "20:00", "08:00")).toEqual({ starts_at: "2026-11-22T12:00:00.000Z", ends_at: "2026-11-23T00:00:00.000Z" });
  expect(Date.parse(shiftAt("2026-11-22", "08:00", "08:00").ends_at) - Date.parse(shiftAt("2026-11-22", "08:00", "08:00").starts_at)).toBe(86_400_000);
});

test("a shift stands under the day of the estate on which it begins", () => {
  const shift = { id: "1", staff: "zhang", starts_at: "2026-11-21T16:30:00Z", ends_at: "2026-11-22T00:30:00Z" };
  expect(on([shift], "zhang", "2026-11-22")).toEqual([shift]);
  expect(on([shift], "zhang", "2026-11-21")).toEqual([]);
  expect(on([shift], "li", "2026-11-22")).toEqual([]);
});

test("hours are read as people type them", () => {
  expect(spansOf("8:30-12:00, 13:30-17:30")).toEqual(["8:30-12:00", "13:30-17:30"]);
  expect(spansOf("8：30至12：00、13:30 – 17:30")).toEqual(["8:30-12:00", "13:30-17:30"]);
  expect(spansOf("  ")).toEqual([]);
  for (const typed of ["8-12", "休息", "8:30-"]) expect(spansOf(typed), typed).toBeNull();
});

test("what somebody is is not said twice", () => {
  expect(said("经理", "经理", undefined, "")).toBe("经理");
  expect(said("工程", "师傅", "工程班")).toBe("工程 · 师傅 · 工程班");
});
