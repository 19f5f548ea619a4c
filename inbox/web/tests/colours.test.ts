import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

const [light = "", dark = ""] = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8").split("html.dark");
const read = (css: string) => new Map([...css.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name!, value!]));

function lightOf(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [more, less] = [lightOf(one), lightOf(other)].sort((a, b) => b - a) as [number, number];
  return (more + 0.05) / (less + 0.05);
}

const WORDS = ["ink", "soft", "jade", "jade-deep", "amber", "red", "done", "note-ink"];
const KINDS = ["repair", "complaint", "inquiry", "parcel", "suggestion"];
const UNDER = ["paper", "ground", "raised", "jade-tint", "amber-tint", "red-tint", "done-tint", "bot", "staff", "note", "planned"];

describe.each([
  ["light", read(light)],
  ["dark", read(dark)],
])("words in %s", (_, colours) => {
  const pairs = [
    ...[...WORDS, ...KINDS].flatMap((word) => UNDER.map((under) => [word, under] as const)),
    ...KINDS.map((kind) => [kind, `${kind}-tint`] as const),
    ["on-jade", "jade"] as const,
    ["on-jade", "jade-deep"] as const,
  ];
  it("stand out from whatever may lie under them (WCAG 2 AA)", () => {
    const faint = pairs.filter(([word, under]) => contrast(colours.get(word)!, colours.get(under)!) < 4.5);
    expect(faint).toEqual([]);
  });
});
