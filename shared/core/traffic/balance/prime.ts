export function isPrime(value: number): boolean {
  if (!Number.isInteger(value) || value < 2) return false;
  for (let factor = 2; factor * factor <= value; factor += 1) if (value % factor === 0) return false;
  return true;
}

/** The least prime that is not below `value`. */
export function primeFrom(value: number): number {
  let prime = Math.max(2, Math.ceil(value));
  while (!isPrime(prime)) prime += 1;
  return prime;
}
