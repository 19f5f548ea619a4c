/** The one client of the staff API: cookie session, CSRF header, Idempotency-Key, clear errors, offline state. */

import { ref } from "vue";

import { t } from "@/words";

import { Away, Refused } from "./errors";

export const BASE = "/api/inbox/v1";
const PATIENCE = 15_000;

/** Whether the last question got no answer. */
export const away = ref(false);

/** How far business time is from this machine's; the demo moves it. */
let offset = 0;
/** Grows when business time jumped against this machine's: what counts down looks again. */
export const clockMoved = ref(0);
/** Asked when the session has ended: resolves to true once the same person has signed in again. */
let signInAgain: () => Promise<boolean> = () => Promise.resolve(false);

/** Business time as the server has it, in milliseconds. */
export const now = () => Date.now() + offset;

export function onSignedOut(ask: () => Promise<boolean>): void {
  signInAgain = ask;
}

/** Something outside of a call found the session ended: show the sign-in. */
export const expired = (): void => void signInAgain();

export interface Options {
  /** Idempotency-Key; without one every call has a fresh one. Keep it to try the same thing again. */
  key?: string;
  signal?: AbortSignal;
  /** Do not show the sign-in when the session has ended. */
  quiet?: boolean;
  /** How long an answer is waited for, in milliseconds. */
  patience?: number;
}

type Query = Record<string, string | number | boolean | null | undefined>;

/** A path with its query; what is empty is left out. Parts of the path are the caller's to encode (`part`). */
export function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** A part of a path, encoded. */
export const part = (text: string) => encodeURIComponent(text);

async function send(method: string, path: string, body: unknown, options: Options): Promise<Response> {
  const headers: Record<string, string> = { "X-Requested-With": "guanjia" };
  const form = body instanceof FormData || body instanceof Blob;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  if (options.key) headers["Idempotency-Key"] = options.key;
  const patience = AbortSignal.timeout(options.patience ?? (form ? PATIENCE * 8 : PATIENCE));
  try {
    return await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : form ? body : JSON.stringify(body),
      signal: options.signal ? AbortSignal.any([options.signal, patience]) : patience,
    });
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    away.value = true;
    throw new Away();
  }
}

async function answered(method: string, path: string, body: unknown, options: Options, again = true): Promise<Response> {
  const answer = await send(method, path, body, options);
  const at = answer.headers.get("X-Guanjia-Now");
  if (at) {
    const next = Date.parse(at) - Date.now();
    const jumped = Math.abs(next - offset) > 2_000;
    offset = next;
    if (jumped) clockMoved.value++;
  }
  if (answer.ok) {
    away.value = false;
    return answer;
  }
  if (answer.status >= 500) {
    away.value = true;
    throw new Away();
  }
  away.value = false;
  const { error } = (await answer.json().catch(() => ({ error: null }))) as {
    error: { code: string; message: string; details: Record<string, unknown> } | null;
  };
  // Nothing typed is lost: the person signs in over the page, and the same request goes out once more.
  if (answer.status === 401 && path !== "/login" && !options.quiet && again && (await signInAgain()))
    return answered(method, path, body, options, false);
  throw new Refused(answer.status, error?.code ?? "", error?.message ?? t("common.failed"), error?.details ?? {});
}

async function call<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const answer = await answered(method, path, body, options);
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch (problem) {
    // Cut off in the middle of the answer: as good as none, and asked for again like one.
    if (options.signal?.aborted) throw problem;
    away.value = true;
    throw new Away();
  }
}

/** A file that takes its time to make; refusals are raised as everywhere. */
export const file = (path: string): Promise<Response> => answered("GET", path, undefined, { patience: PATIENCE * 8 });

export const get = <T>(path: string, options: Options = {}) => call<T>("GET", path, undefined, options);
export const post = <T>(path: string, body: unknown = {}, options: Options = {}) =>
  call<T>("POST", path, body, { ...options, key: options.key ?? freshKey() });
export const put = <T>(path: string, body: unknown, options: Options = {}) =>
  call<T>("PUT", path, body, { ...options, key: options.key ?? freshKey() });
export const patch = <T>(path: string, body: unknown, options: Options = {}) =>
  call<T>("PATCH", path, body, { ...options, key: options.key ?? freshKey() });
export const del = <T>(path: string, options: Options = {}) =>
  call<T>("DELETE", path, undefined, { ...options, key: options.key ?? freshKey() });

/** A fresh Idempotency-Key; also where the page is not served over https. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `const keyOf = keyPerBody()`, `post(path, body, { key: keyOf(body) })`: the same body once more (no answer came) is the same request. */
export function keyPerBody(): (body: unknown) => string {
  let sent = "";
  let key = "";
  return (body) => {
    const now = JSON.stringify(body);
    if (now !== sent) key = freshKey();
    sent = now;
    return key;
  };
}

/** Words for whatever went wrong, for a line beside the form. */
export function words(problem: unknown): string {
  if (problem instanceof Away) return t("common.away_try_later");
  return problem instanceof Error && problem.message ? problem.message : t("common.failed");
}
