/** Side by side looks better than one above the other, even where that costs a little. */
const GOOD_ENOUGH = 0.8;

/** How many columns for tiles of 16:9 in a box: nearly the largest tiles, and rather wide than high. */
export const columnsFor = (count: number, width: number, height: number): number => {
  if (count <= 1 || width <= 0 || height <= 0) return 1;
  const sizes = Array.from({ length: count }, (_, index) => {
    const columns = index + 1;
    return Math.min(width / columns, (height / Math.ceil(count / columns)) * (16 / 9));
  });
  const enough = Math.max(...sizes) * GOOD_ENOUGH;
  return sizes.reduce((most, size, index) => (size >= enough ? index + 1 : most), 1);
};
