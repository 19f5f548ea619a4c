/** How things are said: states, categories, times. */

import { ref } from "vue";

import { now } from "./api";
import type { Category, Due, State, TicketRow, Word } from "./types";

export const zone = ref("Asia/Shanghai");

export const CATEGORIES: Record<Category, { word: string; mark: string }> = {
  repair: { word: "报修", mark: "修" },
  complaint: { word: "投诉", mark: "诉" },
  inquiry: { word: "咨询", mark: "问" },
  parcel: { word: "快递", mark: "件" },
  suggestion: { word: "建议", mark: "议" },
};

export const STATES: Record<State, string> = {
  new: "待接单",
  accepted: "已接单",
  in_progress: "处理中",
  waiting_owner: "等业主",
  waiting_parts: "等配件",
  deferred: "已延期",
  resolved: "待回访",
  closed: "已关闭",
  declined: "已谢绝",
  cancelled: "已取消",
  merged: "已合并",
};
const PROGRESS: Record<string, string> = { on_the_way: "已出发", arrived: "已到场", working: "施工中" };
export const OPEN: State[] = ["new", "accepted", "in_progress", "waiting_owner", "waiting_parts", "deferred"];

export const ROLES: Record<string, string> = {
  frontdesk: "前台",
  technician: "工程",
  supervisor: "主管",
  manager: "经理",
  admin: "管理员",
};

/** A push's mark, its words, and how it is to be seen. */
export const PUSHES: Record<string, { mark: string; said: string; tone: "" | "good" | "late" | "bad" }> = {
  queued: { mark: "…", said: "待发送", tone: "" },
  sending: { mark: "…", said: "发送中", tone: "" },
  accepted: { mark: "✓", said: "已发出", tone: "" },
  delivered: { mark: "✓✓", said: "已送达", tone: "good" },
  parked: { mark: "⏸", said: "等业主下次开口时送出", tone: "late" },
  unknown: { mark: "?", said: "不确定是否送到", tone: "late" },
  undeliverable: { mark: "✕", said: "没送到", tone: "bad" },
  cancelled: { mark: "–", said: "已取消", tone: "" },
  merged: { mark: "–", said: "已并入另一条", tone: "" },
  stored: { mark: "…", said: "待发出", tone: "" },
  written: { mark: "✓", said: "已回复", tone: "" },
  delivery: { mark: "✓", said: "另行发出", tone: "" },
};

const EVENTS: Record<string, string> = {
  opened: "开单",
  assigned: "派给",
  offered: "请大家抢单",
  unplaced: "还没派出去",
  handed_back: "退回",
  taken_away: "换人处理",
  forwarded: "转交",
  reclassified: "改了类别",
  severity: "定了轻重",
  severity_proposed: "建议的轻重",
  about: "投诉涉及的同事",
  nudge: "业主催单",
  wish: "业主想改时间",
  completed: "业主补充",
  joined: "另一位业主并进来",
  joined_incident: "归入事件",
  left_incident: "移出事件",
  promised: "给了业主时间",
  told_late: "告诉业主会晚",
  problem: "转为问题件",
  problem_settled: "问题件有了结果",
  rated: "回访记录",
  reopened: "重新处理",
  resumed: "继续处理",
};

/** Reasons that the desk itself writes down, in words. */
const REASONS: Record<string, string> = {
  revisit: "回访满意",
  silence: "业主一直没有回音，按说好的时间结单",
};

export const reasonOf = (said: string): string => REASONS[said] ?? said;

/** The words that decided, without the features that only the model knows. */
export const saidWords = (words: Word[]): Word[] => words.filter((word) => !/^[〔[]/.test(word.text));

/** How much a word weighed, short. */
export const weightOf = (word: Word): string => (word.weight > 0 ? "+" : "") + word.weight.toFixed(1);

export function stateOf(ticket: TicketRow): string {
  return (ticket.state === "in_progress" && PROGRESS[ticket.progress ?? ""]) || STATES[ticket.state];
}

export function eventOf(kind: string, to: State | null): string {
  return EVENTS[kind] ?? (to ? STATES[to] : "记录");
}

/** "staff:lihua" as people say it. */
export function whoOf(by: string, names: Record<string, string>): string {
  const [kind, id = ""] = by.split(/:(.*)/s);
  if (kind === "staff") return names[id] ?? id;
  return kind === "owner" ? "业主" : "管家";
}

const format = (at: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("zh-CN", { timeZone: zone.value, hour12: false, ...options }).format(Date.parse(at));

/** The exact time, for a hover. */
export const exact = (at: string) => format(at, { dateStyle: "full", timeStyle: "short" });

/** "15:04", on another day with its date. */
export function clock(at: string): string {
  const day: Intl.DateTimeFormatOptions = { month: "numeric", day: "numeric" };
  const time = format(at, { hour: "2-digit", minute: "2-digit" });
  return format(at, day) === format(new Date(now()).toISOString(), day) ? time : `${format(at, day)} ${time}`;
}

/** "刚刚", "5 分钟", "3 小时", "2 天". */
export function ago(at: string): string {
  const minutes = Math.floor((now() - Date.parse(at)) / 60_000);
  if (minutes < 1) return "刚刚";
  if (minutes < 60) return `${minutes} 分钟`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时`;
  return `${Math.floor(minutes / 1440)} 天`;
}

export interface Countdown {
  what: string;
  said: string;
  tone: "" | "late" | "bad";
  at: string;
}

/** What is due next on a ticket, and how long is left. */
export function dueOf(ticket: { state: State; progress: string | null; due: Due }): Countdown | null {
  if (!OPEN.includes(ticket.state)) return null;
  const { due } = ticket;
  const there = ticket.state === "in_progress" && ticket.progress !== "on_the_way";
  const [what, at] =
    ticket.state === "new" && due.accept_by
      ? ["接单", due.accept_by]
      : due.on_site_by && !there
        ? ["到场", due.on_site_by]
        : due.answer_by && !there
          ? ["答复", due.answer_by]
          : ["完成", due.done_by];
  if (!at) return null;
  const minutes = Math.round((Date.parse(at) - now()) / 60_000);
  const tone = minutes < 0 ? "bad" : minutes <= 15 ? "late" : "";
  return { what, said: `${minutes < 0 ? "超" : "剩"} ${length(Math.abs(minutes))}`, tone, at };
}

function length(minutes: number): string {
  if (minutes < 60) return `${minutes} 分`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时`;
  return `${Math.floor(minutes / 1440)} 天`;
}
