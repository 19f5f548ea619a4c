/** What the mouse and the keys hold on the board; the page, its lanes and its cards share it. */

import { inject, provide, reactive, type InjectionKey } from "vue";

import type { BoardTicket } from "./board";

export interface Hand {
  /** The card under way with the mouse. */
  dragged: BoardTicket | null;
  /** "where:number" of the card that keys act on. */
  chosen: string;
  /** The number of a ticket that is just given to somebody. */
  moving: string;
  /** Ask whom to give it to. */
  ask: (ticket: BoardTicket) => void;
}

const HAND: InjectionKey<Hand> = Symbol("hand");

export function provideHand(ask: Hand["ask"]): Hand {
  const hand = reactive<Hand>({ dragged: null, chosen: "", moving: "", ask });
  provide(HAND, hand);
  return hand;
}

export function useHand(): Hand {
  const hand = inject(HAND);
  if (!hand) throw new Error("this part stands outside of the board");
  return hand;
}
