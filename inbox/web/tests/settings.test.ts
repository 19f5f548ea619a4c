import { expect, test } from "vitest";

import type { Field } from "../src/pages/settings/types";
import { misread, readBack, said, written } from "../src/pages/settings/values";

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
