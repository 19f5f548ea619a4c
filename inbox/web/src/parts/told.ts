/** A short word that something is done, or why not; it goes away by itself. */

import { ElMessage } from "element-plus";

import { words } from "@/api/client";

export const tellDone = (said: string): void => void ElMessage({ message: said, type: "success", duration: 2500, grouping: true });
export const tellProblem = (problem: unknown): void =>
  void ElMessage({ message: typeof problem === "string" ? problem : words(problem), type: "error", duration: 6000, showClose: true, grouping: true });
