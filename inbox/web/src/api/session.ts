/** Who is signed in, the colleagues they work with, and what happens when the session ends. */

import { computed, reactive } from "vue";

import { forget, heard, keep } from "@/kept";

import { get, onSignedOut, post } from "./client";
import { Away, Refused } from "./errors";
import type { Colleague, Me, Role } from "./types";

interface Session {
  /** unknown until the server said who we are. */
  state: "unknown" | "out" | "in" | "expired";
  me: Me | null;
  colleagues: Colleague[];
}

export const session = reactive<Session>({ state: "unknown", me: null, colleagues: [] });

export const role = computed<Role | null>(() => session.me?.staff.role ?? null);
/** Front desk and those above: whoever may see conversations. */
export const atDesk = computed(() => role.value !== null && role.value !== "technician");
export const supervises = computed(() => ["supervisor", "manager", "admin"].includes(role.value ?? ""));
export const names = computed<Record<string, string>>(() =>
  Object.fromEntries(session.colleagues.map((one) => [one.username, one.name])),
);

/** Whether one of these roles is signed in; no list means everybody. */
export const may = (roles?: readonly Role[]): boolean => !roles || (role.value !== null && roles.includes(role.value));

let waiting: ((same: boolean) => void)[] = [];
/** The cookie belongs to all windows of the browser; under this name they tell each other whose it is. */
const WHO = "signed-in";

/** Ask who is signed in; raises Away when nobody answers. */
export async function begin(): Promise<void> {
  try {
    const me = await get<Me>("/me", { quiet: true });
    // Before the first password of their own nothing else answers.
    const staff = me.must_change ? { items: [] } : await get<{ items: Colleague[] }>("/staff", { quiet: true });
    session.colleagues = staff.items;
    session.me = me;
    session.state = "in";
    keep(WHO, me.staff.username);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    session.me = null;
    session.state = "out";
  }
}

/** Sign in; another person than before starts with a fresh page. */
export async function signIn(username: string, password: string): Promise<void> {
  const before = session.me?.staff.username;
  await post("/login", { username: username.trim(), password });
  keep(WHO, username.trim().toLowerCase());
  if (before && before !== username.trim().toLowerCase()) {
    forget(`draft:${before}:`);
    location.reload();
    return;
  }
  await goOn();
}

/** Signed in again: what waited for it goes out. */
async function goOn(): Promise<void> {
  await begin();
  const callers = waiting;
  waiting = [];
  callers.forEach((go) => go(session.state === "in"));
}

/** Follow who signs in in other windows. */
export const followOthers = (): void =>
  heard(WHO, (now) => {
    const me = session.me?.staff.username;
    // What is written here would go out in the name of whoever signed in there.
    if (now && now !== me) location.reload();
    else if (now && session.state === "expired") {
      goOn().catch((problem: unknown) => {
        if (!(problem instanceof Away)) throw problem;
      });
    }
  });

/** Sign out here; drafts go too, the next person at this desk shall not read them. */
export async function signOut(): Promise<void> {
  const who = session.me?.staff.username;
  try {
    await post("/logout", {}, { quiet: true });
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
  }
  if (who) forget(`draft:${who}:`);
  keep(WHO, null);
  session.me = null;
  session.state = "out";
}

onSignedOut(() => {
  if (session.state === "out" || session.state === "unknown") return Promise.resolve(false);
  session.state = "expired";
  return new Promise((done) => waiting.push(done));
});
