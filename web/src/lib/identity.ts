/** A participant's identity is `@user:server:DEVICE`; device IDs have no colon. */
export const userIdOf = (identity: string): string => {
  const end = identity.lastIndexOf(":");
  return end > identity.indexOf(":") ? identity.slice(0, end) : identity;
};

/** "ana" of "@ana:example.com": what to show where no name is known. */
export const localpart = (userId: string): string => {
  const end = userId.indexOf(":");
  return userId.startsWith("@") && end > 1 ? userId.slice(1, end) : userId;
};

const COLOURS = 8;

/** One of eight colours, always the same for a person. */
export const colourOf = (userId: string): number => {
  let sum = 0;
  for (const char of userId) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 65_521;
  return sum % COLOURS;
};

/** One or two letters for an avatar. */
export const initials = (name: string): string => {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = words.map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? "");
  const first = letters.find(Boolean) ?? "?";
  const last = letters.length > 1 ? (letters.at(-1) ?? "") : "";
  return (first + last).toUpperCase();
};
