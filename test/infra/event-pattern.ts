/** An event as EventBridge has it, or a member of it. */
type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
type Pattern = { readonly [name: string]: Pattern | readonly Condition[] };
type Condition =
  | string
  | { readonly prefix: string }
  | { readonly wildcard: string }
  | { readonly "anything-but": { readonly wildcard: string | readonly string[] } };

const wildcard = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "s").test(text);

function holds(condition: Condition, value: Value): boolean {
  if (typeof condition === "string") return condition === value;
  if (typeof value !== "string") return false;
  if ("prefix" in condition) return value.startsWith(condition.prefix);
  if ("wildcard" in condition) return wildcard(condition.wildcard, value);
  if ("anything-but" in condition)
    return ![condition["anything-but"].wildcard].flat().some((one) => wildcard(one, value));
  throw new Error(`a condition that this matcher does not know: ${JSON.stringify(condition)}`);
}

/**
 * Whether an event matches a pattern (EventBridge User Guide, "Event patterns"): every member of the pattern has to match, one
 * condition of its list is enough, and of a list in the event one element. Throws on operators that our patterns do not use.
 */
export function matches(pattern: Pattern, event: { readonly [name: string]: Value }): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = event[name];
    if (value === undefined) return false;
    if (Array.isArray(wanted)) {
      const values: readonly Value[] = Array.isArray(value) ? value : [value as Value];
      return (wanted as readonly Condition[]).some((condition) => values.some((one) => holds(condition, one)));
    }
    return typeof value === "object" && value !== null && matches(wanted as Pattern, value as never);
  });
}
