/** A least-squares fit: coefficients and the inverse of XᵀX. Undefined where columns are not independent. */
export interface Solved {
  readonly beta: readonly number[];
  readonly inverse: readonly (readonly number[])[];
}

/** Columns are as good as dependent where a pivot is this share of its column's own size. */
const DEPENDENT = 1e-9;

/** Normal equations by Cholesky's decomposition; columns are scaled to length one before. */
export function solve(x: readonly (readonly number[])[], y: readonly number[]): Solved | undefined {
  const width = x[0]?.length ?? 0;
  if (width === 0 || x.length <= width) return undefined;
  const scale = Array.from({ length: width }, (_, column) =>
    Math.sqrt(x.reduce((sum, row) => sum + (row[column] as number) ** 2, 0)),
  );
  if (scale.some((one) => !(one > 0))) return undefined;
  const a = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const b = new Array<number>(width).fill(0);
  x.forEach((row, at) => {
    for (let i = 0; i < width; i += 1) {
      const value = (row[i] as number) / (scale[i] as number);
      if (value === 0) continue;
      b[i] = (b[i] as number) + value * (y[at] as number);
      const into = a[i] as number[];
      for (let j = 0; j <= i; j += 1)
        into[j] = (into[j] as number) + (value * (row[j] as number)) / (scale[j] as number);
    }
  });
  const l = a;
  for (let i = 0; i < width; i += 1) {
    const row = l[i] as number[];
    for (let j = 0; j <= i; j += 1) {
      const other = l[j] as number[];
      let sum = row[j] as number;
      for (let k = 0; k < j; k += 1) sum -= (row[k] as number) * (other[k] as number);
      if (i === j) {
        if (sum < DEPENDENT) return undefined;
        row[i] = Math.sqrt(sum);
      } else row[j] = sum / (other[j] as number);
    }
  }
  const back = (right: readonly number[]): number[] => {
    const z = [...right];
    for (let i = 0; i < width; i += 1) {
      for (let k = 0; k < i; k += 1) z[i] = (z[i] as number) - ((l[i] as number[])[k] as number) * (z[k] as number);
      z[i] = (z[i] as number) / ((l[i] as number[])[i] as number);
    }
    for (let i = width - 1; i >= 0; i -= 1) {
      for (let k = i + 1; k < width; k += 1)
        z[i] = (z[i] as number) - ((l[k] as number[])[i] as number) * (z[k] as number);
      z[i] = (z[i] as number) / ((l[i] as number[])[i] as number);
    }
    return z;
  };
  const beta = back(b).map((value, i) => value / (scale[i] as number));
  const inverse = scale.map((own, i) =>
    back(scale.map((_, j) => (i === j ? 1 : 0))).map((value, j) => value / own / (scale[j] as number)),
  );
  return { beta, inverse };
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);

/** gᵀ M g */
export const spread = (g: readonly number[], m: readonly (readonly number[])[]): number =>
  g.reduce((sum, value, at) => (value === 0 ? sum : sum + value * dot(m[at] as readonly number[], g)), 0);
