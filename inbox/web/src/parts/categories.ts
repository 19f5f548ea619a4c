/** Every category has a steady hue, an icon and a word. */

import { Box, Opportunity, QuestionFilled, Tools, WarnTriangleFilled } from "@element-plus/icons-vue";
import type { Component } from "vue";

import type { Category } from "@/api/types";

export const CATEGORIES: readonly Category[] = ["repair", "complaint", "inquiry", "parcel", "suggestion"];

export const ICONS: Record<Category, Component> = {
  repair: Tools,
  complaint: WarnTriangleFilled,
  inquiry: QuestionFilled,
  parcel: Box,
  suggestion: Opportunity,
};
