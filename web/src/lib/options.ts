type Option<T extends string> = { value: T; label: string };

/** The options of a table of labels, in its order. */
export const optionsOf = <T extends string>(
  labels: Readonly<Record<T, string>>,
): readonly Option<T>[] =>
  (Object.entries(labels) as [T, string][]).map(([value, label]) => ({ value, label }));
