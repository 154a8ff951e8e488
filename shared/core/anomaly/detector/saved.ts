import { HeadgateError } from "../../kernel/errors.ts";
import { Memory } from "./memory.ts";
import { Tail } from "./tail.ts";

/** "HGD" and the version of the layout, then four bytes unused so that what follows lies on multiples of eight. */
const MAGIC = [0x48, 0x47, 0x44];
const VERSION = 1;
const HEADER_BYTES = 8;
const TAIL_SCALARS = ["inc", "total", "base", "has", "max"] as const;

type Cells = Float32Array | Float64Array | Uint8ClampedArray | Uint16Array | Int16Array;
type Scalars = { [name: string]: number };

/** The fields of a memory by kind, in the order of their declaration: that is the layout. */
function partsOf(memory: Memory): { scalars: string[]; arrays: Cells[]; tails: Tail[] } {
  const entries: [string, unknown][] = Object.entries(memory);
  const tails = entries.flatMap(([, value]) => (value instanceof Tail ? [value] : []));
  const arrays = entries.flatMap(([, value]) => (ArrayBuffer.isView(value) ? [value as Cells] : []));
  return {
    scalars: entries.flatMap(([name, value]) => (typeof value === "number" ? [name] : [])),
    // Widest first: everything lies on a multiple of its own width.
    arrays: [...arrays, ...tails.map((tail) => tail.cells)].sort((a, b) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT),
    tails,
  };
}

function sizeOf(memory: Memory): number {
  const { scalars, arrays, tails } = partsOf(memory);
  const wide = 8 * (scalars.length + TAIL_SCALARS.length * tails.length);
  return arrays.reduce((sum, array) => sum + array.byteLength, HEADER_BYTES + wide);
}

/** A memory as bytes, the same ones for the same memory (little-endian, as every platform Node runs on). */
export function saveMemory(memory: Memory): Uint8Array<ArrayBuffer> {
  const { scalars, arrays, tails } = partsOf(memory);
  const bytes = new Uint8Array(sizeOf(memory));
  bytes.set([...MAGIC, VERSION]);
  const wide = new Float64Array(bytes.buffer, HEADER_BYTES, scalars.length + TAIL_SCALARS.length * tails.length);
  let next = 0;
  const put = (value: number) => {
    wide[next] = value;
    next += 1;
  };
  for (const name of scalars) put((memory as unknown as Scalars)[name] as number);
  for (const tail of tails) for (const name of TAIL_SCALARS) put(tail[name]);
  let offset = HEADER_BYTES + wide.byteLength;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += array.byteLength;
  }
  return bytes;
}

/**
 * Reads what {@link saveMemory} wrote.
 *
 * @throws HeadgateError `input.invalid` for anything else, another version of the layout included.
 */
export function loadMemory(bytes: Uint8Array): Memory {
  const memory = new Memory();
  const size = sizeOf(memory);
  if (MAGIC.some((byte, index) => bytes[index] !== byte) || bytes[3] !== VERSION || bytes.length !== size) {
    throw new HeadgateError(
      "input.invalid",
      `these ${bytes.length} bytes are no detector state of version ${VERSION}`,
      {
        faults: [{ path: "state", message: "unknown layout", allowed: `${size} bytes of version ${VERSION}` }],
      },
    );
  }
  const { scalars, arrays, tails } = partsOf(memory);
  // A copy of its own: the bytes given may lie anywhere, and the memory will write.
  const { buffer } = Uint8Array.from(bytes);
  const wide = new Float64Array(buffer, HEADER_BYTES, scalars.length + TAIL_SCALARS.length * tails.length);
  let next = 0;
  const take = () => wide[next++] as number;
  for (const name of scalars) (memory as unknown as Scalars)[name] = take();
  for (const tail of tails) for (const name of TAIL_SCALARS) tail[name] = take();
  let offset = HEADER_BYTES + wide.byteLength;
  for (const array of arrays) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(
      new Uint8Array(buffer, offset, array.byteLength),
    );
    offset += array.byteLength;
  }
  return memory;
}
