/** The words that are written: rows of a table, the document that is sent, and how a change is said. */

import type { Label } from "../conversations/types";

export const LABELS: readonly Label[] = ["repair", "complaint", "inquiry", "parcel", "other"];
export const LIMITS = [1_000, 5_000, 20_000] as const;

export interface Word {
  word: string;
  like: string | null;
  weights: Record<string, number>;
  urgent: number | null;
}
export interface Document {
  version?: string;
  note: string;
  words: Word[];
  drop: string[];
  document: string;
}
export interface Problem {
  line: number;
  word: string;
  message: string;
}
export interface Checked extends Document {
  problems: Problem[];
}
export interface Found {
  read: number;
  concerned: number;
  changed: number;
  lost: number;
  gained: number;
  unmet: number;
  at: string;
}
export interface Version {
  version: string;
  at: string;
  by: string;
  by_name: string;
  note: string;
  state: "published" | "rolled_back";
  holds: boolean;
  words: number;
  found: Found | null;
}
export interface Versions {
  holds: string;
  here: string;
  items: Version[];
  next: string | null;
}
export interface Meaning {
  label: Label;
  intent: string;
  urgent: boolean;
  confidence: number;
}
export interface Reason {
  word: string;
  was: string[];
  weights: Record<string, number>;
  urgent: number;
}
export interface Changed {
  message: string;
  conversation: string;
  at: string;
  text: string;
  times: number;
  was: Meaning;
  becomes: Meaning;
  reasons: Reason[];
  emergency_lost: boolean;
}
export interface Trial {
  against: string;
  publishable: boolean;
  found: Found;
  moves: { was: Label; becomes: Label; count: number }[];
  changed: Changed[];
  unmet: string[];
}
export interface Difference {
  word: string;
  was: string | null;
  becomes: string | null;
}
export interface Correction {
  id: string;
  conversation: string;
  at: string;
  text: string;
  was: Label | "";
  label: Label;
  by_name: string;
  learnt: boolean;
}

/** One row of the table. A word adds weights to labels, or weighs what another one weighs. */
export interface Row {
  key: number;
  word: string;
  kind: "weights" | "like";
  parts: { label: Label; weight: number }[];
  like: string;
  urgent: number | null;
}
/** What is typed, as it is kept as a draft. */
export interface Typed {
  /** The version that it was begun from; empty: the package's own words. */
  base: string;
  mode: "table" | "yaml";
  rows: Row[];
  drop: string;
  yaml: string;
}

let last = 0;
export const freshRow = (label: Label = "repair"): Row => ({ key: ++last, word: "", kind: "weights", parts: [{ label, weight: 2 }], like: "", urgent: null });

export function rowOf(word: Word): Row {
  const parts = Object.entries(word.weights).map(([label, weight]) => ({ label: label as Label, weight }));
  return { key: ++last, word: word.word, kind: word.like === null ? "weights" : "like", parts, like: word.like ?? "", urgent: word.urgent };
}

export function typedOf(document: Document, base: string): Typed {
  return { base, mode: "table", rows: document.words.map(rowOf), drop: document.drop.join(" "), yaml: document.document };
}

/** Rows of a draft get keys of this page, so that two never share one. */
export const revived = (typed: Typed): Typed => ({ ...typed, rows: typed.rows.map((row) => ({ ...row, key: ++last })) });

export const dropped = (text: string): string[] => text.split(/[\s,，、;；]+/).filter(Boolean);

/** What is sent: JSON, which the server reads as the YAML that it is. A row in which nothing was written yet is no word. */
export function written(typed: Typed): string {
  if (typed.mode === "yaml") return typed.yaml;
  const words = typed.rows.filter((row) => row.word.trim() || row.like.trim()).map(wordOf);
  const drop = dropped(typed.drop);
  return JSON.stringify({ words, ...(drop.length ? { drop } : {}) });
}

function wordOf(row: Row): object {
  const urgent = row.urgent === null ? {} : { urgent: row.urgent };
  if (row.kind === "like") return { word: row.word.trim(), like: row.like.trim(), ...urgent };
  return { word: row.word.trim(), weights: Object.fromEntries(row.parts.map((part) => [part.label, part.weight])), ...urgent };
}

/** Labels that a row does not use yet. */
export const left = (row: Row): Label[] => LABELS.filter((label) => !row.parts.some((part) => part.label === label));

/** A weight as it was typed, within what the server takes; nothing is 0. */
export function numberOf(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? Math.max(-6, Math.min(6, value)) : 0;
}

export const signed = (weight: number): string => `${weight > 0 ? "+" : weight < 0 ? "−" : ""}${Math.abs(weight).toFixed(2).replace(/\.?0+$/, "")}`;

type Say = (key: "like" | "urgent" | "drop" | Label, value: string) => string;
const isLabel = (name: string): name is Label => (LABELS as readonly string[]).includes(name);

/** "repair +1, urgent -6" in the reader's words. */
export function said(what: string, say: Say): string {
  return what
    .split(", ")
    .map((part) => {
      const [name = "", ...rest] = part.split(" ");
      const value = rest.join(" ");
      if (name === "like") return say("like", value);
      if (name === "drop") return say("drop", "");
      if (name === "urgent" || isLabel(name)) return say(name, signed(Number(value)));
      return part;
    })
    .join(" · ");
}
