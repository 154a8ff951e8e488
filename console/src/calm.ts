import { PATIENCE_MS } from "./request.ts";

interface Known {
  readonly stamp: string;
  readonly at: number;
  readonly value: Promise<unknown>;
}

const known = new Map<string, Known>();
const AT_MOST = 40;

/**
 * Asks for what is dear to answer (destinations are listed, the cluster is read) once in `leastMs` real milliseconds, however often the page wants it; at
 * once where `stamp` says that it is another answer now. What failed is not kept.
 */
export function calmly<T>(
  key: string,
  stamp: string,
  leastMs: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const last = known.get(key);
  if (last !== undefined && last.stamp === stamp && performance.now() - last.at < leastMs)
    return last.value as Promise<T>;
  // Whoever asked first may be gone before the next one is answered by the same.
  const value = ask(AbortSignal.timeout(PATIENCE_MS));
  const entry: Known = { stamp, at: performance.now(), value };
  known.delete(key);
  known.set(key, entry);
  for (const oldest of known.keys()) {
    if (known.size <= AT_MOST) break;
    known.delete(oldest);
  }
  value.catch(() => {
    if (known.get(key) === entry) known.delete(key);
  });
  return value;
}
