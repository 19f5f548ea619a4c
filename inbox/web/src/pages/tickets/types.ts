/** What the ticket routes answer; docs/inbox.md says more. */

import type { Category, Due, Role, State, TicketRow, Word } from "@/api/types";

export type DueName = keyof Due;

export interface ListedTicket extends TicketRow {
  late: string[];
  next: string | null;
  next_due: string | null;
  team: string | null;
  tags: string[];
}

export interface Counts {
  states: Partial<Record<State, number>>;
  open: number;
  urgent: number;
  breached: number;
  unassigned: number;
  mine: number;
  waiting: number;
}

export interface Possible {
  to: State;
  name: string;
  needs: string[];
}

export interface Candidate {
  username: string;
  name: string;
  role: Role;
  title: string;
  company: string;
  load: number;
  cap: number;
  on_shift: boolean;
  on_duty: boolean;
  until: string | null;
  teams: string[];
  fits?: boolean;
  why_not?: string;
}

export interface Medium {
  id: string;
  kind: string;
  state: string;
  reason: string;
  content_type: string;
  width: number;
  height: number;
  small: boolean;
  text: string;
}

export interface Photo {
  id: string;
  kind: string;
  by: string;
  by_name: string;
  at: string | null;
  media: Medium;
}

export type PhotoKind = "owner" | "before" | "after";

export interface ChargeItem {
  name: string;
  quantity: string;
  unit: string;
  unit_price: string;
  amount: string;
}

export interface ChargeSheet {
  id: string;
  ticket: string;
  state: "proposed" | "asked" | "accepted" | "refused" | "withdrawn" | "billed";
  version: number;
  items: ChargeItem[];
  total: string;
  note: string;
  proposed_by_name: string;
  proposed_at: string;
  answered_at: string | null;
  answer: string;
  way: string;
  billed_at: string | null;
  history: { at: string; by: string; by_name: string; kind: string; said: string }[];
}

export interface Linked {
  kind: string;
  number: string;
  title: string;
  state: State | null;
  category: Category | null;
  opened_at: string | null;
}

export interface Promised {
  id: string;
  kind: string;
  state: string;
  text: string;
  due: string;
  by: string;
  who: string;
  reason: string;
}

export interface Entry {
  id: string;
  at: string;
  by: string;
  by_name: string;
  kind: string;
  said: string;
  text: string;
  media: string[];
}

export interface Similar {
  number: string;
  title: string;
  category: Category;
  state: State;
  room: string;
  opened_at: string;
  resolution: string | null;
  executor_name: string;
  why: string[];
}

/** What a change answers with. */
export interface TicketFull extends TicketRow {
  description: string;
  subject: string | null;
  proposed_severity: string | null;
  severity_reasons: string[];
  promised: string | null;
  urgent_reason: string | null;
  origin: string;
  classified: { by: string; label: string | null; confidence: number | null; words: Word[] } | null;
  wished_time: string | null;
  phone: string | null;
  executor_phone: string;
  team: string | null;
  due_why: Partial<Record<DueName, string>>;
  additions: { id: string; at: string; text: string; media: string[] }[];
  events: { at: string; by: string; kind: string; to_state: State | null }[];
  revisit: {
    round: number;
    state: string;
    calls: number;
    fixed: boolean | null;
    satisfaction: number | null;
    words: string;
    asked_at: string | null;
    answered_at: string | null;
  };
  problem: {
    round: number;
    reason: string;
    supervisor: string | null;
    opened_at: string;
    follow_by: string;
    result: string;
    followed_at: string | null;
    followed_by: string;
  } | null;
  checks: { id: string; at: string; by: string; passed: boolean; score: number | null; words: string }[];
  merged_into: string | null;
  resolution: string | null;
  possible: Possible[];
}

/** Everything of one ticket. */
export interface Panel extends TicketFull {
  estate_name: string;
  lateness: { late: string[]; next: string | null; next_by: string | null };
  people: Candidate[];
  linked: Linked[];
  incident: { id: string; number: string; title: string; state: string } | null;
  promises: Promised[];
  photos: Record<PhotoKind, Photo[]>;
  charges: ChargeSheet | null;
  timeline: Entry[];
  room_history: TicketRow[];
  owner_history: TicketRow[];
  similar: Similar[];
  tags: string[];
  accepted_at: string | null;
  answered_at: string | null;
  arrived_at: string | null;
}
