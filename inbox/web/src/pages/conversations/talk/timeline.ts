/** The lines of one conversation, oldest first on the screen; read page by page upwards, or around one line. */

import { computed, type ComputedRef } from "vue";

import { get, part, withQuery, type Page } from "@/api";
import { usePaged, type Paged } from "@/live";
import { dayOf } from "@/said/times";

import type { Line } from "../types";

export interface Day {
  day: string;
  at: string;
  lines: Line[];
}

/** Lines under their days. */
export function byDay(lines: readonly Line[], dayOf: (at: string) => string): Day[] {
  const days: Day[] = [];
  for (const line of lines) {
    const day = dayOf(line.at);
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, at: line.at, lines: [line] });
  }
  return days;
}

export interface Timeline extends Paged<Line> {
  lines: ComputedRef<Line[]>;
  days: ComputedRef<Day[]>;
}

export function useTimeline(id: () => string, around: () => string): Timeline {
  const paged = usePaged(
    (cursor) =>
      get<Page<Line>>(
        withQuery(`/conversations/${part(id())}/messages`, { cursor, limit: 40, around: cursor ? "" : around() }),
      ),
    {
      key: (line) => line.id,
      on: ["message", "delivery"],
      when: (it) => it.conversation === id(),
      of: () => `${id()} ${around()}`,
      rank: 0,
    },
  );
  const lines = computed(() => [...(paged.items.value ?? [])].reverse());
  return { ...paged, lines, days: computed(() => byDay(lines.value, dayOf)) };
}
