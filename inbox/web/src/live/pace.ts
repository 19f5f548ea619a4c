/** Calls together: the first at once, those that follow at most once in `every` milliseconds, the last one never lost. */
export function paced(every: number, act: () => void): { (): void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next = 0;

  function call() {
    if (timer !== undefined) return;
    const wait = next - Date.now();
    if (wait <= 0) {
      next = Date.now() + every;
      act();
    } else
      timer = setTimeout(() => {
        timer = undefined;
        next = Date.now() + every;
        act();
      }, wait);
  }
  call.stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return call;
}
