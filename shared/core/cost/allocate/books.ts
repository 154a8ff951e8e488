import type { Day } from "../day.ts";
import { add, type Decimal, isZero, toNumber, ZERO } from "../decimal.ts";
import type { AllocationConfig } from "../section.ts";
import { deal, type Purse, purse } from "./deal.ts";

/** What a tenant has, over all days. */
export interface Held {
  /** Of its own. */
  readonly direct: Decimal;
  /** Dealt out to it of what is everybody's, and of what nobody used. */
  readonly shared: Decimal;
  readonly idle: Decimal;
  readonly total: Decimal;
}

export interface Books {
  /** Where the money of an owner stands; `undefined`: of nobody. */
  indexOf(owner: string | undefined): number;
  readonly special: Readonly<Record<"shared" | "idle" | "unallocated", number>>;
  on(day: Day): Purse;
  put(day: Day, at: number, amount: Decimal): void;
  close(config: Pick<AllocationConfig, "shared" | "idle">): Closed;
}

export interface Closed {
  /** By tenant; `undefined` has what no rule names anybody for. */
  readonly held: ReadonlyMap<string | undefined, Held>;
  /** Not dealt out, by choice or because there was nobody to deal it to. */
  readonly shared: Decimal;
  readonly idle: Decimal;
  readonly unallocated: Decimal;
  /** What a tenant has of each day. */
  ofDay(tenant: string | undefined, day: Day): Decimal;
}

/** The accounts of all tenants, day by day: what comes to them as their own, then what is everybody's. `tenants` are all there will be. */
export function books(tenants: readonly string[]): Books {
  const at = new Map<string | undefined, number>(tenants.map((tenant, index) => [tenant, index]));
  const nobody = tenants.length;
  at.set(undefined, nobody);
  const special = { shared: nobody + 1, idle: nobody + 2, unallocated: nobody + 3 };
  const size = nobody + 4;
  const days = new Map<Day, Purse>();
  const on = (day: Day): Purse => {
    let one = days.get(day);
    if (one === undefined) days.set(day, (one = purse(size)));
    return one;
  };

  return {
    special,
    on,
    indexOf: (owner) => at.get(owner) ?? nobody,
    put: (day, index, amount) => on(day).rest(index, amount),
    close: ({ shared, idle }) => {
      const given = new Map<Day, { readonly shared: readonly Decimal[]; readonly idle: readonly Decimal[] }>();
      const direct = new Array<Decimal>(nobody + 1).fill(ZERO);
      const more = { shared: [...direct], idle: [...direct] };
      const kept = { shared: ZERO, idle: ZERO, unallocated: ZERO };
      const own = new Map<Day, readonly Decimal[]>();
      for (const [day, one] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const has = direct.map((_, index) => one.of(index));
        own.set(day, has);
        for (const [index, amount] of has.entries()) direct[index] = add(direct[index] as Decimal, amount);
        const dealt = (kind: "shared" | "idle", how: typeof shared): readonly Decimal[] => {
          const amount = one.of(special[kind]);
          if (isZero(amount)) return [];
          const shares = how === "keep" ? undefined : deal(amount, weightsOf(has, how, nobody));
          if (!shares) {
            kept[kind] = add(kept[kind], amount);
            return [];
          }
          const purseOf = purse(nobody + 1);
          for (const [index, units] of shares.units.entries()) purseOf.add(index, units);
          purseOf.rest(shares.restTo, shares.rest);
          return has.map((_, index) => {
            const share = purseOf.of(index);
            more[kind][index] = add(more[kind][index] as Decimal, share);
            return share;
          });
        };
        given.set(day, { shared: dealt("shared", shared), idle: dealt("idle", idle) });
        kept.unallocated = add(kept.unallocated, one.of(special.unallocated));
      }
      const held = (index: number): Held => {
        const parts = {
          direct: direct[index] ?? ZERO,
          shared: more.shared[index] ?? ZERO,
          idle: more.idle[index] ?? ZERO,
        };
        return { ...parts, total: add(add(parts.direct, parts.shared), parts.idle) };
      };
      return {
        ...kept,
        held: new Map([...at].map(([tenant, index]) => [tenant, held(index)])),
        ofDay: (tenant, day) => {
          const index = at.get(tenant);
          if (index === undefined) return ZERO;
          const extra = given.get(day);
          const all = [own.get(day)?.[index], extra?.shared[index], extra?.idle[index]];
          return all.reduce<Decimal>((sum, one) => (one ? add(sum, one) : sum), ZERO);
        },
      };
    },
  };
}

/** `proportional`: by what each already has that day (nobody's things bear their part, credits bear none); `even`: to every tenant alike. */
function weightsOf(has: readonly Decimal[], how: "proportional" | "even", nobody: number): readonly number[] {
  if (how === "even") return has.map((_, index) => (index < nobody ? 1 : 0));
  return has.map((amount) => (amount.units > 0n ? toNumber(amount) : 0));
}
