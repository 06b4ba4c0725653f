/** How many columns make the tiles largest, for tiles of 16:9 in a box. */
export const columnsFor = (count: number, width: number, height: number): number => {
  if (count <= 1 || width <= 0 || height <= 0) return 1;
  let best = 1;
  let bestWidth = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tile = Math.min(width / columns, (height / rows) * (16 / 9));
    if (tile > bestWidth + 0.5) {
      best = columns;
      bestWidth = tile;
    }
  }
  return best;
};
