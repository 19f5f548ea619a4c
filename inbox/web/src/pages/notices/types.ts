/** What the server says of notices; the paths and fields stand in /api/openapi.json. */

export type NoticeState = "draft" | "submitted" | "scheduled" | "sending" | "sent" | "withdrawn" | "archived";
export type NoticeKind = "ordinary" | "outage" | "emergency";
export type Scope = "all" | "buildings" | "units" | "rooms";
export type Way = "customer" | "template" | "list" | "none" | "call" | "passive";
export type Step = "edit" | "submit" | "return" | "approve" | "withdraw";
export type Result = "reached" | "waiting" | "list" | "unreached" | "cancelled";

export interface Audience {
  scope: Scope;
  places: string[];
  roles: string[];
}

export interface Outage {
  supply: string;
  starts_at: string;
  ends_at: string;
  buildings: string[];
  reason: string;
}

export interface Reach {
  homes: number;
  people: number;
  ways: Partial<Record<Way, number>>;
  silent: number;
}

export interface Notice {
  number: string;
  estate: string;
  kind: NoticeKind;
  state: NoticeState;
  title: string;
  audience: Audience & { said: string };
  outage: Outage | null;
  valid_to: string | null;
  send_at: string | null;
  created_at: string;
  created_by: string;
  sent_at: string | null;
  planned: Reach;
  counts: Record<string, number>;
  version: number;
}

export interface Card {
  title: string;
  remark: string;
  time: string;
}

export interface NoticeFull extends Notice {
  body: string;
  signature: string;
  valid_from: string | null;
  unreached: "note" | "call";
  owner_text: string;
  template: Card;
  submitted_by: string;
  approved_by: string;
  approved_at: string | null;
  ended_at: string | null;
  correction: string;
  progress: number;
  ways: Partial<Record<Way, number>>;
  counted_at: string | null;
  events: { at: string; by: string; kind: string; note: string }[];
  may: Step[];
}

export interface Places {
  estates: { id: string; name: string }[];
  estate: string;
  name: string;
  homes: number;
  buildings: { building: string; name: string; homes: number; units: { key: string; name: string; homes: number }[] }[];
}

export interface Preview {
  reach: Reach | null;
  owner_text: string;
  template: Card;
}

export interface ResultRow {
  id: string;
  name: string;
  room: string;
  room_id: string | null;
  state: string;
  way: Way | "";
  reason: string;
  to_call: boolean;
  conversation: string;
  at: string;
}

/** What the server takes: a notice as it is written. */
export interface Written {
  estate: string;
  kind: NoticeKind;
  title: string;
  body: string;
  signature: string;
  audience: Audience;
  outage: Outage | null;
  valid_to: string | null;
  send_at: string | null;
  unreached: "" | "note" | "call";
}
