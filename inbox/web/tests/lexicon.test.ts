import { expect, test } from "vitest";

import { dropped, freshRow, left, numberOf, revived, rowOf, said, signed, typedOf, written, type Document } from "../src/pages/lexicon/document";

const HELD: Document = {
  version: "v3",
  note: "门响",
  words: [
    { word: "咣当响", like: null, weights: { repair: 2.5, complaint: -1 }, urgent: null },
    { word: "铁将军", like: "门锁", weights: {}, urgent: -6 },
  ],
  drop: ["漏水", "好"],
  document: "words:\n",
};

test("what holds becomes rows, and the rows become the same document", () => {
  const typed = typedOf(HELD, "v3");
  expect(typed.rows.map((row) => [row.word, row.kind])).toEqual([["咣当响", "weights"], ["铁将军", "like"]]);
  expect(JSON.parse(written(typed))).toEqual({
    words: [
      { word: "咣当响", weights: { repair: 2.5, complaint: -1 } },
      { word: "铁将军", like: "门锁", urgent: -6 },
    ],
    drop: ["漏水", "好"],
  });
});

test("an empty row is no word, a word without weights is sent so that the server says what is missing", () => {
  const typed = { ...typedOf({ ...HELD, words: [], drop: [] }, ""), rows: [freshRow(), { ...freshRow(), word: " 哐当 ", parts: [] }] };
  expect(written(typed)).toBe('{"words":[{"word":"哐当","weights":{}}]}');
});

test("pasted YAML is sent as it is", () => {
  expect(written({ ...typedOf(HELD, ""), mode: "yaml", yaml: "words: [" })).toBe("words: [");
});

test("the table changes the document only where something was changed", () => {
  const typed = typedOf(HELD, "v3");
  const before = written(typed);
  expect(written(revived(JSON.parse(JSON.stringify(typed)) as typeof typed))).toBe(before);
  typed.rows[0]!.parts[0]!.weight = 3;
  expect(written(typed)).not.toBe(before);
});

test("rows have keys of their own, whatever a draft says", () => {
  const typed = typedOf(HELD, "v3");
  const again = revived({ ...typed, rows: typed.rows.map((row) => ({ ...row, key: 1 })) });
  expect(new Set(again.rows.map((row) => row.key)).size).toBe(2);
  expect(left(rowOf(HELD.words[0]!))).toEqual(["inquiry", "parcel", "other"]);
});

test("words that lose their weight are written in any way", () => {
  expect(dropped(" 漏水、好,谢谢\n你好 ")).toEqual(["漏水", "好", "谢谢", "你好"]);
});

test("changes are said in the reader's words", () => {
  const say = (key: string, value: string) => `${key}:${value}`;
  expect(said("complaint +6, urgent -6", say)).toBe("complaint:+6 · urgent:−6");
  expect(said("like 门锁, drop", say)).toBe("like:门锁 · drop:");
  expect([signed(2.5), signed(-0.25), signed(0), signed(6)]).toEqual(["+2.5", "−0.25", "0", "+6"]);
});

test("a weight stays within what the server takes", () => {
  expect(["2.5", "-9", "60", "", "x"].map(numberOf)).toEqual([2.5, -6, 6, 0, 0]);
});
