/**
 * Ends an invocation in failure after everything was tried, so that the caller's retry and dead-letter queue take over.
 *
 * @param what of several, after their number: `rules could not be evaluated`
 * @throws the only error, or an AggregateError of all; nothing where there is none
 */
export function throwAll(errors: readonly unknown[], what: string): void {
  if (errors.length === 0) return;
  throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} ${what}`);
}
