/** The pages that the navigation leads to, in its order, and which roles may see them. Each is a folder beside this file. */

import {
  Bell,
  Box,
  Calendar,
  ChatDotRound,
  Collection,
  Connection,
  DataAnalysis,
  DocumentChecked,
  Grid,
  House,
  Phone,
  Reading,
  Setting,
  Tickets,
  User,
} from "@element-plus/icons-vue";
import type { Component } from "vue";

import type { Role } from "@/api/types";

const DESK: readonly Role[] = ["frontdesk", "supervisor", "manager", "admin"];
const LEAD: readonly Role[] = ["supervisor", "manager", "admin"];
const HEAD: readonly Role[] = ["manager", "admin"];

export const PLACES = [
  { name: "conversations", icon: ChatDotRound, roles: DESK },
  { name: "tickets", icon: Tickets },
  { name: "board", icon: Grid, roles: DESK },
  { name: "calls", icon: Phone, roles: DESK },
  { name: "incidents", icon: Connection, roles: DESK },
  { name: "notices", icon: Bell, roles: DESK },
  { name: "parcels", icon: Box, roles: DESK },
  { name: "residents", icon: House, roles: DESK },
  { name: "knowledge", icon: Reading, roles: DESK },
  { name: "reports", icon: DataAnalysis, roles: LEAD },
  { name: "duty", icon: Calendar, roles: DESK },
  { name: "team", icon: User, roles: LEAD },
  { name: "lexicon", icon: Collection, roles: LEAD },
  { name: "settings", icon: Setting, roles: LEAD },
  { name: "audit", icon: DocumentChecked, roles: HEAD },
] as const satisfies readonly { name: string; icon: Component; roles?: readonly Role[] }[];

export type PlaceName = (typeof PLACES)[number]["name"];
export type Place = { name: PlaceName; icon: Component; roles?: readonly Role[] };
