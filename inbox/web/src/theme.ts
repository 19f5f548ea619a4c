/** Light, dark, or as the machine is set; kept for the next visit. */

import { ref, watch } from "vue";

import { kept, keep } from "./kept";

export type Theme = "system" | "light" | "dark";

const machine = window.matchMedia("(prefers-color-scheme: dark)");
export const theme = ref<Theme>(kept<Theme>("theme", "system"));
export const dark = ref(false);

function show() {
  dark.value = theme.value === "dark" || (theme.value === "system" && machine.matches);
  document.documentElement.classList.toggle("dark", dark.value);
}

machine.addEventListener("change", show);
watch(
  theme,
  (chosen) => {
    keep("theme", chosen);
    show();
  },
  { immediate: true, flush: "sync" },
);
