/** What the incident routes answer. */

import type { State } from "@/api/types";

export type IncidentState = "proposed" | "confirmed" | "closed" | "dismissed";

export interface IncidentRow {
  number: string;
  state: IncidentState;
  title: string;
  estate: string;
  building: string;
  category: string;
  subject: string;
  urgent: boolean;
  severity: string | null;
  reasons: string[];
  reports: number;
  people: number;
  expected_at: string | null;
  created_at: string;
  changed_at: string;
  version: number;
}

export interface Member {
  number: string;
  room_id: string | null;
  at: string;
  /** Empty, and `state` null, where the ticket is not ours to see. */
  room: string;
  title: string;
  state: State | null;
  urgent: boolean;
  owner_name: string;
  executor_name: string;
}

export interface Said {
  at: string;
  by: string;
  kind: "acknowledged" | "update" | "closed";
  text: string;
  owner_text: string;
  expected_at: string | null;
  told: number;
}

export interface IncidentFull extends IncidentRow {
  members: Member[];
  updates: Said[];
  created_by: string;
  decided_by: string;
  reason: string;
}
