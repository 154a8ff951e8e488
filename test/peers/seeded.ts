import fc from "fast-check";

/** Where random cases begin; printed with every difference, given by HEADGATE_SEED. */
export const SEED = Number(process.env["HEADGATE_SEED"] ?? 20_260_822);

/** How many cases: what HEADGATE_CASES says, for long runs, else the usual number. */
export const cases = (usual: number): number => Number(process.env["HEADGATE_CASES"] ?? usual);

export interface Search<T> {
  /** Values that fast-check makes from SEED. */
  readonly count: number;
  /** So many are looked at side by side. */
  readonly parallel: number;
  /** How long to look for a smaller case when one differs. */
  readonly shrinkMs?: number;
  /** What differs for a value, or undefined. */
  readonly differs: (value: T) => Promise<string | undefined>;
}

/**
 * Looks at all values side by side, which fast-check itself does not, and lets it make the first one that differs smaller.
 * Returns what to say, empty where nothing differs.
 */
export async function search<T>(arbitrary: fc.Arbitrary<T>, options: Search<T>): Promise<readonly string[]> {
  const values: T[] = [];
  // The same seed and run give the same value below, whatever the property does with it.
  fc.check(
    fc.property(arbitrary, (value) => void values.push(value)),
    { seed: SEED, numRuns: options.count },
  );
  const found: { index: number; text: string }[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < values.length; index = next++) {
      const text = await options.differs(values[index] as T);
      if (text !== undefined) found.push({ index, text });
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, worker));
  const first = found.sort((a, b) => a.index - b.index)[0];
  if (!first) return [];
  const smaller = await smallest(arbitrary, first.index, options);
  const where = `HEADGATE_SEED=${SEED}, ${found.length} of ${values.length} differ, the first is number ${first.index}`;
  return [
    `${where}\n${smaller ?? first.text}`,
    ...found.slice(1, 4).map(({ index, text }) => `number ${index}: ${text}`),
  ];
}

async function smallest<T>(arbitrary: fc.Arbitrary<T>, index: number, options: Search<T>): Promise<string | undefined> {
  let text: string | undefined;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    const differs = await options.differs(value);
    if (differs === undefined) return;
    text = `${differs}\nin ${JSON.stringify(value, null, 1)}`;
    throw new Error(differs);
  });
  const limit = { interruptAfterTimeLimit: options.shrinkMs ?? 30_000, markInterruptAsFailure: false };
  await fc.check(property, { seed: SEED, path: String(index), numRuns: 1, ...limit });
  return text;
}
