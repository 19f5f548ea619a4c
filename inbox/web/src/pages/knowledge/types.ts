/** Articles, gaps and the bot's trial answer, as `/knowledge/...` gives them. */

export type ArticleState = "draft" | "live" | "retired";

export interface Article {
  id: string;
  title: string;
  body: string;
  subject: string;
  estate: string;
  questions: string[];
  valid_from: string | null;
  valid_to: string | null;
  state: ArticleState;
  version: number;
  replaces: string | null;
  origin: string;
  question_id: string | null;
  by: string;
  created_at: string | null;
  updated_at: string | null;
}

export interface Gap {
  id: string;
  text: string;
  estate: string;
  count: number;
  unanswered: number;
  unhelpful: number;
  article: string | null;
  state: "open" | "closed";
  first_at: string;
  last_at: string;
}

export interface Trial {
  outcome: "answer" | "several" | "nothing";
  answer: string | null;
  source: string | null;
  hits: { id: string; title: string; score: number; words: string[] }[];
}
