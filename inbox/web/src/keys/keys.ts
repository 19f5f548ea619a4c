/** Keys: a page says which it answers to, `?` lists them all. Nothing fires while somebody types. */

import { getCurrentInstance, inject, onScopeDispose, shallowReactive, type InjectionKey } from "vue";

export interface Key {
  /** "j", "Escape", "/" ... as `KeyboardEvent.key` has it; with "Ctrl+" before it for a chord (Cmd on a Mac). */
  key: string;
  /** What it does, in words, for the help. A function, so that it follows the language. */
  said: () => string;
  act: (event: KeyboardEvent) => void;
  /** Also while typing. */
  typing?: boolean;
  everywhere?: boolean;
}

/** Provided by what shows a part beside the page's own matter: its keys stand behind the page's. */
export const BESIDE: InjectionKey<boolean> = Symbol("beside");

/** The keys that answer now, the one that goes first last. */
export const keys = shallowReactive<Key[]>([]);

const typed = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type)));

/** While a dialog or a menu is open its own keys hold. */
const covered = (): boolean =>
  [...document.querySelectorAll<HTMLElement>(".el-overlay, [role='dialog'][aria-modal='true']")].some(
    (one) => one.style.display !== "none" && one.getClientRects().length > 0,
  );

/** A menu, a list of choices or a box at a button: Escape closes it, nothing more. */
const POPPED = [".el-dropdown__popper", ".el-popover", ".el-select__popper", ".el-picker__popper"].join();
const popped = (): boolean => [...document.querySelectorAll<HTMLElement>(POPPED)].some((one) => one.style.display !== "none" && one.getClientRects().length > 0);

/** Whether the key that went down belongs to something that lies over the page; its own handler may have closed it since. */
let taken = false;
window.addEventListener("keydown", (event) => (taken = covered() || (event.key === "Escape" && popped())), true);

function pressed(event: KeyboardEvent) {
  if (taken || event.defaultPrevented || event.isComposing || event.altKey) return;
  const name = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
  const writing = typed(event.target);
  for (let at = keys.length - 1; at >= 0; at--) {
    const one = keys[at];
    if (!one || one.key !== name || (writing && !one.typing)) continue;
    event.preventDefault();
    one.act(event);
    return;
  }
}

window.addEventListener("keydown", pressed);

/** Those that would answer, each key once. */
export const answering = (): Key[] => keys.filter((one, at) => !keys.slice(at + 1).some((other) => other.key === one.key));

/** Answer to these keys as long as the caller is on the page. */
export function useKeys(...mine: Key[]): void {
  const beside = getCurrentInstance() !== null && inject(BESIDE, false);
  if (beside) keys.unshift(...mine);
  else keys.push(...mine);
  onScopeDispose(() => {
    for (const one of mine) {
      const at = keys.indexOf(one);
      if (at >= 0) keys.splice(at, 1);
    }
  });
}
