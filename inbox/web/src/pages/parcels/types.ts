/** Parcels as `/parcels...` gives them. */

export type ParcelState = "awaited" | "waiting" | "collected" | "lost" | "damaged" | "returned";

export interface Parcel {
  id: string;
  state: ParcelState;
  kind: string;
  carrier: string;
  tracking: string;
  recipient: string;
  room: string;
  room_id: string;
  shelf: string;
  code: string;
  arrived_at: string;
  ended_at: string | null;
  collected_by: string;
  collected_how: string;
  /** Whom the home lets collect it. */
  allowed: { name: string; at: string }[];
  /** Wrong codes shown so far. */
  tries: number;
  ticket: string | null;
  events: { at: string; by: string; kind: string; note: string }[];
  version: number;
}

/** What was typed into the search: a room as on the door, else a number, its tail, a code or a name. */
export const asked = (typed: string): { room?: string; q?: string } => {
  const words = typed.trim();
  if (!words) return {};
  return /[栋幢座室]|单元|号楼|\/|^\d+-\d+-\d+$/.test(words) ? { room: words } : { q: words };
};
