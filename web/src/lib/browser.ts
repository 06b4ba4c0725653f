export type Browser = "chrome" | "firefox" | "safari" | "other";

/** Only to say where its permission button is. */
export const browserOf = (userAgent: string): Browser => {
  if (/firefox/iu.test(userAgent)) return "firefox";
  if (/chrom(e|ium)|edg\//iu.test(userAgent)) return "chrome";
  return /safari/iu.test(userAgent) ? "safari" : "other";
};

const NAMES: Record<Browser, string> = {
  chrome: "Chrome",
  firefox: "Firefox",
  safari: "Safari",
  other: "browser",
};

/** How a login here is called in the list of one's sessions. */
export const browserName = (userAgent: string): string => NAMES[browserOf(userAgent)];
