/** A text cut where words of the search are, so that they can be marked without any markup in between. */

export interface Piece {
  text: string;
  hit: boolean;
}

export function marked(text: string, words: readonly string[]): Piece[] {
  const wanted = words.map((word) => word.trim()).filter(Boolean);
  if (!wanted.length) return text ? [{ text, hit: false }] : [];
  const escaped = wanted.sort((one, other) => other.length - one.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return text
    .split(new RegExp(`(${escaped.join("|")})`, "i"))
    .map((piece, at) => ({ text: piece, hit: at % 2 === 1 }))
    .filter((piece) => piece.text);
}
