import type { Words } from "..";

const calls: Words["calls"] = {
  none: "Nobody to call",
  none_hint: "Whom WeChat cannot reach, or who did not answer, is put here",
  who: "Whom",
  mine: "Only mine",
  why: "Why",
  kinds: { revisit: "Revisit", urgent: "Urgent", notice: "Notice", parcel: "Parcel", reply: "Reply", status: "Progress", reminder: "Reminder", answer: "Answer" },
  reasons: {
    no_chat: "Never used the account",
    no_answer: "Asked, no answer",
    not_following: "No longer follows",
    window_closed: "WeChat takes no more",
    other: "WeChat did not deliver",
  },
  say: "What to say",
  take: "I call",
  taken_me: "I am calling",
  taken: "{name} is calling, {ago}",
  release: "Put back",
  show_phone: "Show number",
  phone_logged: "Looking at a number is logged",
  no_phone: "No phone number",
  tried: "Tried {n} times",
  outcome: "How did it go",
  outcomes: { reached: "Reached and told", no_answer: "No answer", unreachable: "Unreachable", wrong_number: "Wrong number", refused: "Would not listen" },
  words: "What did they say (optional)",
  give_up: "Do not try again",
  saved: "Recorded",
  saved_again: "Recorded, stays for another try",
  to_revisit: "Record the revisit in the ticket",
  waiting: "waits {length}",
  key_take: "I call",
  key_phone: "Show number",
};

export default calls;
