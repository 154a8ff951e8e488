import { constants, createZstdCompress } from "node:zlib";

/** The compressor's output comes in pieces of so many bytes; smaller ones cost a round through the thread pool each. */
const OUTPUT_BYTES = 1024 * 1024;
/** 4 MiB, so that a whole frame is searched for repetitions; level 3 alone looks back 2 MiB. */
const WINDOW_LOG = 22;

/** Packs one thing after another with one compressor: a new one for each would cost some six megabytes that the allocator keeps, in every thread it ran in. */
export interface FramePacker {
  /** One zstd frame, as RFC 8878 has it: level 3, content size and checksum in it; in pieces that belong together. Waits for the one before. */
  pack(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Gives its memory back; what is being packed rejects. */
  close(): void;
}

export function framePacker(): FramePacker {
  // A write is one frame: it is ended, and as all of it is known at once its size is in it.
  const stream = createZstdCompress({
    chunkSize: OUTPUT_BYTES,
    flush: constants.ZSTD_e_end,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_windowLog]: WINDOW_LOG,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
  let pieces: Uint8Array[] = [];
  stream.on("data", (piece: Uint8Array) => pieces.push(piece));
  // Whoever waits for a frame is told; without a listener it would end the process.
  stream.on("error", () => undefined);
  let before: Promise<unknown> = Promise.resolve();
  const packNow = (bytes: Uint8Array) =>
    new Promise<readonly Uint8Array[]>((resolve, reject) => {
      pieces = [];
      stream.write(bytes, (error) => {
        if (error) return reject(error);
        // What a stream still holds back comes as "data" when it is read.
        stream.read();
        resolve(pieces);
      });
    });
  return {
    pack: (bytes) => {
      const packed = before.then(() => packNow(bytes));
      before = packed.catch(() => undefined);
      return packed;
    },
    close: () => void stream.destroy(),
  };
}
