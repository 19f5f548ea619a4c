import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import en from "../src/words/en";
import zh from "../src/words/zh-CN";

type Tree = { [key: string]: string | Tree };

const leaves = (tree: Tree, at = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[at + key, value] as [string, string]] : leaves(value, `${at}${key}.`),
  );
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

test("both languages say the same things with the same values", () => {
  const english = new Map(leaves(en));
  const chinese = leaves(zh);
  expect([...english.keys()].sort()).toEqual(chinese.map(([key]) => key).sort());
  for (const [key, text] of chinese) {
    expect(text, key).not.toBe("");
    expect(values(english.get(key) ?? ""), key).toEqual(values(text));
  }
});

test("no page writes markup that came from elsewhere", () => {
  const source = join(__dirname, "..", "src");
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!/\.(vue|ts)$/.test(file)) continue;
    const text = readFileSync(join(source, file), "utf8");
    expect(text, file).not.toMatch(/v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  }
});
