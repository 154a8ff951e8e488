import { iso, type Millis } from "../../kernel/time.ts";
import type { Channel } from "./channels.ts";
import type { Scored } from "./types.ts";

const SAYS: Readonly<Record<Channel, string>> = {
  record: "it is beyond everything this series has shown",
  seasonal: "it is far from what this time of day usually shows",
  weekly: "it is far from what this time of the week usually shows",
  context: "it left the course of the last hours",
  drift: "the last hours lie away from what is usual",
  flatline: "it hardly moves any more",
  shift: "its level has moved",
};

/** One row for a person: when, what, where it was expected, and what is unusual about it. */
export function sentenceOf(scored: Scored, at: Millis, value: number): string {
  const { score, kind, expected, learning } = scored;
  const range = expected ? `, expected ${short(expected.low)} to ${short(expected.high)}` : "";
  const found = kind
    ? `${SAYS[kind]} (${kind}, score ${score.toFixed(2)})`
    : `nothing unusual (score ${score.toFixed(2)})`;
  return `${iso(at)}: ${short(value)}${range}; ${found}${learning ? "; still learning" : ""}`;
}

/** Four significant digits; no exponent where people would not write one. */
function short(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return String(Object.is(rounded, -0) ? 0 : rounded);
}
