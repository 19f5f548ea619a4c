/** Money of a quote: text with two decimals, reckoned in whole fen so that nothing is lost. */

export interface Line {
  name: string;
  quantity: string;
  unit: string;
  unit_price: string;
}

const NUMBER = /^\d{1,7}(\.\d{1,2})?$/;

/** A price or a quantity as it is meant: full-width digits, "元" behind it, spaces and "12." are forgiven; "12元5" is not 125. */
export const plain = (text: string): string =>
  text
    .replace(/[\uFF10-\uFF19\uFF0E]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replace(/[¥\uFFE5,\uFF0C\s]/g, "")
    .replace(/元$/, "")
    .replace(/\.$/, "");

export const fine = (text: string): boolean => NUMBER.test(plain(text));

const hundredths = (text: string): number => Math.round(Number(plain(text)) * 100);

/** One line in fen, null while it makes no sense. */
export function amountOf(line: Line): number | null {
  if (!fine(line.unit_price) || !fine(line.quantity)) return null;
  return Math.round((hundredths(line.unit_price) * hundredths(line.quantity)) / 100);
}

/** All of them, as it is written. */
export const totalOf = (lines: Line[]): string =>
  (lines.reduce((sum, line) => sum + (amountOf(line) ?? 0), 0) / 100).toFixed(2);

const FIGURES = ["quantity", "unit_price"] as const;
const FIELDS = ["name", ...FIGURES] as const;
/** What the server takes: so many of a thing, so many yuan in one quote. */
const MOST_OF_ONE = 10_000;
const MOST = 100_000;

/** What of a line is no figure; what is empty is not wrong yet. */
export const wrongIn = (line: Line): (typeof FIGURES)[number][] => FIGURES.filter((field) => line[field].trim() !== "" && !(fine(line[field]) && inside(field, Number(plain(line[field])))));
const inside = (field: (typeof FIGURES)[number], value: number): boolean => (field === "quantity" ? value > 0 && value <= MOST_OF_ONE : value <= MOST);

/** What has not been written. */
export const missingIn = (lines: Line[]): (typeof FIELDS)[number][] => FIELDS.filter((field) => lines.some((line) => line[field].trim() === ""));

/** Why it cannot be sent as a whole; empty while single fields are wrong or missing, or all is well. */
export function totalIs(lines: Line[]): "" | "zero" | "most" {
  if (missingIn(lines).length || lines.some((line) => wrongIn(line).length)) return "";
  const total = Number(totalOf(lines));
  return total <= 0 ? "zero" : total > MOST ? "most" : "";
}

/** Whether it can be sent. */
export const ready = (lines: Line[]): boolean =>
  lines.length > 0 && !missingIn(lines).length && lines.every((line) => !wrongIn(line).length) && totalIs(lines) === "";
