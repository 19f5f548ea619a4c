/** How far a push is, as a mark, in words, and how it is to be seen. */

import { tOr } from "@/words";

export type PushTone = "" | "good" | "late" | "bad";

const SEEN: Record<string, [mark: string, tone: PushTone]> = {
  queued: ["…", ""],
  sending: ["…", ""],
  accepted: ["✓", ""],
  delivered: ["✓✓", "good"],
  parked: ["⏸", "late"],
  unknown: ["?", "late"],
  undeliverable: ["✕", "bad"],
  cancelled: ["–", ""],
  merged: ["–", ""],
  stored: ["…", ""],
  written: ["✓", ""],
  delivery: ["✓", ""],
};

export function pushOf(state: string, said?: string | null): { mark: string; said: string; tone: PushTone } {
  const [mark, tone] = SEEN[state] ?? ["", ""];
  return { mark, tone, said: said || tOr(`pushes.${state}`, state) };
}
