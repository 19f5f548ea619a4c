/** What the page knows, kept up to date by the stream. */

import { computed, reactive, ref } from "vue";

import { call, userPath } from "./api";
import type { Entry, Fault, MenuButton, Person, Push, Refusal, Snapshot } from "./types";

const KEPT = 200;
const OWES_MS = 15_000;
const MESSAGES = new Set(["text", "image", "voice", "video", "shortvideo", "location", "link"]);

export const state = reactive({
  ready: false,
  line: "connecting" as "connecting" | "live" | "polling" | "away",
  account: "公众号",
  callback: null as string | null,
  miniprogram: "小程序",
  deadline: 5,
  attempts: 3,
  offset: 0,
  menu: [] as MenuButton[],
  people: [] as Person[],
  current: "",
  entries: {} as Record<string, Entry[]>,
  unread: {} as Record<string, number>,
  pushes: [] as Push[],
  refusals: [] as Refusal[],
  faults: [] as Fault[],
});

/** Ticks once a second, for countdowns and "typing". */
export const tick = ref(Date.now());
setInterval(() => (tick.value = Date.now()), 1000);

/** The emulator's time minus this machine's, in milliseconds. */
let ahead = 0;
export const now = computed(() => tick.value + ahead);

export const person = computed(() => state.people.find((one) => one.name === state.current));
export const shown = computed(() => state.entries[state.current] ?? []);

/** Messages whose push came to nothing, by the number on the phone. */
export const failed = computed(() => {
  const found = new Map<number, string>();
  for (const push of state.pushes) {
    if (push.fault && MESSAGES.has(push.trigger)) found.set(push.screen_id, push.fault);
  }
  return found;
});

/** Whether the account owes this person an answer: it said so, or has their message and has not answered yet. */
export const owes = computed(() => {
  const one = person.value;
  if (!one) return false;
  if (one.typing) return true;
  const last = state.pushes.findLast((push) => push.user === one.name && push.app === "account" && !push.quiet);
  if (!last || last.fault || last.state === "not_sent" || last.state === "held") return false;
  if (last.state === "delivering") return true;
  const answered = shown.value.some((entry) => entry.id > last.screen_id && entry.channel !== "sent");
  const accepted = last.attempts.at(-1)?.outcome === "success";
  return accepted && !answered && tick.value - (last.seen ?? 0) < OWES_MS;
});

function setClock(clock: { now: string; offset_seconds: number }) {
  ahead = Date.parse(clock.now) - Date.now();
  state.offset = clock.offset_seconds;
  tick.value = Date.now();
}

/** Everything anew, as the emulator has it now; the mark from which the stream goes on. */
export async function takeSnapshot(): Promise<string> {
  const found = await call<Snapshot>("GET", "/snapshot");
  state.account = found.account.name;
  state.callback = found.account.callback_url;
  state.miniprogram = found.miniprogram.name;
  state.deadline = found.deadline_seconds;
  state.attempts = found.attempts;
  state.menu = found.menu.button;
  state.people = found.users;
  state.pushes = found.pushes;
  state.refusals = found.refusals;
  state.faults = found.faults;
  setClock(found.clock);
  state.entries = {};
  if (state.current) await loadPhone(state.current);
  state.ready = true;
  return found.mark;
}

/** What that phone shows. */
export async function loadPhone(name: string): Promise<void> {
  const { items } = await call<{ items: Entry[] }>("GET", `${userPath(name)}/phone`);
  const late = (state.entries[name] ?? []).filter((entry) => entry.id > (items.at(-1)?.id ?? 0));
  state.entries[name] = [...items, ...late];
}

function latest<T extends { id: number }>(rows: T[], row: T): T[] {
  const at = rows.findIndex((one) => one.id === row.id);
  if (at >= 0) return rows.with(at, row);
  return [...rows, row].slice(-KEPT);
}

function arrived(name: string, entry: Entry) {
  const rows = state.entries[name];
  if (rows && !rows.some((one) => one.id === entry.id)) rows.push(entry);
  if (entry.channel !== "sent" && (name !== state.current || document.hidden)) {
    state.unread[name] = (state.unread[name] ?? 0) + 1;
  }
}

/** One event of the stream. */
export function take(kind: string, data: unknown): void {
  if (kind === "entry") {
    const told = data as { user: string; entry: Entry };
    arrived(told.user, told.entry);
  } else if (kind === "user") {
    const one = data as Person;
    const at = state.people.findIndex((other) => other.name === one.name);
    if (at < 0) state.people.push(one);
    else state.people[at] = one;
  } else if (kind === "push") {
    const push = data as Push;
    push.seen = state.pushes.find((one) => one.id === push.id)?.seen ?? Date.now();
    state.pushes = latest(state.pushes, push);
  } else if (kind === "refusal") {
    state.refusals = latest(state.refusals, data as Refusal);
  } else if (kind === "clock") {
    setClock(data as { now: string; offset_seconds: number });
  } else if (kind === "menu") {
    state.menu = (data as { button: MenuButton[] }).button;
  } else if (kind === "faults") {
    state.faults = (data as { items: Fault[] }).items;
  }
}

/** Look at this person's phone. */
export async function choose(name: string): Promise<void> {
  state.current = name;
  delete state.unread[name];
  if (!state.entries[name] && state.people.some((one) => one.name === name)) await loadPhone(name);
}
