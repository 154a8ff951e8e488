/** The member of that name, or undefined; a name like "constructor" finds nothing it should not. */
export function own<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
