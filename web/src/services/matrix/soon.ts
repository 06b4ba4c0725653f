/** Runs something shortly after it is asked for, once for however many times it was asked. */
export type Soon = { ask: () => void; cancel: () => void };

const GATHER_MS = 50;

export const soon = (run: () => void): Soon => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, GATHER_MS);
    },
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
};
