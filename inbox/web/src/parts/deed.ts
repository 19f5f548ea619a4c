/** Something that a person presses for: `busy` while it goes, and in `problem` the words why it was not done. */

import { ref, type Ref } from "vue";

import { words } from "@/api/client";

export interface Deed {
  busy: Ref<boolean>;
  problem: Ref<string>;
  /** `if (await doing(() => post(…)))`: what it gave, null when it was refused. */
  doing: <Given>(deed: () => Promise<Given>) => Promise<Given | null>;
}

export function useDeed(): Deed {
  const busy = ref(false);
  const problem = ref("");

  async function doing<Given>(deed: () => Promise<Given>): Promise<Given | null> {
    busy.value = true;
    problem.value = "";
    try {
      return await deed();
    } catch (error) {
      problem.value = words(error);
      return null;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, doing };
}
