/** Whether the server lets this role call a route: "POST /tickets/{number}/assign". It refuses the rest anyway. */

import { session } from "@/api/session";

export const can = (route: string): boolean => session.me?.may?.includes(route) ?? false;
