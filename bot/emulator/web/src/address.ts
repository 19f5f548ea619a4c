/** The page's address says whose phone it is and may bring a sentence along: `#wang?draft=厨房水管漏水`. */

import { reactive, ref } from "vue";

/** What was typed and not sent, per person. */
export const drafts = reactive<Record<string, string>>({});
/** Counts sentences brought along, so that the input takes the focus. */
export const brought = ref(0);
const LONGEST = 600;

/** Whom the address names, or "". A sentence that comes with it is put into their input, never sent. */
export function readAddress(): string {
  const hash = location.hash.slice(1);
  const at = hash.indexOf("?");
  let name: string;
  try {
    name = decodeURIComponent(at < 0 ? hash : hash.slice(0, at));
  } catch {
    return "";
  }
  const draft = at < 0 ? null : new URLSearchParams(hash.slice(at + 1)).get("draft");
  if (name && draft !== null) {
    drafts[name] = draft.slice(0, LONGEST);
    brought.value += 1;
    writeAddress(name);
  }
  return name;
}

export function writeAddress(name: string): void {
  const wanted = name ? `#${encodeURIComponent(name)}` : " ";
  if (location.hash !== wanted) history.replaceState(null, "", wanted === " " ? location.pathname : wanted);
}
