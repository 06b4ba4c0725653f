/** `H` of docs/protocol.md §1: unpadded standard base64 of the SHA-256 of the compact JSON array. */
export const hashOf = async (parts: readonly string[]): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest)).replace(/=+$/u, "");
};
