import type { Logger } from "matrix-js-sdk/lib/logger";

const nothing = () => undefined;

/** The SDK tells the console of every request; here what matters is on the page. */
export const quietLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => quietLogger,
};
