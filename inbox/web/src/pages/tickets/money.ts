/** Money of a quote: text with two decimals, reckoned in whole fen so that nothing is lost. */

export interface Line {
  name: string;
  quantity: string;
  unit: string;
  unit_price: string;
}

const NUMBER = /^\d{1,7}(\.\d{1,2})?$/;

/** A price or a quantity as it is meant: full-width digits, "元" and spaces are forgiven. */
export const plain = (text: string): string =>
  text
    .replace(/[\uFF10-\uFF19\uFF0E]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replace(/[元¥\uFFE5,\uFF0C\s]/g, "");

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

/** Whether it can be sent. */
export const ready = (lines: Line[]): boolean =>
  lines.length > 0 && lines.every((line) => line.name.trim() !== "" && amountOf(line) !== null) && Number(totalOf(lines)) > 0;
