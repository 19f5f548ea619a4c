/** Small questions that several places ask: to whom, until when, which tags. null = changed their mind. */

import { shallowRef } from "vue";

export interface PersonWanted {
  title: string;
  /** Also "nobody". */
  nobody?: boolean;
  /** A reason is asked for as well. */
  reason?: boolean;
  now?: string | null;
}
export interface TimeWanted {
  title: string;
}
export interface TagsWanted {
  now: readonly string[];
}
export type Person = { to: string | null; reason: string };
export type Tags = { add: string[]; remove: string[] };

interface Asked<What, Answer> {
  what: What;
  answer: (answer: Answer | null) => void;
}

export const personAsked = shallowRef<Asked<PersonWanted, Person> | null>(null);
export const timeAsked = shallowRef<Asked<TimeWanted, string> | null>(null);
export const tagsAsked = shallowRef<Asked<TagsWanted, Tags> | null>(null);

/** Whoever goes elsewhere has changed their mind: what was asked was about what they left. */
export function forgetAsked(): void {
  for (const asked of [personAsked, timeAsked, tagsAsked]) {
    asked.value?.answer(null);
    asked.value = null;
  }
}

export const choosePerson = (what: PersonWanted): Promise<Person | null> =>
  new Promise((answer) => (personAsked.value = { what, answer }));
export const chooseTime = (what: TimeWanted): Promise<string | null> =>
  new Promise((answer) => (timeAsked.value = { what, answer }));
export const chooseTags = (what: TagsWanted): Promise<Tags | null> =>
  new Promise((answer) => (tagsAsked.value = { what, answer }));
