import type { Context } from "./html-context.ts";

/** The context behind a piece of text, and how much of it that took. */
export type Transition = (c: Context, text: string) => readonly [Context, number];

/** First place of any of some characters from `from` on; -1 where there is none. */
export function indexOfAny(text: string, chars: string, from = 0): number {
  for (let at = from; at < text.length; at += 1) if (chars.includes(text[at] as string)) return at;
  return -1;
}

export const HTML_BLANK = " \t\n\f\r";

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && HTML_BLANK.includes(text[at] as string)) at += 1;
  return at;
}
