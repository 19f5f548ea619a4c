/** Drafts: what is typed survives reload, expiry and a lost connection. They belong to the person who wrote them. */

import { onScopeDispose, ref, watch, type Ref } from "vue";

import { session } from "./api/session";
import { keep, kept } from "./kept";

const WAIT = 300;
const nameOf = (name: string) => `draft:${session.me?.staff.username ?? ""}:${name}`;

/** A text that is kept under `name` while it is typed; empty it when it was sent. */
export function useDraft(name: () => string): Ref<string> {
  const text = ref("");
  let timer = 0;
  let at = "";

  const save = () => {
    window.clearTimeout(timer);
    timer = 0;
    if (at) keep(at, text.value);
  };
  watch(
    () => nameOf(name()),
    (next) => {
      if (timer) save();
      at = next;
      text.value = kept(next, "");
    },
    { immediate: true, flush: "sync" },
  );
  watch(
    text,
    (now) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, WAIT);
      if (!now) save();
    },
    { flush: "sync" },
  );
  // Only what is not kept yet: another window may have sent or emptied the rest.
  const leave = () => {
    if (timer) save();
  };
  window.addEventListener("pagehide", leave);
  onScopeDispose(() => {
    leave();
    window.removeEventListener("pagehide", leave);
  });
  return text;
}

/** Whether something unsent is kept under this name. */
export const hasDraft = (name: string): boolean => kept(nameOf(name), "") !== "";
