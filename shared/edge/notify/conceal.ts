/** Shorter texts ("on", "8080") would blot out half of what a receiver says. */
const LEAST = 6;
const SHOWN = "<secret>";

/** All ways in which a secret may come back in an answer or an error. */
function forms(secret: string): readonly string[] {
  const whole = [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)];
  if (!URL.canParse(secret)) return whole;
  // Of an address the host may be told: it says what did not answer. What follows is the secret.
  const { pathname, search, username, password } = new URL(secret);
  const path = pathname.split("/").filter((part) => part.length >= LONG_PART);
  return [...whole, `${pathname}${search}`, search.slice(1), username, password, ...path];
}
/** A part of a path this long is no word ("webhook", "services") but a token. */
const LONG_PART = 12;

/** Blots secrets out of what is shown to people. */
export function conceal(text: string, secrets: readonly string[]): string {
  // Longest first: one may contain another.
  const parts = secrets
    .flatMap(forms)
    .filter((part) => part.length >= LEAST)
    .sort((a, b) => b.length - a.length);
  return parts.reduce((shown, part) => shown.replaceAll(part, SHOWN), text);
}
