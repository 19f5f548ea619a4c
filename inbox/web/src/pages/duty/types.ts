/** What the duty log answers. */

export interface Point {
  id: string;
  at: string;
  by: string;
  by_name: string;
  text: string;
  kind: string;
  ticket: string | null;
}

export interface OpenPoint {
  id: string;
  text: string;
  ticket: string | null;
  title: string;
  done: boolean;
}

export interface DutyEntry {
  id: string;
  estate: string;
  shift: string;
  day: string;
  state: "open" | "handed" | "signed";
  version: number;
  by: string;
  by_name: string;
  opened_at: string;
  points: Point[];
  open_points: OpenPoint[];
  handed_to: string | null;
  handed_to_name: string;
  handed_at: string | null;
  signed_by: string | null;
  signed_by_name: string;
  signed_at: string | null;
  remarks: Point[];
}

export interface Proposed {
  ticket: string;
  title: string;
  room: string;
  urgent: boolean;
  late: string[];
  why: string;
}

export interface Current {
  entry: DutyEntry | null;
  to_sign: DutyEntry[];
  proposed: Proposed[];
}

export const KINDS = ["note", "incident", "patrol", "visitor", "key"] as const;
