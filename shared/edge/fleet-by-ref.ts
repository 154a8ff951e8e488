import type { Fleet, FleetStatus, InstanceSize, ServiceRef } from "../core/ports/fleet.ts";

/**
 * One fleet of two: services whose reference names an application of Managed Flink are the second one's, all others the first one's. The second is
 * made when one of its services is first asked for. What one of them cannot tell does not hide the other.
 */
export function fleetByRef(
  main: Fleet,
  managedFlink: () => Promise<Fleet>,
  warn: (message: string) => void = () => {},
): Fleet {
  const split = (refs: readonly ServiceRef[]) => ({
    managed: refs.filter((ref) => ref.managedFlink),
    others: refs.filter((ref) => !ref.managedFlink),
  });
  const ofBoth = async <T>(
    refs: readonly ServiceRef[],
    ask: (fleet: Fleet, refs: readonly ServiceRef[]) => Promise<ReadonlyMap<string, T>>,
  ): Promise<ReadonlyMap<string, T>> => {
    const { managed, others } = split(refs);
    if (managed.length === 0) return ask(main, others);
    const second = async () => ask(await managedFlink(), managed);
    if (others.length === 0) return second();
    const [first, last] = await Promise.allSettled([ask(main, others), second()]);
    const both = [first, last].flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = [first, last].flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    if (both.length === 0) throw failed[0];
    for (const error of failed) warn(error instanceof Error ? error.message : String(error));
    return new Map(both.flatMap((one) => [...one]));
  };
  return {
    describe: (refs) => ofBoth<FleetStatus>(refs, (fleet, some) => fleet.describe(some)),
    sizes: (refs) => ofBoth<InstanceSize>(refs, async (fleet, some) => (await fleet.sizes?.(some)) ?? new Map()),
    setDesired: async (ref, request) => (ref.managedFlink ? await managedFlink() : main).setDesired(ref, request),
  };
}
