/** Ask before doing something that needs a reason: `const reason = await askReason({ title: "退回工单" })`, null = not done. */

import { shallowRef } from "vue";

export interface ReasonAsked {
  title: string;
  /** What it means, in a sentence. */
  hint?: string;
  /** What is written, when it is no reason: a name. */
  label?: string;
  /** The word on the button; "确定" without it. */
  does?: string;
  /** Reasons that are said often, to press. */
  often?: readonly string[];
  /** May be left empty. */
  optional?: boolean;
  danger?: boolean;
  /** Characters that the server takes; 500 without it. */
  longest?: number;
  /** No reason is asked for, only whether. */
  plain?: boolean;
}

export const asked = shallowRef<(ReasonAsked & { answer: (reason: string | null) => void }) | null>(null);

export function askReason(what: ReasonAsked): Promise<string | null> {
  asked.value?.answer(null);
  return new Promise((answer) => (asked.value = { ...what, answer }));
}

/** Only whether: `if (await confirm({ title: "所有设备都退出?" })) ...` */
export const confirm = async (what: Omit<ReasonAsked, "plain" | "optional">): Promise<boolean> =>
  (await askReason({ ...what, plain: true })) !== null;
