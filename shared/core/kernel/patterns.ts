const SPECIAL = /[.+^${}()|[\]\\]/g;

/** One pattern with * and ? as an expression over the whole name: nothing else is special, a dot is a dot. */
const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(SPECIAL, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");

/** Whether a text is a pattern and not the name of one thing. */
export const isPattern = (text: string): boolean => /[*?]/.test(text);

/** What is included and not excluded, by patterns with * and ?; a name without them is that name only. */
export function matcher(include: readonly string[], exclude: readonly string[] = []): (name: string) => boolean {
  const wanted = include.map(expression);
  const unwanted = exclude.map(expression);
  return (name) => wanted.some((one) => one.test(name)) && !unwanted.some((one) => one.test(name));
}
