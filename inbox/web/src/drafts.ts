/** Drafts: what is typed survives reload, expiry and a lost connection. They belong to the person who wrote them. */

import { computed, onScopeDispose, reactive, ref, watch, type ComputedRef, type Ref } from "vue";

import { session } from "./api/session";
import { keep, kept } from "./kept";
import { changed } from "./parts/fields";

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

export interface FormDraft<Form extends object> {
  form: Form;
  /** The version that was read before writing began: what came after it is not written over. */
  base: Ref<number>;
  /** Somebody else changed since then what is being written. */
  behind: ComputedRef<boolean>;
  /** Go on with what is there now, or with one's own words over it. */
  takeTheirs: () => void;
  keepMine: () => void;
  /** It was sent, or given up. */
  forget: () => void;
}

const copied = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/** A draft of the older kind, or one that another page wrote, is nobody's form. */
function parsed<Form extends object>(text: string): Partial<Form> & { version?: number } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Partial<Form>) : {};
  } catch {
    return {};
  }
}

/** A form of which that is kept under `name` what is other than `asIs()`; `version` of what it is about, where there is one. */
export function useFormDraft<Form extends object>(name: string, asIs: () => Form, version: () => number = () => 0): FormDraft<Form> {
  const draft = useDraft(() => name);
  const { version: began, ...typed } = parsed<Form>(draft.value);
  let was = copied(asIs());
  const form = reactive({ ...copied(was), ...typed }) as Form;
  const base = ref(began ?? version());
  watch(
    [form, base],
    () => {
      const other = changed(was, form);
      draft.value = Object.keys(other).length ? JSON.stringify({ ...other, version: base.value }) : "";
    },
    { deep: true },
  );
  return {
    form,
    base,
    behind: computed(() => version() !== base.value),
    takeTheirs() {
      was = copied(asIs());
      Object.assign(form, copied(was));
      base.value = version();
    },
    keepMine() {
      was = copied(asIs());
      base.value = version();
    },
    forget() {
      was = copied(form);
      draft.value = "";
    },
  };
}
