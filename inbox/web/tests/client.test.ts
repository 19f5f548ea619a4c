import { afterEach, expect, test, vi } from "vitest";

import { Away, get, Refused } from "@/api";

afterEach(() => vi.unstubAllGlobals());

const answering = (answer: () => Promise<Response>) => vi.stubGlobal("fetch", vi.fn(answer));

test("what is cut off in the middle of its answer counts as not answered", async () => {
  answering(() => {
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"items": ['));
        stream.error(new TypeError("network error"));
      },
    });
    return Promise.resolve(new Response(body));
  });
  await expect(get("/tickets")).rejects.toBeInstanceOf(Away);
});

test("a server that does not answer, or fails, is away; one that refuses says why", async () => {
  answering(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(get("/tickets")).rejects.toBeInstanceOf(Away);
  answering(() => Promise.resolve(new Response("", { status: 502 })));
  await expect(get("/tickets")).rejects.toBeInstanceOf(Away);
  answering(() => Promise.resolve(Response.json({ error: { code: "not_found", message: "没有这张单" } }, { status: 404 })));
  await expect(get("/tickets")).rejects.toMatchObject({ status: 404, message: "没有这张单" });
  await expect(get("/tickets")).rejects.toBeInstanceOf(Refused);
});

test("whoever gave up waiting hears of that, not of a server that is away", async () => {
  const mine = new AbortController();
  answering(() => Promise.reject(new DOMException("gone", "AbortError")));
  mine.abort();
  await expect(get("/tickets", { signal: mine.signal })).rejects.toMatchObject({ name: "AbortError" });
});
