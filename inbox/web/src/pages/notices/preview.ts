/** Keeps what a phone would show, and whom it reaches, beside what is being written. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { Away, post, Refused, words } from "@/api";

import { written, type Form } from "./form";
import type { Preview, Reach } from "./types";

const PAUSE = 600;

export interface Previewed {
  preview: ShallowRef<Preview | null>;
  reach: ShallowRef<Reach | null>;
  problem: Ref<string>;
  busy: Ref<boolean>;
}

/** Asks after a pause in the typing; homes are counted again only when the audience has changed. */
export function usePreview(form: () => Form): Previewed {
  const preview = shallowRef<Preview | null>(null);
  const reach = shallowRef<Reach | null>(null);
  const problem = ref("");
  const busy = ref(false);
  let counted = "";
  let timer = 0;
  let round = 0;

  async function ask() {
    const mine = ++round;
    const body = written(form());
    const audience = JSON.stringify([body.estate, body.audience]);
    const some = body.audience.scope === "all" || body.audience.places.length > 0;
    const count = some && audience !== counted;
    busy.value = true;
    if (!some) reach.value = null;
    try {
      const answer = await post<Preview>("/notices/preview", { ...body, title: body.title || "…", reach: count });
      if (mine !== round) return;
      preview.value = answer;
      problem.value = "";
      if (answer.reach) {
        reach.value = answer.reach;
        counted = audience;
      }
    } catch (error) {
      if (mine !== round) return;
      if (!(error instanceof Refused || error instanceof Away)) throw error;
      problem.value = words(error);
      if (count) counted = "";
    } finally {
      if (mine === round) busy.value = false;
    }
  }
  watch(
    form,
    () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void ask(), preview.value ? PAUSE : 0);
    },
    { deep: true, immediate: true },
  );
  onScopeDispose(() => {
    round++;
    window.clearTimeout(timer);
  });
  return { preview, reach, problem, busy };
}
