// Medians and their spread: the only figures that the bench speaks of.

export const median = (values) => {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** { median, min, max, n } of one field over rounds. */
export function spread(rounds, field) {
  const values = rounds.map((round) => round?.[field]).filter(Number.isFinite);
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    n: values.length,
  };
}

/** The ratio of two systems round by round: what a busy machine does to a round it does to both. */
export function ratio(above, below, field) {
  const values = above
    .map((round, i) => (round?.[field] ?? NaN) / (below[i]?.[field] ?? NaN))
    .map((value) => ({ value }));
  return spread(values, 'value');
}
