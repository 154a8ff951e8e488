import { murmur3x128 } from "../kernel/murmur3-128.ts";

/** A vertex of a job's plan: its id is that of the first operator of its chain. */
export interface PlanVertex {
  readonly id: string;
  /** "Source: orders -> Filter -> Map". */
  readonly name: string;
  readonly inputs: readonly string[];
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text: string): Uint8Array | undefined =>
  /^[0-9a-f]{32}$/.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined;

/** Larger graphs than this are looked at in part. */
const MOST_NODES = 64;
/** Chained outputs of one operator that are tried. */
const MOST_CHAINED = 4;

/**
 * What Flink makes of the place of an operator that has no uid (StreamGraphHasherV2.generateDeterministicHash, Flink 1.13 to 2.x): MurmurHash3 of its number, once and once more
 * for each operator that is chained to it, and then the hashes of its inputs.
 */
function placeHash(number: number, chained: number): Uint8Array {
  const bytes = new Uint8Array(4 * (1 + chained));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 4) view.setInt32(at, number, true);
  return murmur3x128(bytes);
}

const withInput = (hash: Uint8Array, input: Uint8Array): Uint8Array =>
  hash.map((byte, index) => (Math.imul(byte, 37) ^ (input[index] ?? 0)) & 255);

/** Operators in a chain, as its description tells. */
const chainLength = (name: string): number => Math.max(1, name.split(/\s->\s/).length);

/**
 * Ids that Flink made up from the place in the graph, because no uid is set. Proven ones only: an id that is not among them may still be made up where graphs branch
 * inside of chains. Numbers follow each other along a chain.
 */
export function autoUids(vertices: readonly PlanVertex[]): ReadonlySet<string> {
  const auto = new Set<string>();
  const total = Math.min(
    MOST_NODES,
    vertices.reduce((sum, { name }) => sum + chainLength(name), 0),
  );
  const places = Array.from({ length: total }, (_, number) =>
    Array.from({ length: MOST_CHAINED + 1 }, (__, chained) => placeHash(number, chained)),
  );
  const byId = new Map(vertices.map((vertex) => [vertex.id, vertex]));
  for (const { id, inputs } of vertices) {
    if (inputs.length === 0) {
      if (places.some((of) => of.some((hash) => hex(hash) === id))) auto.add(id);
      continue;
    }
    const tails = inputs.map((input) => tailsOf(byId.get(input), places));
    if (tails.some((of) => of.length === 0)) continue;
    if (tails.length <= 2 && reaches(id, tails, places)) auto.add(id);
  }
  return auto;
}

/** What the last operator of a vertex may hash to, when those behind its first one have no uid either. */
function tailsOf(vertex: PlanVertex | undefined, places: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  const head = vertex && unhex(vertex.id);
  if (!head) return [];
  const length = chainLength(vertex.name);
  if (length === 1) return [head];
  return places.flatMap((_, first) => {
    let hash = head;
    for (let step = 1; step < length; step += 1) {
      const own = places[first + step - 1]?.[step === length - 1 ? 0 : 1];
      if (!own) return [];
      hash = withInput(own, hash);
    }
    return [hash];
  });
}

function reaches(
  id: string,
  tails: readonly (readonly Uint8Array[])[],
  places: readonly (readonly Uint8Array[])[],
): boolean {
  const [one = [], other] = tails;
  return places.some((of) =>
    of.some((own) =>
      one.some((a) => {
        const hash = withInput(own, a);
        return other ? other.some((b) => hex(withInput(hash, b)) === id) : hex(hash) === id;
      }),
    ),
  );
}
