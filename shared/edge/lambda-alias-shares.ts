import type { AliasConfiguration } from "@aws-sdk/client-lambda";
import type { ObservedWeights, SetWeights, WeightsTarget } from "../core/ports/weights.ts";

export type LambdaTarget = NonNullable<WeightsTarget["lambda"]>;

/** Share 0..1 of each published version behind an alias: the primary one has what the additional one leaves. */
function sharesOf({ FunctionVersion, RoutingConfig }: AliasConfiguration): ReadonlyMap<string, number> {
  const additional = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {}).filter(([, weight]) => weight > 0);
  const left = 1 - additional.reduce((sum, [, weight]) => sum + weight, 0);
  return new Map([...(FunctionVersion && left > 0 ? [[FunctionVersion, left] as const] : []), ...additional]);
}

/** Whole parts: of 100 where they are whole so, else of 10,000. What has something never has none. */
function partsOf(share: number, of: number): number {
  return share > 0 ? Math.max(1, Math.round(share * of)) : 0;
}

const isWhole = (share: number) => Math.abs(share * 100 - Math.round(share * 100)) < 1e-6;

/** What an alias serves, by the names the target gives the published versions. */
export function observedOf(alias: AliasConfiguration, { versions }: LambdaTarget): ObservedWeights {
  const shares = sharesOf(alias);
  const of = [...shares.values()].every(isWhole) ? 100 : 10_000;
  const weights = Object.fromEntries(
    Object.entries(versions).map(([name, published]) => [name, partsOf(shares.get(published) ?? 0, of)]),
  );
  const named = new Set(Object.values(versions));
  const others = [...shares].filter(([published]) => !named.has(published));
  return { weights, others: others.reduce((sum, [, share]) => sum + partsOf(share, of), 0) };
}

/** Why the request makes no sense for an alias, before anything is asked. */
export function faultOf({ versions }: LambdaTarget, { weights }: SetWeights): string | undefined {
  for (const [name, published] of Object.entries(versions))
    if (!/^[1-9]\d*$/.test(published))
      return `version ${name} is ${published}: an alias divides between published versions (a number), never $LATEST, which changes under it`;
  if (new Set(Object.values(versions)).size < Object.keys(versions).length)
    return "two versions are the same published version";
  for (const [name, weight] of Object.entries(weights)) {
    if (!Object.hasOwn(versions, name)) return `version ${name} has no published version`;
    if (!Number.isInteger(weight) || weight < 0 || weight > 999)
      return `${weight} is no weight of version ${name} (0 to 999, whole)`;
  }
  const served = Object.values(weights).filter((weight) => weight > 0).length;
  if (served === 0) return "no version would get anything";
  return served > 2 ? `an alias divides between two published versions at most, not ${served}` : undefined;
}

/** Primary version and what the additional one gets; the primary stays while it has anything, so that as little as possible changes. */
export function routingOf(
  { versions }: LambdaTarget,
  weights: SetWeights["weights"],
  primary: string | undefined,
): { readonly FunctionVersion: string; readonly RoutingConfig: { AdditionalVersionWeights: Record<string, number> } } {
  const served = Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([name, weight]) => ({ published: versions[name] ?? "", weight }))
    .sort((a, b) => Number(b.published === primary) - Number(a.published === primary) || b.weight - a.weight);
  const all = served.reduce((sum, { weight }) => sum + weight, 0);
  const [first, second] = served;
  return {
    FunctionVersion: first?.published ?? "",
    // An empty map is what takes an additional version away; one that is left out changes nothing.
    RoutingConfig: {
      AdditionalVersionWeights: second ? { [second.published]: Number((second.weight / all).toFixed(6)) } : {},
    },
  };
}
