/** The settings of the trade as `/settings...` gives them. */

export type FieldType =
  | "boolean"
  | "choice"
  | "choices"
  | "duration"
  | "durations"
  | "integer"
  | "list"
  | "number"
  | "object"
  | "term"
  | "text"
  | "time";

export interface Field {
  path: string;
  label: string;
  help: string;
  type: FieldType;
  unit: string;
  default: unknown;
  choices: { value: string; label: string }[];
  min: number | null;
  max: number | null;
  may_be_empty: boolean;
}

export interface Group {
  name: string;
  label: string;
  fields: Field[];
}

/** Until when something is due: so many seconds of a clock, or so many days. */
export interface Term {
  by: string;
  time: number;
  days: number;
}

export interface Standing {
  estate: string;
  version: number;
  /** What this estate says itself, by nested names. */
  own: Record<string, unknown>;
  values: Record<string, unknown>;
}

export interface Difference {
  path: string;
  label: string;
  was: unknown;
  becomes: unknown;
}

export interface Checked {
  problems: { path: string; message: string }[];
  diff: Difference[];
}

export interface Version {
  version: number;
  at: string;
  by: string;
  by_name: string;
  note: string;
  diff: Difference[];
}
