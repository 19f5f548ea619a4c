/** Words: `t("common.save")` anywhere, in templates and in scripts; the keys are checked by the compiler. */

import { createI18n } from "vue-i18n";

import { keep, kept } from "@/kept";

import zh from "./zh-CN";

type Texts<T> = { [Key in keyof T]: T[Key] extends string ? string : Texts<T[Key]> };
type Leaves<T> = {
  [Key in keyof T & string]: T[Key] extends string ? Key : `${Key}.${Leaves<T[Key]>}`;
}[keyof T & string];

/** What every language file has to say. */
export type Words = Texts<typeof zh>;
export type WordKey = Leaves<typeof zh>;
export type Language = "zh-CN" | "en";

const i18n = createI18n({
  legacy: false,
  locale: "zh-CN",
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": zh as Words } as Record<string, Words>,
});

/** The words under this key in the language that is chosen. */
export const t = i18n.global.t as (key: WordKey, values?: Record<string, unknown>) => string;

/** Words under a key that the server named: `otherwise` when there are none. */
export const tOr = (key: string, otherwise: string): string =>
  i18n.global.te(key, "zh-CN") ? t(key as WordKey) : otherwise;

export const language = i18n.global.locale as unknown as { value: Language };

/** Speak this language from now on; English is loaded when it is first wanted. */
export async function speak(chosen: Language): Promise<void> {
  if (chosen === "en") i18n.global.setLocaleMessage("en", (await import("./en")).default);
  language.value = chosen;
  document.documentElement.lang = chosen;
  keep("language", chosen);
}

/** As chosen the last time. */
export const speakAsBefore = (): Promise<void> => speak(kept<Language>("language", "zh-CN"));

export default i18n;
