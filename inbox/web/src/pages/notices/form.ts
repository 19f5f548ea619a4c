/** What is being written: the fields of the editor, and what the server takes of them. */

import { fromLocal, hour, dayOf } from "@/said/times";

import type { Audience, NoticeFull, NoticeKind, Written } from "./types";

export interface Form {
  estate: string;
  kind: NoticeKind;
  title: string;
  body: string;
  signature: string;
  audience: Audience;
  supply: string;
  /** Times as the wall shows them: "2026-11-22T09:00"; empty: not given. */
  from: string;
  to: string;
  reason: string;
  valid_to: string;
  send_at: string;
  unreached: "" | "note" | "call";
}

export const empty = (): Form => ({
  estate: "",
  kind: "ordinary",
  title: "",
  body: "",
  signature: "",
  audience: { scope: "all", places: [], roles: [] },
  supply: "water",
  from: "",
  to: "",
  reason: "",
  valid_to: "",
  send_at: "",
  unreached: "",
});

const wall = (at: string | null) => (at ? `${dayOf(at)}T${hour(at)}` : "");

/** A stored draft, to go on writing. */
export const formOf = (notice: NoticeFull): Form => ({
  estate: notice.estate,
  kind: notice.kind,
  title: notice.title,
  body: notice.body,
  signature: notice.signature,
  audience: { scope: notice.audience.scope, places: notice.audience.places, roles: notice.audience.roles },
  supply: notice.outage?.supply ?? "water",
  from: wall(notice.outage?.starts_at ?? null),
  to: wall(notice.outage?.ends_at ?? null),
  reason: notice.outage?.reason ?? "",
  valid_to: wall(notice.valid_to),
  send_at: wall(notice.send_at),
  unreached: notice.unreached,
});

const instant = (at: string) => (at ? fromLocal(at) : null);
export const isOutage = (form: Form) => form.kind === "outage" && form.from !== "" && form.to !== "";

/** What the server takes. An outage without its times is left out: a draft may wait for them. */
export const written = (form: Form): Written => ({
  estate: form.estate,
  kind: form.kind,
  title: form.title.trim(),
  body: form.body.trim(),
  signature: form.signature.trim(),
  audience: { ...form.audience, places: form.audience.scope === "all" ? [] : form.audience.places },
  outage: isOutage(form)
    ? { supply: form.supply, starts_at: fromLocal(form.from), ends_at: fromLocal(form.to), buildings: [], reason: form.reason.trim() }
    : null,
  valid_to: instant(form.valid_to),
  send_at: instant(form.send_at),
  unreached: form.unreached,
});
