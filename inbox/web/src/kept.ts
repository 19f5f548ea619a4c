/** Small things that a browser remembers for a person: choices and drafts. A full or closed store is no reason to fail. */

const PREFIX = "guanjia:";

/** What was kept under this name, or `otherwise`. */
export function kept<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** Keep a value; `undefined`, `null` and the empty text forget it. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined || value === null || value === "") localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A private window without storage: the choice holds until the page is left.
  }
}

/** Forget everything whose name begins so: another person signs in here. */
export function forget(prefix: string): void {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX + prefix)) localStorage.removeItem(name);
  } catch {
    // Nothing was kept.
  }
}

/** Another window of this browser kept something else under this name: told with what it is now, null when it is gone. */
export function heard(name: string, then: (now: unknown) => void): void {
  window.addEventListener("storage", (event) => {
    if (event.key === PREFIX + name) then(kept<unknown>(name, null));
  });
}
