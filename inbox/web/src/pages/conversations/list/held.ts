/** Rows that keep their places while the pointer is over them: contents change, order does not, new ones wait above. */

export interface Held<Row> {
  rows: Row[];
  /** How many wait to be let in. */
  waiting: number;
}

/** What to show of `now` while `before` stands still. A row that has left keeps its place until the pointer goes. */
export function held<Row>(before: readonly Row[], now: readonly Row[], key: (row: Row) => string): Held<Row> {
  const fresh = new Map(now.map((row) => [key(row), row]));
  const rows = before.map((row) => fresh.get(key(row)) ?? row);
  const shown = new Set(before.map(key));
  const last = now.findLastIndex((row) => shown.has(key(row)));
  // What comes after the last known row was read further down: it moves nothing.
  const below = now.slice(last + 1);
  return { rows: [...rows, ...below], waiting: now.slice(0, last + 1).filter((row) => !shown.has(key(row))).length };
}
