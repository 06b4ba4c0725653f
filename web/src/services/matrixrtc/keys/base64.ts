/** Bytes as text. Matrix writes no padding; who writes it, or the alphabet of URLs, is read too. */

export const toBase64 = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replace(/=+$/u, "");

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | null => {
  try {
    const plain = text.replace(/-/gu, "+").replace(/_/gu, "/").replace(/=+$/u, "");
    return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
};
