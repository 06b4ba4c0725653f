/** Pictures of people: fetched once, made small, and given as addresses that the page may show. */
import type { Host } from "./host/host";

/** Twice what the largest avatar on the page has, for sharp screens. */
const SIDE_PX = 256;
const LARGEST_BYTES = 4 * 1024 * 1024;
const ENTRIES = 500;

export type Pictures = {
  /** null: there is none, or none that can be had. */
  get: (whose: { roomId: string; userId: string; address: string }) => Promise<string | null>;
};

export const createPictures = (
  fetchPicture: NonNullable<Host["picture"]>,
  shrink: (picture: Blob) => Promise<Blob> = shrunk,
): Pictures => {
  const known = new Map<string, Promise<string | null>>();

  const load = async (whose: Parameters<typeof fetchPicture>[0]): Promise<string | null> => {
    const picture = await fetchPicture(whose);
    if (picture.size > LARGEST_BYTES) return null;
    return URL.createObjectURL(await shrink(picture));
  };

  return {
    get: async (whose) => {
      const { address } = whose;
      const there = known.get(address);
      if (there !== undefined) return there;
      // Not tried again until the page is: nobody waits for it.
      const loading = load(whose).catch(() => null);
      if (known.size >= ENTRIES) known.clear();
      known.set(address, loading);
      return loading;
    },
  };
};

/** Also refuses what is no picture: what comes out is pixels, whatever went in. */
const shrunk = async (picture: Blob): Promise<Blob> => {
  const bitmap = await createImageBitmap(picture);
  const scale = SIDE_PX / Math.min(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const canvas = new OffscreenCanvas(SIDE_PX, SIDE_PX);
  const [x, y] = [(SIDE_PX - width) / 2, (SIDE_PX - height) / 2];
  canvas.getContext("2d")?.drawImage(bitmap, x, y, width, height);
  bitmap.close();
  return canvas.convertToBlob({ type: "image/webp" });
};
