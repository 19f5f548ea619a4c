/** What the emulator's control API tells. */

export interface MenuItem {
  id: string;
  content: string;
}

export interface Entry {
  id: number;
  at: string;
  app: "account" | "miniprogram";
  channel: "passive" | "customer" | "template" | "subscribe" | "fault" | "sent";
  type: string;
  text: string;
  title: string;
  fields: { key: string; label: string; value: string }[];
  url: string | null;
  pagepath: string | null;
  items: MenuItem[];
  articles: Record<string, string>[];
  media_id: string | null;
  push_id: number | null;
}

export interface Person {
  name: string;
  shown_as: string;
  about: string;
  following: boolean;
  typing: boolean;
  allowance: { left: number; until: string } | null;
  last_id: number;
  last_line: string;
  last_at: string | null;
  last_from: "" | "owner" | "account";
}

export interface Attempt {
  number: number;
  outcome: string;
  status: number | null;
  milliseconds: number;
  reply: string | null;
  reasons: string[];
}

export interface Push {
  id: number;
  app: string;
  user: string | null;
  trigger: string;
  at: string;
  state: "held" | "delivering" | "done" | "not_sent";
  attempts: Attempt[];
  reply: string | null;
  fault: string | null;
  reasons: string[];
  screen_id: number;
  quiet: boolean;
  /** When this page heard of it first, by its own clock. */
  seen?: number;
}

export interface Refusal {
  id: number;
  at: string;
  what: string;
  user: string | null;
  errcode: number | null;
  reason: string;
}

export interface Fault {
  id: number;
  path: string;
  times: number;
  struck: number;
  errcode: number | null;
  http_status: number;
  delay_seconds: number;
  when: string;
  drop: boolean;
}

export interface MenuButton {
  name: string;
  type?: string;
  key?: string;
  url?: string;
  sub_button?: MenuButton[];
}

export interface Snapshot {
  mark: string;
  account: { name: string; callback_url: string | null };
  miniprogram: { name: string };
  deadline_seconds: number;
  attempts: number;
  clock: { now: string; offset_seconds: number };
  menu: { button: MenuButton[] };
  users: Person[];
  pushes: Push[];
  refusals: Refusal[];
  faults: Fault[];
}
