/** Colleagues' accounts, teams and shifts as the server tells them. */
import type { Category, Role } from "@/api/types";

export interface Account {
  username: string;
  name: string;
  role: Role;
  title: string;
  phone_masked: string;
  estates: string[];
  buildings: string[];
  teams: string[];
  categories: Category[];
  company: string;
  on_duty: boolean;
  active: boolean;
  must_change: boolean;
  has_password: boolean;
  wechat: boolean;
  manageable: boolean;
  created_at: string | null;
  /** These three only of one account alone. */
  locked: boolean | null;
  open_tickets: number | null;
  sessions: number | null;
}

export interface Deactivated {
  account: Account;
  /** Numbers of the tickets and ids of the conversations that are to be given to others. */
  freed: string[];
  conversations: string[];
}

export type Office = { public_holidays?: boolean; always_open?: boolean } & Partial<Record<Weekday, string[]>>;

export interface Team {
  id: string;
  name: string;
  estate: string;
  kind: "team" | "contractor";
  company: string;
  categories: Category[];
  members: string[];
  office: Office | null;
  /** Who is there stands in the shifts. */
  rota: boolean;
  active: boolean;
}

export interface Shift {
  id: string;
  staff: string;
  starts_at: string;
  ends_at: string;
}

export interface Places {
  estates: { id: string; name: string }[];
  buildings: { building: string; name: string }[];
}

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export const CATEGORIES: readonly Category[] = ["repair", "complaint", "inquiry", "parcel", "suggestion"];
