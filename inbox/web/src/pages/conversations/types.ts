/** What the conversation routes answer; docs/inbox.md says more. */

import type { Category, State, Word } from "@/api";

export interface Home {
  room_id: string;
  name: string;
  role: string;
}

export interface BriefTicket {
  number: string;
  category?: Category;
  title: string;
  state: State;
  urgent: boolean;
  due: string | null;
}

export interface Row {
  id: string;
  name: string;
  estate: string;
  room: string;
  role: string;
  homes: Home[];
  last_line: string;
  last_from: "owner" | "bot" | "staff" | "system";
  last_by: string | null;
  last_at: string | null;
  unread: number;
  waiting_since: string | null;
  mode: "bot" | "person";
  staff: string | null;
  staff_name: string | null;
  team: string | null;
  ticket: BriefTicket | null;
  tickets: BriefTicket[];
  next_due: string | null;
  breached: boolean;
  tags: string[];
  snoozed_until: string | null;
  followed: boolean;
  messages_left: number;
  window_until: string;
  version: number;
}

export interface Scheduled {
  delivery_id: string;
  text: string;
  send_at: string;
  by: string;
  by_name: string;
}

export interface PastTicket {
  number: string;
  category: Category;
  title: string;
  state: State;
  opened_at: string;
  rating: number | null;
}

export interface Head extends Row {
  person: {
    id: string | null;
    name: string;
    phone: string | null;
    since: string | null;
    rooms: (Home & { since: string | null })[];
  } | null;
  past: PastTicket[];
  budget: { left: number; until: string; now: "sent" | "parked_template" | "parked" | "call_list"; said: string };
  scheduled: Scheduled[];
  dialogue: { kind: string; step: string } | null;
  newest: string | null;
}

export type Label = "repair" | "complaint" | "inquiry" | "parcel" | "other";

export interface Understanding {
  label: Label;
  intent: string;
  confidence: number;
  urgent: boolean;
  urgent_reason: string;
  words: Word[];
  corrected: { label: Label; by: string; by_name: string; at: string } | null;
}

export interface Attempt {
  rung: string;
  at: string;
  errcode: number | null;
  problem: string | null;
}

export interface Push {
  id: string;
  state: string;
  kind: string;
  reason: string | null;
  said?: string | null;
  rung?: string | null;
  attempts?: Attempt[];
  not_before?: string | null;
  undo_until?: string | null;
  scheduled?: boolean;
  to_call?: boolean;
}

export interface Medium {
  id: string;
  kind: string;
  /** wanted | kept | gone | refused | unknown */
  state: string;
  reason: string;
  content_type: string;
  size: number;
  width: number;
  height: number;
  small: boolean;
  /** What the platform heard in a recording. */
  text: string;
}

export interface Line {
  id: string;
  at: string;
  direction: "inbound" | "outbound" | "note" | "event";
  said_by: "owner" | "bot" | "staff" | "note" | "event";
  by: string;
  by_name: string;
  kind: string;
  text: string;
  state: string;
  problem: string | null;
  repeats: number;
  repeats_said: string | null;
  understanding: Understanding | null;
  answer: { text: string; state: string } | null;
  delivery: Push | null;
  mentions: string[];
  ticket: string | null;
  media: Medium[];
  place: { label: string; latitude: number | null; longitude: number | null } | null;
}

export interface GivenTime {
  id: string;
  state: string;
  text: string;
  due: string;
}

export interface Sent {
  delivery_id: string;
  line: string | null;
  state: string;
  text: string;
  at: string;
  /** How long it can be taken back, from this answer on; the server decides. */
  undo_seconds: number | null;
  send_at: string | null;
  promises: GivenTime[];
}

/** What did not leave. */
export interface TakenBack {
  text: string;
  pictures: string[];
}

export interface Query {
  view: string;
  category: string;
  building: string;
  tag: string;
  assignee: string;
  q: string;
}

export interface SavedView {
  id: string;
  name: string;
  icon: string;
  query: Partial<Query>;
  place: number;
  shared: boolean;
}

export interface Counts {
  mine: number;
  unassigned: number;
  waiting: number;
  breached: number;
  bot: number;
  snoozed: number;
}

export interface Hit {
  conversation: { id: string; name: string; room: string };
  why: string;
  line: Line | null;
  before: Line | null;
  after: Line | null;
  words: string[];
}

export interface Canned {
  id: string;
  title: string;
  text: string;
  shortcut: string;
  personal: boolean;
  estate: string;
  uses: number;
  filled: string | null;
  missing: string[];
}

export interface Macro {
  id: string;
  name: string;
  personal: boolean;
  actions: { do: string }[];
}

export interface Outcome {
  id: string;
  ok: boolean;
  code: string;
  message: string;
}

export interface Watcher {
  staff: string;
  name: string;
  typing: boolean;
  until: string;
}
