import type { Field } from "./field.ts";

/** Draws members by weight in constant time (Walker's alias method as Vose builds it, 1991). */
export interface WeightedDraw {
  refresh(): void;
  /** A host index; the field must have members. */
  draw(): number;
}

export function weightedDraw(field: Field): WeightedDraw {
  const { members, weights, random } = field;
  const keep = new Float64Array(members.length);
  const alias = new Int32Array(members.length);
  const refresh = () => {
    if (!field.equal) buildAlias(field, keep, alias);
  };
  refresh();
  return {
    refresh,
    draw() {
      const at = random.next() * field.count;
      const place = Math.floor(at);
      if (field.equal) return members[place] as number;
      // The fraction is as even as the draw itself.
      return members[at - place < (keep[place] as number) ? place : (alias[place] as number)] as number;
    },
  };

  function buildAlias(field: Field, keep: Float64Array, alias: Int32Array): void {
    const { count } = field;
    let sum = 0;
    for (let place = 0; place < count; place += 1) sum += weights[members[place] as number] as number;
    const small: number[] = [];
    const large: number[] = [];
    for (let place = 0; place < count; place += 1) {
      keep[place] = ((weights[members[place] as number] as number) / sum) * count;
      ((keep[place] as number) < 1 ? small : large).push(place);
    }
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop() as number;
      const rich = large[large.length - 1] as number;
      alias[poor] = rich;
      keep[rich] = (keep[rich] as number) - (1 - (keep[poor] as number));
      if ((keep[rich] as number) < 1) small.push(large.pop() as number);
    }
    // What rounding left over is full.
    for (const place of [...small, ...large]) keep[place] = 1;
  }
}
