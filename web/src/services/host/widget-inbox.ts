/**
 * A Matrix client speaks to its widget as soon as the frame has loaded, and that may be before the
 * code is there that answers. Until then its words are kept.
 */
type Frame = Pick<Window, "addEventListener" | "removeEventListener" | "dispatchEvent" | "parent">;

/** Also keeps out, for good, what others say than the window around us. Gives what ends the wait. */
export const catchMessages = (frame: Frame): (() => void) => {
  let kept: MessageEvent<unknown>[] | null = [];
  // First in line, since nothing else listens yet.
  frame.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.source !== frame.parent) {
      event.stopImmediatePropagation();
      return;
    }
    kept?.push(event);
  });
  return () => {
    const waiting = kept ?? [];
    kept = null;
    for (const { data, origin } of waiting)
      frame.dispatchEvent(new MessageEvent("message", { data, origin, source: frame.parent }));
  };
};
