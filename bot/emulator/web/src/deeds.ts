/** What the owner does with the phone. A message shows at once; when it does not leave, it says so and can be sent again. */

import { computed, reactive } from "vue";

import { call, userPath, words } from "./api";
import { state } from "./state";

export interface Pending {
  key: number;
  user: string;
  kind: string;
  text: string;
  preview: string;
  state: "sending" | "failed";
  problem: string;
  /** The newest entry when it was written: its own will be newer. */
  after: number;
  body: Record<string, unknown>;
}

export const pending = reactive<Pending[]>([]);
let keys = 0;

interface Pushed {
  id: number | null;
  screen_id: number;
}

const STEP_MS = 50;
const LONGEST_MS = 3000;
const POLITE = { options: { wait: false } };

async function go(one: Pending) {
  one.state = "sending";
  try {
    const push = await call<Pushed>("POST", `${userPath(one.user)}/${one.kind}`, { ...one.body, ...POLITE }, 60);
    const there = () => state.entries[one.user]?.some((entry) => entry.id === push.screen_id);
    for (let waited = 0; !there() && waited < LONGEST_MS; waited += STEP_MS) {
      await new Promise((done) => setTimeout(done, STEP_MS));
    }
    drop(one);
  } catch (problem) {
    one.state = "failed";
    one.problem = words(problem);
  }
}

export function drop(one: Pending) {
  const at = pending.findIndex((other) => other.key === one.key);
  if (at >= 0) pending.splice(at, 1);
}

export const again = (one: Pending) => void go(one);

function message(kind: string, text: string, body: Record<string, unknown>, preview = "") {
  const after = state.entries[state.current]?.at(-1)?.id ?? 0;
  pending.push({ key: ++keys, user: state.current, kind, text, preview, state: "sending", problem: "", after, body });
  const one = pending.at(-1);
  if (one) void go(one);
}

export const say = (text: string) => message("text", text, { text });
export const choose = (text: string, id: string) => message("text", text, { text, menu_id: id });
export const photo = (content: string, preview: string) => message("image", "[图片]", { content }, preview);
export const video = (content: string | null) => message("video", "[视频]", content ? { content } : {});
export const speak = (recognition: string | null) =>
  message("voice", "[语音]", recognition === null ? {} : { recognition });
export const place = (latitude: number, longitude: number, label: string) =>
  message("location", label, { latitude, longitude, label });

/** Whether the stream brought it already, before its own answer came. */
const arrived = (one: Pending) =>
  (state.entries[one.user] ?? []).some(
    (entry) => entry.id > one.after && entry.channel === "sent" && entry.type === one.kind && entry.text === one.text,
  );

/** What still stands at the end of the chat by itself. */
export const waiting = computed(() =>
  pending.filter((one) => one.user === state.current && (one.state === "failed" || !arrived(one))),
);

async function deed(kind: string, body: Record<string, unknown> = {}) {
  await call("POST", `${userPath(state.current)}/${kind}`, { ...body, ...POLITE });
}

export const follow = () => deed("follow");
export const unfollow = () => deed("unfollow");
export const scan = (scene: string) => deed("scan", { scene });
export const menu = (key: string, event: "click" | "view") => deed("menu", { key, event });
export const skip = (seconds: number) => call("POST", "/clock", { skip_seconds: seconds });
export const create = (name: string) => call("PUT", userPath(name), {});
export const orderFault = (order: Record<string, unknown>) => call("POST", "/faults", order);
export const clearFaults = () => call("DELETE", "/faults");
export const deliverAgain = (id: number) => call("POST", `/pushes/${id}/deliver`);

/** The bytes of a file as base64. */
export async function base64(file: Blob): Promise<string> {
  const url = await new Promise<string>((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as string);
    reader.onerror = () => failed(new Error("读不出这个文件"));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

const LONGEST_SIDE = 1600;

/** A photo as WeChat sends it unless told to send the original: smaller, and without what the camera wrote into it. */
export async function compressed(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return made ?? file;
}
