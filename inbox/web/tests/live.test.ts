import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { merged, withHead } from "../src/live/merged";
import { paced } from "../src/live/pace";
import { reader, type Sse } from "../src/live/sse";

const key = (row: string) => row[0] ?? "";

test("older pages follow without what is there already", () => {
  expect(merged(["c1", "d1"], ["a1", "b1", "c2"], key)).toEqual(["a1", "b1", "c2", "d1"]);
});

test("a fresh head drops what has left the list and keeps what lies below", () => {
  expect(withHead(["a1", "b1", "c1", "d1", "e1"], ["n1", "a2", "c1"], key)).toEqual(["n1", "a2", "c1", "d1", "e1"]);
  expect(withHead(["a1", "b1"], ["x1", "y1"], key)).toEqual(["x1", "y1", "a1", "b1"]);
  expect(withHead(["a1", "b1"], [], key)).toEqual([]);
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("many events are one read a second, and the last one is not lost", () => {
  const read = vi.fn();
  const soon = paced(1000, read);
  for (let n = 0; n < 50; n++) soon();
  expect(read).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(read).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(read).toHaveBeenCalledTimes(2);
  soon();
  soon();
  soon.stop();
  vi.advanceTimersByTime(5000);
  expect(read).toHaveBeenCalledTimes(3);
});

test("a busy hour costs a tab one read a second, and nobody is forgotten", () => {
  const read: string[] = [];
  const counts = paced(1000, () => read.push("counts"), 2);
  const list = paced(1000, () => read.push("list"), 1);
  const talk = paced(1000, () => read.push("talk"), 0);
  for (let n = 0; n < 600; n++) {
    counts();
    list();
    talk();
    vi.advanceTimersByTime(100);
  }
  expect(read.length).toBeGreaterThan(55);
  expect(read.length).toBeLessThan(70);
  for (const one of ["talk", "list", "counts"]) expect(read.filter((other) => other === one).length, one).toBeGreaterThan(12);
});

test("events are read however they are cut up, comments are no events", () => {
  const heard: Sse[] = [];
  const read = reader((event) => heard.push({ ...event }));
  const text = ': ping\r\n\r\nid: 7-0\r\ndata: {"kind":"message"}\r\n\r\ndata: a\ndata: b\n\n';
  for (const letter of text) read(letter);
  expect(heard).toEqual([
    { id: "7-0", data: '{"kind":"message"}' },
    { id: "7-0", data: "a\nb" },
  ]);
});
