/** Joins what was read of a list with what is read now. */

type Key<Row> = (row: Row) => string;

/** Rows of `first`, then those of `rest` that are not among them. */
export function merged<Row>(rest: Row[], first: Row[], key: Key<Row>): Row[] {
  const there = new Set(first.map(key));
  return [...first, ...rest.filter((row) => !there.has(key(row)))];
}

/** A fresh head before older pages: what stood above the head's last row and is no longer in it has left the list. */
export function withHead<Row>(old: Row[], head: Row[], key: Key<Row>): Row[] {
  const last = head.at(-1);
  if (last === undefined) return [];
  const at = old.findIndex((row) => key(row) === key(last));
  return merged(at < 0 ? old : old.slice(at + 1), head, key);
}
