/** The board as it is laid out: lanes of teams with their people, and how a card moves. */

import type { Category, State } from "@/api/types";

import type { Candidate } from "../tickets/types";

export interface BoardTicket {
  number: string;
  title: string;
  category: Category;
  state: State;
  progress: string | null;
  urgent: boolean;
  room: string;
  version: number;
  executor: string | null;
  executor_name: string;
  opened_at: string;
  until: string | null;
  next: string | null;
  next_by: string | null;
  late: string[];
  offered_to: string[];
  offered_at: string | null;
}

export interface BoardPerson extends Candidate {
  tickets: BoardTicket[];
}

export interface BoardTeam {
  id: string;
  name: string;
  kind: string;
  estate: string;
  people: BoardPerson[];
}

export interface Board {
  at: string;
  teams: BoardTeam[];
  others: BoardTeam;
  unassigned: BoardTicket[];
  grab: BoardTicket[];
}

export interface Shown {
  onlyOn: boolean;
  desk: boolean;
}

export const present = (one: { on_shift: boolean; on_duty: boolean }): boolean => one.on_shift && one.on_duty;

/** Who is shown: technicians always, the desk when wanted; whoever has work is never hidden. */
const wanted = (one: BoardPerson, shown: Shown): boolean =>
  one.tickets.length > 0 || ((!shown.onlyOn || present(one)) && (shown.desk || one.role === "technician"));

/** Those who do the work before the desk; who is there before who is not. */
const byTrade = (one: BoardPerson, other: BoardPerson): number =>
  Number(other.role === "technician") - Number(one.role === "technician") || Number(present(other)) - Number(present(one));

/** Lanes with somebody in them; who is in two teams stands in both. */
export const lanes = (board: Board, shown: Shown): BoardTeam[] =>
  [...board.teams, board.others]
    .map((team) => ({ ...team, people: team.people.filter((one) => wanted(one, shown)).sort(byTrade) }))
    .filter((team) => team.people.length > 0);

/** Everybody once. */
export function everybody(board: Board): BoardPerson[] {
  const all = new Map<string, BoardPerson>();
  for (const team of [...board.teams, board.others])
    for (const one of team.people) {
      const before = all.get(one.username);
      const teams = [...new Set([...(before?.teams ?? one.teams ?? []), ...(team.id ? [team.name] : [])])];
      all.set(one.username, { ...one, teams });
    }
  // Those who are there with the least on hand first; technicians before the desk.
  return [...all.values()].sort(
    (one, other) =>
      Number(present(other)) - Number(present(one)) ||
      Number(other.role === "technician") - Number(one.role === "technician") ||
      one.load - other.load,
  );
}

export const allTickets = (board: Board): BoardTicket[] => [
  ...board.unassigned,
  ...board.grab,
  ...new Map([...board.teams, board.others].flatMap((team) => team.people.flatMap((one) => one.tickets)).map((one) => [one.number, one])).values(),
];

/** Why one should think twice before giving somebody more. */
export const doubt = (person: BoardPerson): "off" | "over_cap" | null => (!present(person) ? "off" : person.load >= person.cap ? "over_cap" : null);
