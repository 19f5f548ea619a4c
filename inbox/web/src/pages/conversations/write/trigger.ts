/** A word being typed behind "/" or "@": where it begins and what it is so far. */

export interface Trigger {
  from: number;
  word: string;
}

/** "/" counts at the beginning of a line or after a space; so does "@". null when the caret is not behind one. */
export function triggerAt(text: string, caret: number, mark: "/" | "@"): Trigger | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf(mark);
  if (from < 0) return null;
  const previous = before[from - 1];
  // After a letter or a digit a slash is a fraction or an address, an @ a mail address; after Chinese both are meant.
  if (previous !== undefined && /[\w:/.]/.test(previous)) return null;
  const word = before.slice(from + 1);
  return /[\s]/.test(word) || word.length > 20 ? null : { from, word };
}

/** The text with what was typed behind the mark replaced, and where the caret is then. */
export function put(text: string, caret: number, trigger: Trigger, words: string): { text: string; caret: number } {
  return { text: text.slice(0, trigger.from) + words + text.slice(caret), caret: trigger.from + words.length };
}

/** User names mentioned by name or user name. */
export const mentionsIn = (text: string, people: readonly { username: string; name: string }[]): string[] =>
  people.filter((one) => text.includes(`@${one.name}`) || new RegExp(`@${one.username}(?![\\w.-])`).test(text)).map((one) => one.username);
