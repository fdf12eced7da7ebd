// Medians, quantiles of a Prometheus histogram, and a table for people.

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Of a list, the value that SHARE of it are no greater than; null of none. */
export function quantileOf(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] : null;
}

export const round = (value, digits) => Number(value.toFixed(digits));

/** {bounds, counts} of weir_NAME, counts not summed up. */
export function histogram(metrics, name) {
  const found = [...metrics.matchAll(new RegExp(`^weir_${name}_bucket\\{le="([^"]+)"\\} (\\d+)`, 'gm'))];
  const sums = found.map((m) => Number(m[2]));
  return {
    bounds: found.map((m) => (m[1] === '+Inf' ? Infinity : Number(m[1]))),
    counts: sums.map((sum, i) => sum - (i > 0 ? sums[i - 1] : 0)),
  };
}

/** In the unit of the bounds, taken as even within a bucket. */
export function quantile(before, after, share) {
  const counts = after.counts.map((count, i) => count - (before.counts[i] ?? 0));
  const want = counts.reduce((a, b) => a + b, 0) * share;
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    if (count > 0 && sum + count >= want) {
      const low = i > 0 ? after.bounds[i - 1] : 0;
      const high = Number.isFinite(after.bounds[i]) ? after.bounds[i] : low * 2;
      return low + ((high - low) * (want - sum)) / count;
    }
    sum += count;
  }
  return 0;
}

/** Sum over all labels of weir_NAME. */
export const total = (metrics, name) =>
  [...metrics.matchAll(new RegExp(`^weir_${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);

export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join('  '))
    .join('\n');
}
