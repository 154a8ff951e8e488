const DICTIONARY_ID = [0, 1, 2, 4];
const CONTENT_SIZE = [0, 2, 4, 8];

/** What is read next; `last`: nothing, the frame ends after what is passed over; `foreign`: no zstd, which the unpacker will say. */
type Part = "magic" | "skippable" | "descriptor" | "block" | "last" | "foreign";

/**
 * Parts bytes where a frame of zstd ends (RFC 8878). Node's unpacker takes a frame that begins with a write, and drops without a word what follows
 * a frame within one: of a file of several frames (pzstd, packed parts one after the other) only the first would be read.
 */
export async function* zstdFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = "magic" as Part;
  /** Of a header that is not whole yet. */
  let header: number[] = [];
  let wanted = 4;
  /** Bytes before the next header. */
  let pass = 0;
  let checksum = 0;

  const number = (): number => header.reduceRight((all, byte) => all * 256 + byte, 0);
  const next = (after: Part, size: number, skip = 0): void => {
    part = after;
    wanted = size;
    pass = skip;
    header = [];
  };
  const read = (): void => {
    const value = number();
    if (part === "magic") {
      if (value === 0xfd2fb528) next("descriptor", 1);
      else if (value >= 0x184d2a50 && value <= 0x184d2a5f) next("skippable", 4);
      else next("foreign", 0, Number.POSITIVE_INFINITY);
    } else if (part === "skippable") next("last", 0, value);
    else if (part === "descriptor") {
      const single = (value & 0x20) !== 0;
      checksum = (value & 4) === 0 ? 0 : 4;
      const sized = single && value >> 6 === 0 ? 1 : (CONTENT_SIZE[value >> 6] ?? 0);
      next("block", 3, (single ? 0 : 1) + (DICTIONARY_ID[value & 3] ?? 0) + sized);
    } else {
      const size = ((value >> 1) & 3) === 1 ? 1 : value >> 3;
      if ((value & 1) === 0) next("block", 3, size);
      else next("last", 0, size + checksum);
    }
  };

  for await (const piece of bytes) {
    let from = 0;
    for (let at = 0; at < piece.length; ) {
      const passed = Math.min(pass, piece.length - at);
      pass -= passed;
      at += passed;
      if (pass > 0) break;
      if (part !== "last") {
        if (at === piece.length) break;
        header.push(piece[at] as number);
        at += 1;
        if (header.length === wanted) read();
      }
      if (part === "last" && pass === 0) {
        yield piece.subarray(from, at);
        from = at;
        next("magic", 4);
      }
    }
    if (from < piece.length) yield piece.subarray(from);
  }
}
