/** What the signed-in person may do here, and whom they may make what. */
import { get } from "@/api";
import { role, session } from "@/api/session";
import type { Colleague, Role } from "@/api/types";

export { can as allowed } from "../tickets/can";

const RANK: Record<Role, number> = { frontdesk: 0, technician: 0, supervisor: 1, manager: 2, admin: 3 };
export const ROLES = Object.keys(RANK) as Role[];

/** The roles that they may give: those below their own; an administrator gives all. */
export const rolesToGive = (): Role[] => {
  const mine = role.value;
  if (mine === null) return [];
  return ROLES.filter((one) => mine === "admin" || RANK[one] < RANK[mine]);
};

/** What somebody is, in a line; a title that only repeats the role is not said twice. */
export const said = (...what: (string | undefined)[]): string => [...new Set(what.filter(Boolean))].join(" · ");

/** Names elsewhere on the page follow at once. */
export async function colleaguesChanged(): Promise<void> {
  session.colleagues = (await get<{ items: Colleague[] }>("/staff")).items;
}
