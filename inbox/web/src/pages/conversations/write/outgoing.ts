/** Replies on their way. They are seen at once, keep their key when tried again, and survive a reload until they have left. */

import { reactive } from "vue";

import { Away, del, freshKey, part, post, Refused, words } from "@/api";
import { session } from "@/api/session";
import { keep, kept } from "@/kept";

import type { Line, Sent, TakenBack } from "../types";

export interface Leaving {
  key: string;
  text: string;
  media: string[];
  sendAt: string | null;
  canned: string | null;
  /** The newest line that was on the screen when it was written. */
  seen: string | null;
  at: string;
  state: "sending" | "failed" | "guarded" | "sent";
  problem: string;
  /** Somebody answered meanwhile. */
  newer: Line | null;
  /** Known once it was taken: the line that will show it. */
  line: string | null;
}

const boxes = reactive(new Map<string, Leaving[]>());
const nameOf = (id: string) => `outgoing:${session.me?.staff.username ?? ""}:${id}`;

/** What is leaving this conversation, oldest first. */
export function leavingOf(id: string): Leaving[] {
  let box = boxes.get(id);
  if (!box) {
    // From before a reload: whether it left is not known, trying again with its key sends nothing twice.
    box = kept<Leaving[]>(nameOf(id), []).map((one) => ({ ...one, state: "failed", problem: "" }));
    boxes.set(id, box);
  }
  return boxes.get(id) ?? [];
}

function change(id: string, key: string, to: Partial<Leaving> | null) {
  const box = leavingOf(id);
  const next = to === null ? box.filter((one) => one.key !== key) : box.map((one) => (one.key === key ? { ...one, ...to } : one));
  boxes.set(id, next);
  const open = next.filter((one) => one.state !== "sent");
  keep(nameOf(id), open.length ? open : null);
}

/** It is seen in the timeline now, or given up. */
export const forgetLeaving = (id: string, key: string): void => change(id, key, null);

export interface Writing {
  text: string;
  media: string[];
  sendAt: string | null;
  canned: string | null;
  seen: string | null;
}

/** Put a reply on its way; null when it did not leave (its state says why). */
export async function send(id: string, writing: Writing, at: string): Promise<Sent | null> {
  const one: Leaving = { ...writing, key: freshKey(), at, state: "sending", problem: "", newer: null, line: null };
  boxes.set(id, [...leavingOf(id), one]);
  return deliver(id, one, false);
}

/** Once more, with the same key; `force` when the writer has seen the newer reply. */
export async function deliver(id: string, one: Leaving, force: boolean): Promise<Sent | null> {
  // What was refused may go with another word (force): that is another request.
  const key = force ? freshKey() : one.key;
  change(id, one.key, { key, state: "sending", problem: "", newer: null });
  try {
    const sent = await post<Sent>(
      `/conversations/${part(id)}/messages`,
      {
        text: one.text,
        ...(one.seen && !force ? { seen: one.seen } : {}),
        ...(force ? { force: true } : {}),
        ...(one.sendAt ? { send_at: one.sendAt } : {}),
        ...(one.media.length ? { media: one.media } : {}),
        ...(one.canned ? { canned: one.canned } : {}),
      },
      { key },
    );
    if (one.sendAt || !sent.line) change(id, key, null);
    else change(id, key, { state: "sent", line: sent.line });
    return sent;
  } catch (problem) {
    if (problem instanceof Refused && problem.code === "newer_reply")
      change(id, key, { state: "guarded", newer: (problem.details.line ?? null) as Line | null });
    else if (problem instanceof Refused) change(id, key, { state: "failed", problem: words(problem) });
    else if (problem instanceof Away) change(id, key, { state: "failed", problem: "" });
    else throw problem;
    return null;
  }
}

/** Take a reply back, or cancel a planned one; the server decides whether it has left, and asking twice is the same as once. */
export const takeBack = (deliveryId: string): Promise<TakenBack> => del<TakenBack>(`/deliveries/${part(deliveryId)}`);
