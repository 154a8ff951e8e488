import { parseTraceparent } from "../../shared/shell/trace-context.ts";

const HEX = Array.from({ length: 65_536 }, (_, word) => word.toString(16).padStart(4, "0"));

const digits = (random: () => number, words: number): string => {
  let text = "";
  for (let word = 0; word < words; word++) text += HEX[Math.floor(random() * 65_536)] as string;
  return text;
};

/** Header of a new trace that begins at the gateway; sampled, as nobody before it has decided otherwise. */
export function newTraceparent(random: () => number): string {
  // W3C Trace Context: all-zero ids are invalid; a 1 in a fixed place makes that impossible.
  return `00-${digits(random, 7)}1${digits(random, 1).slice(1)}-${digits(random, 3)}1${digits(random, 1).slice(1)}-01`;
}

const USUAL = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether a traceparent can be passed on; a malformed one is replaced by a new trace, as the specification asks. */
export const validTraceparent = (value: string): boolean => USUAL.test(value) || parseTraceparent(value) !== undefined;
