/**
 * Runs a write that reads `body`. If the body itself breaks, its own error comes out, not the store's: the store is not to
 * blame and trying the store again would not help.
 */
export async function withSource<Result>(
  body: AsyncIterable<Uint8Array>,
  write: (watched: AsyncIterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const broken: { error: unknown }[] = [];
  async function* watched() {
    try {
      yield* body;
    } catch (error) {
      broken.push({ error });
      throw error;
    }
  }
  try {
    return await write(watched());
  } catch (error) {
    throw broken[0] ? broken[0].error : error;
  }
}

/** Cuts a stream into parts of exactly the size asked for, the last one shorter. Holds one part at a time. */
export async function* inParts(
  body: AsyncIterable<Uint8Array>,
  /** Bytes of part 0, 1, 2 … */
  sizeOf: (index: number) => number,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  let size = sizeOf(index);
  let part = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of body) {
    for (let read = 0; read < chunk.length; ) {
      const take = Math.min(size - filled, chunk.length - read);
      part.set(chunk.subarray(read, read + take), filled);
      filled += take;
      read += take;
      if (filled < size) continue;
      yield part;
      size = sizeOf(++index);
      part = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
