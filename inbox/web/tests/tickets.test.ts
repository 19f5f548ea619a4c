import { beforeEach, expect, test, vi } from "vitest";

import { doubt, everybody, lanes, type Board, type BoardPerson } from "../src/pages/board/board";
import { whyOf } from "../src/pages/calls/calls";
import { passedOn, shiftAt, stillOpenFirst } from "../src/pages/duty/entry";
import { forFile, sane, USUAL } from "../src/pages/tickets/columns";
import { dueRows } from "../src/pages/tickets/dues";
import { amountOf, fine, missingIn, ready, totalIs, totalOf, wrongIn } from "../src/pages/tickets/money";
import { atOnce, laidOut, movesOf } from "../src/pages/tickets/moves";
import { stepped, stillMarked } from "../src/pages/tickets/people";
import { filtersSet, NOTHING, readQuery, toServer, writeQuery } from "../src/pages/tickets/query";
import type { Possible } from "../src/pages/tickets/types";

beforeEach(() => vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined }));

const may = (to: Possible["to"], name = "", needs: string[] = []): Possible => ({ to, name, needs });

test("the next step is the big button, whatever asks for words does not go at one press", () => {
  const possible = [may("in_progress"), may("waiting_owner", "", ["question"]), may("resolved", "", ["note"]), may("cancelled"), may("new", "handed_back", ["reason"])];
  const moves = movesOf({ category: "repair", progress: null, possible });
  const { first, beside, rest } = laidOut(moves);
  expect(first?.said).toBe("出发");
  expect(first && atOnce(first)).toBe(true);
  expect(beside.map((one) => one.said)).toEqual(["办好了", "问业主"]);
  expect(rest.map((one) => one.said)).toEqual(["退回重派", "取消"]);
  expect(rest.map(atOnce)).toEqual([false, false]);
  expect(rest[0]?.often).toContain("手上有急单,来不及");
});

test("on the way, there, at work: each once; a complaint is begun, nobody sets off for it", () => {
  const on = (progress: string) => movesOf({ category: "repair", progress, possible: [may("in_progress", "progress")] });
  expect(on("on_the_way").map((one) => [one.said, one.progress])).toEqual([["到了", "arrived"]]);
  expect(on("arrived").map((one) => one.progress)).toEqual(["working"]);
  expect(on("working")).toEqual([]);
  const [complaint] = movesOf({ category: "complaint", progress: null, possible: [may("in_progress")] });
  expect([complaint?.said, complaint?.progress]).toEqual(["开始处理", "working"]);
  const again = laidOut(movesOf({ category: "repair", progress: null, possible: [may("closed"), may("accepted", "reopened", ["reason"])] }));
  expect(again.first).toBeNull();
});

test("due times: met, missed, running, to come", () => {
  const now = Date.parse("2026-11-21T07:09:00Z");
  const ticket = {
    state: "accepted" as const,
    due: {
      accept_by: "2026-11-21T07:00:00Z",
      supervisor_by: "2026-11-21T07:10:00Z",
      first_answer_by: null,
      on_site_by: "2026-11-21T07:20:00Z",
      answer_by: null,
      done_by: "2026-11-21T10:00:00Z",
    },
    due_why: { on_site_by: "紧急报修:15 分钟内到场" },
    lateness: { late: ["accept_by"], next: "on_site_by", next_by: "2026-11-21T07:20:00Z" },
    accepted_at: "2026-11-21T07:02:00Z",
    answered_at: null,
    arrived_at: null,
    resolved_at: null,
  };
  expect(dueRows(ticket, now).map((row) => [row.name, row.stands])).toEqual([
    ["accept_by", "missed"],
    ["supervisor_by", "met"],
    ["on_site_by", "next"],
    ["done_by", "later"],
  ]);
  expect(dueRows(ticket, now)[2]?.why).toContain("15 分钟");
  expect(dueRows({ ...ticket, state: "cancelled" }, now).at(-1)?.stands).toBe("off");
});

test("filters live in the address; nonsense in it is forgotten", () => {
  const asked = readQuery({ view: "breached", category: "repair", since: "2026-11-01", before: "yesterday", sort: "size" });
  expect(asked).toEqual({ ...NOTHING, view: "breached", category: "repair", since: "2026-11-01" });
  expect(writeQuery(asked)).toEqual({ view: "breached", category: "repair", since: "2026-11-01" });
  expect(filtersSet(asked)).toBe(2);
  expect(toServer(asked, (day, next) => `${day}${next ? "+" : ""}`)).toEqual({ state: "open", sort: "due", breached: "true", category: "repair", since: "2026-11-01" });
  expect(toServer({ ...NOTHING, view: "mine", q: " 漏水 " }, String)).toEqual({ state: "open", sort: "opened", executor: "me", q: "漏水" });
  expect(toServer({ ...NOTHING, view: "ended" }, String).sort).toBe("opened");
  expect(toServer({ ...NOTHING, view: "unassigned", executor: "zhang" }, String).executor).toBe("zhang");
});

