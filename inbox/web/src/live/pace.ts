/** Not more than one read a second for the whole tab in the long run, a few at once when something just happened. */

const BURST = 5;
const REFILL = 1_000;

let tokens = BURST;
let since = Date.now();
let timer: ReturnType<typeof setTimeout> | undefined;
/** What waits, the one that goes first in front. */
const queue: { act: () => void; at: number }[] = [];

function drain() {
  timer = undefined;
  const gained = Math.floor((Date.now() - since) / REFILL);
  if (gained > 0) {
    tokens = Math.min(BURST, tokens + gained);
    since = tokens === BURST ? Date.now() : since + gained * REFILL;
  }
  while (tokens > 0) {
    const next = queue.shift();
    if (!next) return;
    tokens--;
    next.act();
  }
  if (queue.length) timer = setTimeout(drain, Math.max(20, since + REFILL - Date.now()));
}

/**
 * A call that may come often: the first acts at once, those that follow at most once in `every` milliseconds, the last
 * one is never lost. All of them share the tab's allowance; a lower `rank` goes first.
 */
export function paced(every: number, act: () => void, rank = 1): { (): void; stop: () => void } {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let queued: { act: () => void; at: number } | undefined;
  let next = 0;

  function enqueue() {
    waiting = undefined;
    if (queued) return;
    // A rank lower means a second's start, so that nobody waits for ever.
    const place = Date.now() + rank * REFILL;
    queued = {
      at: place,
      act: () => {
        queued = undefined;
        next = Date.now() + every;
        act();
      },
    };
    const at = queue.findIndex((one) => one.at > place);
    queue.splice(at < 0 ? queue.length : at, 0, queued);
    if (timer === undefined) drain();
  }
  function call() {
    if (waiting !== undefined || queued) return;
    const wait = next - Date.now();
    if (wait <= 0) enqueue();
    else waiting = setTimeout(enqueue, wait);
  }
  call.stop = () => {
    clearTimeout(waiting);
    waiting = undefined;
    const at = queued ? queue.indexOf(queued) : -1;
    if (at >= 0) queue.splice(at, 1);
    queued = undefined;
  };
  return call;
}
