/** What the browser's tab is called: ten of them shall not all say the same. */

import { computed, onScopeDispose, shallowReactive } from "vue";

const names = shallowReactive<(() => string)[]>([]);

/** What is open on the page: a person, a ticket. */
export const opened = computed(() => names.at(-1)?.() ?? "");

/** As long as the caller stands, the tab is called so. */
export function useTitle(name: () => string): void {
  names.push(name);
  onScopeDispose(() => names.splice(names.indexOf(name), 1));
}

/** "(3) 王女士 · 会话 · 管家". */
export const titleOf = (waiting: number, parts: readonly string[]): string =>
  (waiting ? `(${waiting > 99 ? "99+" : waiting}) ` : "") + parts.filter(Boolean).join(" · ");
