import { beforeEach, expect, test, vi } from "vitest";

import { byDay } from "../src/pages/conversations/talk/timeline";
import { held } from "../src/pages/conversations/list/held";
import { marked } from "../src/pages/conversations/marked";
import { mentionsIn, put, triggerAt } from "../src/pages/conversations/write/trigger";
import { eventOf, reasonOf, saidWords, weightOf } from "../src/said/tickets";
import { ago, countdown, dayOf, fromLocal, toneOf } from "../src/said/times";
import { titleOf } from "../src/said/title";

const NOON = Date.parse("2026-11-21T04:00:00Z");

beforeEach(() => vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined }));

test("no machine word is shown", () => {
  expect(`${eventOf("move", "closed")}:${reasonOf("revisit")}`).toBe("已关闭:回访满意");
  expect(reasonOf("silence")).toContain("业主一直没有回音");
  expect(reasonOf("换了角阀")).toBe("换了角阀");
  expect(eventOf("something_new", null)).toBe("记录");
  const words = saidWords([
    { text: "漏水", weight: 2.31 },
    { text: "〔词语搭配〕", weight: 1 },
    { text: "吗", weight: -0.42 },
  ]);
  expect(words.map((word) => word.text + weightOf(word))).toEqual(["漏水+2.3", "吗-0.4"]);
});

test("times are said as people say them", () => {
  const at = (minutes: number) => new Date(NOON + minutes * 60_000).toISOString();
  expect(ago(at(0), NOON)).toBe("刚刚");
  expect(ago(at(-18), NOON)).toBe("18 分钟");
  expect(ago(at(-180), NOON)).toBe("3 小时");
  expect(ago(at(-3000), NOON)).toBe("2 天");
  expect(countdown(at(11), NOON)).toBe("剩 11 分");
  expect(countdown(at(-120), NOON)).toBe("超 2 小时");
  expect([toneOf(at(16), NOON), toneOf(at(15), NOON), toneOf(at(-1), NOON)]).toEqual(["", "late", "bad"]);
});

test("the estate's wall clock is meant, not this machine's", () => {
  expect(fromLocal("2026-11-22T18:00")).toBe("2026-11-22T10:00:00.000Z");
  expect(dayOf("2026-11-21T16:30:00Z")).toBe("2026-11-22");
});

test("rows keep their places while the pointer is over them", () => {
  const row = (id: string, text = "") => ({ id, text });
  const key = (one: { id: string }) => one.id;
  const before = [row("a"), row("b"), row("c")];
  const shown = held(before, [row("n"), row("b", "new"), row("a"), row("d")], key);
  expect(shown.rows.map((one) => one.id)).toEqual(["a", "b", "c", "d"]);
  expect(shown.rows[1]?.text).toBe("new");
  expect(shown.waiting).toBe(1);
});

test("what was searched for is marked as text", () => {
  expect(marked("<b>漏水</b>了", ["漏水", "b>"])).toEqual([
    { text: "<", hit: false },
    { text: "b>", hit: true },
    { text: "漏水", hit: true },
    { text: "</", hit: false },
    { text: "b>", hit: true },
    { text: "了", hit: false },
  ]);
  expect(marked("(.*)", ["(.*)"])).toEqual([{ text: "(.*)", hit: true }]);
  expect(marked("", ["x"])).toEqual([]);
});

test("a slash begins a canned reply, but not in a fraction or an address", () => {
  expect(triggerAt("/师傅", 3, "/")).toEqual({ from: 0, word: "师傅" });
  expect(triggerAt("好的 /", 4, "/")).toEqual({ from: 3, word: "" });
  expect(triggerAt("1/2", 3, "/")).toBeNull();
  expect(triggerAt("https://a", 9, "/")).toBeNull();
  expect(triggerAt("/师傅 到", 5, "/")).toBeNull();
  expect(put("好的 /shi吗", 7, { from: 3, word: "shi" }, "师傅马上到")).toEqual({ text: "好的 师傅马上到吗", caret: 8 });
});

test("mentions are found by name and by user name", () => {
  const people = [
    { username: "zhou", name: "周敏" },
    { username: "zhouli", name: "周丽" },
  ];
  expect(mentionsIn("请@周敏 看看", people)).toEqual(["zhou"]);
  expect(mentionsIn("@zhouli 上月也漏过", people)).toEqual(["zhouli"]);
});

test("lines stand under their days", () => {
  const line = (id: string, at: string) => ({ id, at }) as never;
  const days = byDay([line("1", "2026-11-20T10:00"), line("2", "2026-11-20T11:00"), line("3", "2026-11-21T09:00")], (at) => at.slice(0, 10));
  expect(days.map((one) => one.lines.length)).toEqual([2, 1]);
});

test("a tab says how many wait and what is open", () => {
  expect(titleOf(0, ["", "会话", "管家"])).toBe("会话 · 管家");
  expect(titleOf(3, ["王女士", "会话", "管家"])).toBe("(3) 王女士 · 会话 · 管家");
  expect(titleOf(120, ["管家"])).toBe("(99+) 管家");
});
