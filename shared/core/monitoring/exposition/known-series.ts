import { CLOSE, OPEN, SPACE, TAB } from "./lex.ts";

/**
 * Remembers the series of one target in the order of its last exposition. A target nearly always writes the same series in the same
 * order, so that comparing bytes with the expected one finds what belongs to it without a text being made of them.
 */
export interface KnownSeries<T> {
  /** Starts a new exposition. */
  begin(): void;
  /** Length of the expected series where bytes[at] begins with it; 0 otherwise. */
  expected(bytes: Uint8Array, at: number): number;
  /** What belongs to the series bytes[start, end); undefined where it is new. */
  find(bytes: Uint8Array, start: number, end: number): T | undefined;
  /** Remembers a series that `find` did not know. Throws TypeError where its text is no UTF-8. */
  add(bytes: Uint8Array, start: number, end: number, make: (text: string) => T): T;
  /** Ends an exposition that was read whole: series that were not in it are forgotten. */
  commit(bytes: Uint8Array): void;
  /** Ends one that was not: what it added is forgotten. */
  abort(): void;
  /** Series remembered. */
  size(): number;
}

interface Entry<T> {
  readonly item: T;
  /** Place in the order of the last exposition; -1 for one that is new in this. */
  place: number;
  round: number;
}

/** Whether a name without braces ends here: a blank follows, and after all blanks no brace. */
function nameEnds(bytes: Uint8Array, at: number): boolean {
  let next = at;
  while (bytes[next] === SPACE || bytes[next] === TAB) next += 1;
  return next > at && bytes[next] !== OPEN;
}

export function knownSeries<T>(): KnownSeries<T> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const byText = new Map<string, Entry<T>>();
  let order: Entry<T>[] = [];
  let starts = new Int32Array(1);
  let texts = new Uint8Array(0);
  // This exposition: what was found, and where; kept only once something is not as expected.
  let found: Entry<T>[] = [];
  let places: number[] = [];
  let next = 0;
  let round = 0;
  let matched = false;
  let asExpected = true;
  let added: string[] = [];

  const deviate = () => {
    if (!asExpected) return;
    asExpected = false;
    found = order.slice(0, next);
    places = [];
  };
  const text = (bytes: Uint8Array, start: number, end: number) => decoder.decode(bytes.subarray(start, end));
  const note = (entry: Entry<T>, start: number, end: number) => {
    entry.round = round;
    found.push(entry);
    places.push(start, end);
  };

  return {
    begin: () => {
      round += 1;
      next = 0;
      matched = false;
      asExpected = true;
      added = [];
    },
    expected: (bytes, at) => {
      matched = false;
      if (next >= order.length) return 0;
      const from = starts[next] as number;
      const length = (starts[next + 1] as number) - from;
      if (at + length > bytes.length) return 0;
      for (let index = length - 1; index >= 0; index -= 1) if (bytes[at + index] !== texts[from + index]) return 0;
      if (texts[from + length - 1] !== CLOSE && !nameEnds(bytes, at + length)) return 0;
      matched = true;
      return length;
    },
    find: (bytes, start, end) => {
      if (matched) {
        const entry = order[next] as Entry<T>;
        next += 1;
        if (asExpected) entry.round = round;
        else note(entry, start, end);
        return entry.item;
      }
      deviate();
      const entry = byText.get(text(bytes, start, end));
      if (!entry) return undefined;
      if (entry.place >= 0) next = entry.place + 1;
      note(entry, start, end);
      return entry.item;
    },
    add: (bytes, start, end, make) => {
      const key = text(bytes, start, end);
      const entry: Entry<T> = { item: make(key), place: -1, round };
      byText.set(key, entry);
      added.push(key);
      note(entry, start, end);
      return entry.item;
    },
    commit: (bytes) => {
      if (asExpected && next === order.length) return;
      deviate();
      // Those before the first deviation keep their texts; the others come from this body.
      const kept = found.length - places.length / 2;
      const keptBytes = starts[kept] as number;
      let length = keptBytes;
      for (let index = 0; index < places.length; index += 2)
        length += (places[index + 1] as number) - (places[index] as number);
      const newStarts = new Int32Array(found.length + 1);
      const newTexts = new Uint8Array(length);
      newStarts.set(starts.subarray(0, kept + 1));
      newTexts.set(texts.subarray(0, keptBytes));
      let at = keptBytes;
      for (let index = kept; index < found.length; index += 1) {
        const start = places[(index - kept) * 2] as number;
        const end = places[(index - kept) * 2 + 1] as number;
        newStarts[index] = at;
        newTexts.set(bytes.subarray(start, end), at);
        at += end - start;
      }
      newStarts[found.length] = at;
      for (const [key, entry] of byText) if (entry.round !== round) byText.delete(key);
      order = found;
      for (let index = 0; index < order.length; index += 1) (order[index] as Entry<T>).place = index;
      starts = newStarts;
      texts = newTexts;
      found = [];
      places = [];
    },
    abort: () => {
      for (const key of added) byText.delete(key);
      found = [];
      places = [];
    },
    size: () => byText.size,
  };
}
