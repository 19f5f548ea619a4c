/** Calls of the control API. */

/** A refusal, in the emulator's words. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer at all. */
export class Away extends Error {}

export async function call<T>(method: string, path: string, body?: unknown, seconds = 20): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/control${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch {
    throw new Away();
  }
  const data = (await answer.json().catch(() => null)) as { error?: { code: string; message: string } } | null;
  if (answer.ok && data !== null) return data as T;
  throw new Refused(data?.error?.code ?? String(answer.status), data?.error?.message ?? `HTTP ${answer.status}`);
}

export const userPath = (name: string) => `/users/${encodeURIComponent(name)}`;

/** Words for people. */
export function words(problem: unknown): string {
  if (problem instanceof Away) return "连不上模拟器，请稍后再试";
  if (problem instanceof Refused && problem.code === "not_following") return "还没有关注这个公众号";
  if (problem instanceof Refused && problem.code === "code_expired") return "这个二维码过期了";
  return problem instanceof Error ? problem.message : "没有成功";
}
