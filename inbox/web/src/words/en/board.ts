import type { Words } from "..";

const board: Words["board"] = {
  missed: "{what} was late",
  unassigned: "Unassigned",
  unassigned_none: "All are given out",
  grab: "Up for grabs",
  offered: "{n} asked, {ago} ago",
  no_team: "Colleagues without a team",
  no_tickets: "Nothing on hand",
  only_on: "On shift only",
  only_desk: "Front desk and supervisors too",
  hint: "Drag a card onto a person to assign it. Or choose a card and press a; arrow keys move",
  move: "Assign to…",
  drop_here: "Give to {name}",
  moved: "{number} given to {name}",
  over_cap: "{name} is full. Assign all the same?",
  off: "{name} is off shift. Assign all the same?",
  anyway: "Assign all the same",
  key_assign: "Assign this card",
  key_move: "Move between cards",
  load: "{name} has {n} of {cap}",
  total: "{open} open, {free} unassigned, {on} on shift",
  people_none: "Nobody is on shift",
  estate: "Estate",
};

export default board;
