/** Calls of the staff API. The cookie signs us in; changes say that they come from this page. */

const BASE = "/api/inbox/v1";

/** A refusal: its status, its code, words for a person, and what else is known. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** No answer at all, or one that says to come back later. */
export class Away extends Error {}

let offset = 0;
let signedOut = () => {};

/** Business time as the server has it, in milliseconds. */
export const now = () => Date.now() + offset;

/** What to do when the session has ended. */
export function onSignedOut(then: () => void) {
  signedOut = then;
}

async function call<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = { "X-Requested-With": "guanjia" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer: Response;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new Away();
  }
  const at = answer.headers.get("X-Guanjia-Now");
  if (at) offset = Date.parse(at) - Date.now();
  if (answer.ok) return (await answer.json()) as T;
  if (answer.status >= 500) throw new Away();
  const { error } = (await answer.json().catch(() => ({ error: null }))) as {
    error: { code: string; message: string; details: Record<string, unknown> } | null;
  };
  if (answer.status === 401 && path !== "/login") signedOut();
  throw new Refused(answer.status, error?.code ?? "", error?.message ?? "没有成功", error?.details ?? {});
}

export const get = <T>(path: string) => call<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}, key?: string) => call<T>("POST", path, body, key);

/** A fresh Idempotency-Key; also where the page is not served over https. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Words for whatever went wrong. */
export function words(problem: unknown): string {
  if (problem instanceof Away) return "连不上服务器,请稍后再试";
  return problem instanceof Error ? problem.message : "没有成功";
}
