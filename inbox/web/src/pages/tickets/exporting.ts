/** The table as an Excel file: asked for in the page, so that a refusal has words and a long one can be waited for. */

import { file, withQuery } from "@/api";

const nameOf = (header: string | null): string => {
  const found = /filename\*=UTF-8''([^;]+)/.exec(header ?? "")?.[1] ?? /filename="?([^";]+)/.exec(header ?? "")?.[1];
  return found ? decodeURIComponent(found) : "tickets.xlsx";
};

export async function exportTickets(query: Record<string, string>, columns: readonly string[] | null): Promise<void> {
  const path = withQuery("/tickets/export", { ...query, columns: columns ? columns.join(",") : undefined });
  const answer = await file(path);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = nameOf(answer.headers.get("Content-Disposition"));
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