test("columns that were kept are made sense of", () => {
  expect(sane(null)).toEqual(USUAL);
  expect(sane(["room", "gone", 7])).toEqual(["number", "title", "room"]);
  expect(sane([])).toEqual(USUAL);
  expect(forFile(["number", "category", "updated_at"])).toEqual(["number", "category", "urgent"]);
});

test("money is reckoned without losing a fen", () => {
  const line = (unit_price: string, quantity = "1") => ({ name: "角阀", quantity, unit: "个", unit_price });
  expect(totalOf([line("0.10"), line("0.20")])).toBe("0.30");
  expect(amountOf(line("19.9", "3"))).toBe(5970);
  expect([amountOf(line("35 元")), amountOf(line("\uFF13\uFF15"))]).toEqual([3500, 3500]);
  expect(fine("1e3")).toBe(false);
  expect([ready([line("12.5")]), ready([line("")]), ready([{ ...line("1"), name: " " }]), ready([line("0")])]).toEqual([true, false, false, false]);
  expect([wrongIn(line("12元5")), wrongIn(line("8-10", "两个")), wrongIn(line("")), wrongIn(line("1", "0"))]).toEqual([["unit_price"], ["quantity", "unit_price"], [], ["quantity"]]);
  expect([missingIn([line("3"), { ...line(""), name: " " }]), missingIn([line("3")])]).toEqual([["name", "unit_price"], []]);
  expect([totalIs([line("0")]), totalIs([line("99999"), line("2")]), totalIs([line("1")]), totalIs([line("x")])]).toEqual(["zero", "most", "", ""]);
  expect(ready([line("100000.01")])).toBe(false);
});

const person = (username: string, more: Partial<BoardPerson> = {}): BoardPerson => ({
  username,
  name: username,
  role: "technician",
  title: "",
  company: "",
  load: 0,
  cap: 8,
  on_shift: true,
  on_duty: true,
  until: null,
  teams: [],
  tickets: [],
  ...more,
});

test("the board hides who is away, never work; asks twice before giving more than fits", () => {
  const busy = person("busy", { on_shift: false, tickets: [{ number: "R1" } as BoardPerson["tickets"][number]] });
  const team = (id: string, people: BoardPerson[]) => ({ id, name: id, kind: "team", estate: "hy", people });
  const board: Board = {
    at: "",
    teams: [team("水电", [person("a", { load: 3 }), busy]), team("夜班", [person("a", { load: 3 })])],
    others: team("", [person("desk", { role: "frontdesk" }), person("off", { on_duty: false })]),
    unassigned: [],
    grab: [],
  };
  expect(lanes(board, { onlyOn: true, desk: false }).map((one) => one.people.map((it) => it.username))).toEqual([["a", "busy"], ["a"]]);
  expect(lanes(board, { onlyOn: false, desk: true }).at(-1)?.people.map((one) => one.username)).toEqual(["off", "desk"]);
  expect(everybody(board).map((one) => one.username)).toEqual(["a", "desk", "busy", "off"]);
  expect(everybody(board)[0]?.teams).toEqual(["水电", "夜班"]);
  expect([doubt(person("x")), doubt(person("x", { load: 8 })), doubt(busy)]).toEqual([null, "over_cap", "off"]);
});

test("why somebody is called is said in words", () => {
  expect(whyOf("no chat: R20261121-0008 朱雨桐 3栋1单元1201")).toBe("没用过微信公众号");
  expect(whyOf("revisit: no_answer, call 2: R1 王芳")).toBe("问了没有回音");
  expect(whyOf("revisit: unfollowed")).toBe("取消关注了");
  expect(whyOf("window closed; notice: failed")).toBe("微信没送到");
});

test("a hand-over passes on ticked tickets and each line", () => {
  expect(passedOn(["R1"], " 东门岗亭钥匙在抽屉 \n\n电梯年检贴好了")).toEqual([{ ticket: "R1" }, { text: "东门岗亭钥匙在抽屉" }, { text: "电梯年检贴好了" }]);
  expect([6, 14, 23, 2].map(shiftAt)).toEqual(["早班", "晚班", "夜班", "夜班"]);
  const point = (id: string, done: boolean) => ({ id, text: "", ticket: null, title: "", done });
  expect(stillOpenFirst([point("1", true), point("2", false)]).map((one) => one.id)).toEqual(["2", "1"]);
});

test("who is marked to be given the work stays the same person when the list comes in another order", () => {
  const people = [{ username: "a" }, { username: "b" }, { username: "c" }];
  expect(stillMarked(people, stepped(people, "a", 1))).toBe("b");
  expect(stillMarked([{ username: "c" }, { username: "a" }, { username: "b" }], "b")).toBe("b");
  expect(stillMarked([{ username: "c" }], "b")).toBe("c");
  expect(stillMarked([], "b")).toBe("");
  expect(stepped(people, "c", 1)).toBe("c");
  expect(stepped(people, "a", -1)).toBe("a");
});
