/** Template messages of the official account: which template for what, and what goes into each of its fields. */

export interface Template {
  template_id: string;
  fields: Record<string, string>;
}

export type TemplateKind = (typeof KINDS)[number];
export type Variable = (typeof ALL)[number];

export const KINDS = ["ticket_status", "staff_reply", "revisit", "notice", "parcel"] as const;
const ALL = ["number", "title", "state", "time", "remark", "who", "code", "carrier", "shelf"] as const;
/** What is known when such a message leaves; the others would be empty in it. */
export const VARIABLES: Record<TemplateKind, readonly Variable[]> = {
  ticket_status: ["number", "title", "state", "time", "remark"],
  staff_reply: ["who", "title", "time"],
  revisit: ["number", "title", "state", "time", "remark"],
  notice: ["title", "remark", "time"],
  parcel: ["carrier", "code", "shelf", "time"],
};

/** What the settings hold, or nothing where they hold something else (words of an older page). */
export const templatesIn = (value: unknown): Partial<Record<string, Template>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, Template>) : {};

/** The names in a text that stand for nothing this message knows: "{nmber}". */
export const unknownIn = (text: string, kind: TemplateKind): string[] =>
  [...text.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1] ?? "").filter((name) => !(VARIABLES[kind] as readonly string[]).includes(name));

/** Why a text cannot go into a field; empty when it can. */
export function wrongText(text: string, kind: TemplateKind): "" | "empty" | "braces" | "unknown" {
  if (!text.trim()) return "empty";
  if (/[{}]/.test(text.replace(/\{[^{}]*\}/g, ""))) return "braces";
  return unknownIn(text, kind).length ? "unknown" : "";
}

/** Why a field cannot be called so: WeChat's own names are a kind and a number. */
export const wrongKey = (key: string, others: readonly string[]): "" | "shape" | "twice" =>
  !/^[a-z]+(_[a-z]+)*\d{1,2}$/.test(key) ? "shape" : others.includes(key) ? "twice" : "";

/** A name for one more field that is not there yet. */
export const freeKey = (fields: Record<string, string>): string => {
  const taken = Object.keys(fields).map((key) => Number(/\d+$/.exec(key)?.[0] ?? 0));
  return `thing${Math.max(0, ...taken) + 1}`;
};

/** With another name in the same place. */
export const renamed = (fields: Record<string, string>, was: string, becomes: string): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, text]) => [key === was ? becomes : key, text]));
