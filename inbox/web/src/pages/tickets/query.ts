/** What the table asks for, as the address has it: a filter survives reload and can be sent to a colleague. */

import type { LocationQuery } from "vue-router";

export type ViewName = "open" | "urgent" | "breached" | "unassigned" | "mine" | "waiting" | "ended" | "all";

export interface Asked {
  view: ViewName;
  state: string;
  category: string;
  building: string;
  executor: string;
  team: string;
  tag: string;
  since: string;
  before: string;
  q: string;
  sort: "opened" | "due" | "";
}

export const VIEWS: readonly ViewName[] = ["open", "urgent", "breached", "unassigned", "mine", "waiting", "ended", "all"];
export const NOTHING: Asked = {
  view: "open",
  state: "",
  category: "",
  building: "",
  executor: "",
  team: "",
  tag: "",
  since: "",
  before: "",
  q: "",
  sort: "",
};
const WAITING = "waiting_owner,waiting_parts,deferred";
const ENDED = "resolved,closed,declined,cancelled,merged";
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Out of the address; what makes no sense is left out. */
export function readQuery(query: LocationQuery): Asked {
  const text = (name: keyof Asked) => (typeof query[name] === "string" ? query[name].slice(0, 100) : "");
  const view = text("view") as ViewName;
  const sort = text("sort");
  const asked: Asked = { ...NOTHING };
  for (const name of ["state", "category", "building", "executor", "team", "tag", "q"] as const) asked[name] = text(name);
  for (const name of ["since", "before"] as const) asked[name] = DAY.test(text(name)) ? text(name) : "";
  asked.view = VIEWS.includes(view) ? view : "open";
  asked.sort = sort === "opened" || sort === "due" ? sort : "";
  return asked;
}

/** Into the address: only what is not as usual. */
export const writeQuery = (asked: Asked): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).filter(([name, value]) => value !== NOTHING[name as keyof Asked]));

/** How the rows are sorted: what is open by what burns first, the rest newest first. */
export const sortOf = (asked: Asked): "opened" | "due" =>
  asked.q || asked.view === "ended" || asked.view === "all" || (asked.state && ENDED.split(",").includes(asked.state))
    ? "opened"
    : asked.sort || "due";

/** What the server is asked; `dayEdge` gives a day's first moment in the estate's zone. */
export function toServer(asked: Asked, dayEdge: (day: string, next: boolean) => string): Record<string, string> {
  const state =
    asked.state || (asked.view === "waiting" ? WAITING : asked.view === "ended" ? ENDED : asked.view === "all" ? "" : "open");
  const out: Record<string, string> = { state, sort: sortOf(asked) };
  if (asked.view === "urgent") out.urgent = "true";
  if (asked.view === "breached") out.breached = "true";
  const executor = asked.executor || (asked.view === "unassigned" ? "none" : asked.view === "mine" ? "me" : "");
  if (executor) out.executor = executor;
  for (const name of ["category", "building", "team", "tag", "q"] as const) if (asked[name].trim()) out[name] = asked[name].trim();
  if (asked.since) out.since = dayEdge(asked.since, false);
  if (asked.before) out.before = dayEdge(asked.before, true);
  return out;
}

/** How many filters are set beside the view and the search. */
export const filtersSet = (asked: Asked): number =>
  (["state", "category", "building", "executor", "team", "tag", "since", "before"] as const).filter((name) => asked[name] !== "").length;
