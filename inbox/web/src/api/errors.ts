/** What can go wrong between page and server. */

/** A refusal: its status, its code, words for a person, and what else is known. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** No answer at all, or one that says to come back later. */
export class Away extends Error {}
