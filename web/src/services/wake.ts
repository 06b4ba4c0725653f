/** When it is worth to try again at once: the network is back, or the computer woke. */
const LOOK_MS = 2000;
/** Timers are late by seconds on a busy machine, and by a minute at most in a hidden page. */
const SLEPT_MS = 90_000;

export const onWake = (listener: () => void): (() => void) => {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    const slept = now - last > SLEPT_MS;
    last = now;
    if (slept) listener();
  }, LOOK_MS);
  const onShow = (event: PageTransitionEvent) => {
    if (event.persisted) listener();
  };
  window.addEventListener("online", listener);
  window.addEventListener("pageshow", onShow);
  document.addEventListener("resume", listener);
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", listener);
    window.removeEventListener("pageshow", onShow);
    document.removeEventListener("resume", listener);
  };
};
