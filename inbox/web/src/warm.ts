/** Begins to load the page of an address while we still ask who is signed in: one wait less until it is usable. */

const pages = import.meta.glob("./pages/*/Page.vue");

export function warm(path: string): void {
  const name = /^\/inbox\/([a-z-]+)/.exec(path)?.[1] ?? "conversations";
  // A page that cannot be loaded now is asked for again, and told about, by the router.
  pages[`./pages/${name}/Page.vue`]?.().catch(() => undefined);
}
