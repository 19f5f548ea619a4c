import { expect, test } from "vitest";

import { runsOf, ruleOf, unreadable, withoutRun, withRun, wrongWith, type Days } from "../src/pages/settings/days";
import { freeKey, renamed, wrongKey, wrongText } from "../src/pages/settings/templates";
import type { Field } from "../src/pages/settings/types";
import { DAYS, misread, problemsOf, readBack, said, TEMPLATES, written } from "../src/pages/settings/values";

const field = (type: Field["type"]): Field => ({ path: "x", label: "x", help: "", type, unit: "", default: null, choices: [], min: null, max: null, may_be_empty: false });

test("lengths are written and read as people say them", () => {
  const text = written([1_800, 86_400, 172_800], "durations");
  expect(text).toBe("30 分钟\n1 天\n2 天");
  expect(readBack(text, "durations")).toEqual([1_800, 86_400, 172_800]);
  expect(readBack("1.5小时\n\n2天", "durations")).toEqual([5_400, 172_800]);
  expect(readBack("", "durations")).toEqual([]);
});

test("a length that nobody can read stays what was typed, and is named", () => {
  for (const text of ["明天", "24", "2 星期", "[86400]"]) {
    const value = readBack(text, "durations");
    expect(value).toBe(text);
    expect(misread(value, "durations"), text).toBe(true);
  }
});

test("a time of day has no seconds", () => expect(said("08:00:00", field("time"))).toBe("08:00"));

test("days one after the other with the same rule are one line", () => {
  const week = withRun({ "2027-01-02": "work" }, { from: "2026-12-30", to: "2027-01-01", rule: "off" });
  expect(runsOf(week)).toEqual([
    { from: "2026-12-30", to: "2027-01-01", rule: "off" },
    { from: "2027-01-02", to: "2027-01-02", rule: "work" },
  ]);
  const shorter = withoutRun(week, { from: "2026-12-30", to: "2026-12-31", rule: "off" });
  expect(shorter).toEqual({ "2027-01-01": "off", "2027-01-02": "work" });
  expect(said(shorter, { ...field("object"), path: DAYS })).toBe("2027/1/1 周五 休息;2027/1/2 周六 照常上班");
  expect([wrongWith("2027-01-02", "2027-01-01"), wrongWith("2027-01-01", "2027-06-01"), wrongWith("2027-01-01", "")]).toEqual(["backwards", "many", ""]);
});

test("hours of a single day are read, or named when they cannot be", () => {
  expect(ruleOf("own", "8:30-12:00,13:30 至 17:30")).toEqual(["8:30-12:00", "13:30-17:30"]);
  const days: Days = { "2027-01-01": ruleOf("own", "上午"), "2027-01-02": "work" };
  expect([unreadable(days["2027-01-01"]!), unreadable("off"), unreadable([])]).toEqual([true, false, true]);
  expect(problemsOf(DAYS, days)).toHaveLength(1);
});

test("a template says what is wrong with its fields", () => {
  expect([wrongText("{title}来了", "notice"), wrongText("{code}", "notice"), wrongText("{title", "notice"), wrongText(" ", "notice")]).toEqual(["", "unknown", "braces", "empty"]);
  expect([wrongKey("character_string12", []), wrongKey("备注", []), wrongKey("thing", []), wrongKey("thing2", ["thing2"])]).toEqual(["", "shape", "shape", "twice"]);
  expect([freeKey({}), freeKey({ thing1: "", time4: "" })]).toEqual(["thing1", "thing5"]);
  expect(Object.keys(renamed({ thing1: "a", time2: "b" }, "thing1", "thing9"))).toEqual(["thing9", "time2"]);
  expect(problemsOf(TEMPLATES, { notice: { template_id: "", fields: { thing1: "{nmber}" } } })).toHaveLength(2);
  expect(problemsOf(TEMPLATES, { notice: { template_id: "x", fields: { thing1: "{title}" } } })).toEqual([]);
});
