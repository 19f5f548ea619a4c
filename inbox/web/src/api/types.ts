/** What the staff API answers; the description at /api/docs says more. */

export type Category = "repair" | "complaint" | "inquiry" | "parcel" | "suggestion";
export type Role = "frontdesk" | "technician" | "supervisor" | "manager" | "admin";
export type State =
  | "new"
  | "accepted"
  | "in_progress"
  | "waiting_owner"
  | "waiting_parts"
  | "deferred"
  | "resolved"
  | "closed"
  | "declined"
  | "cancelled"
  | "merged";

export interface Page<Row> {
  items: Row[];
  next: string | null;
}

export interface Due {
  accept_by: string | null;
  supervisor_by: string | null;
  first_answer_by: string | null;
  on_site_by: string | null;
  answer_by: string | null;
  done_by: string | null;
}

export interface TicketRow {
  number: string;
  category: Category;
  state: State;
  progress: string | null;
  version: number;
  title: string;
  urgent: boolean;
  severity: string | null;
  room: string;
  room_id: string | null;
  estate: string;
  place: string | null;
  owner_name: string;
  conversation: string | null;
  executor: string | null;
  executor_name: string;
  due: Due;
  until: string | null;
  nudges: number;
  reopened: number;
  rating: number | null;
  opened_at: string;
  updated_at: string;
  resolved_at: string | null;
}

export interface Word {
  text: string;
  weight: number;
}

export interface Colleague {
  username: string;
  name: string;
  role: Role;
  title: string;
  on_duty: boolean;
}

export interface Me {
  staff: Colleague;
  estates: string[];
  buildings: string[];
  teams?: string[];
  time_zone: string;
  must_change?: boolean;
  /** Routes that this role may call: "POST /tickets/{number}/assign". */
  may?: string[];
}
