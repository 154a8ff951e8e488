/**
 * Sums of samples by metric name, over all label sets, from Prometheus text (exposition format 0.0.4). Lines that cannot be
 * read and values that are not finite are left out: what is not there is absent, not zero.
 */
export function sumsByName(text: string, names: readonly string[]): ReadonlyMap<string, number> {
  const wanted = new Set(names);
  const sums = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
    if (name === undefined || !wanted.has(name)) continue;
    // Label values may hold blanks and braces inside quotes; the value follows the last closing brace.
    const rest = line[name.length] === "{" ? line.slice(line.lastIndexOf("}") + 1) : line.slice(name.length);
    const value = Number(rest.trim().split(/\s+/)[0] || Number.NaN);
    if (Number.isFinite(value)) sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}
