import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { type Json, sameJson } from "../../shared/core/kernel/json.ts";
import { conflictOf } from "../../shared/core/traffic/registry.ts";
import type { Registration } from "../../shared/core/traffic/types.ts";
import { isCircuitName } from "../../shared/shell/breakers-name.ts";
import { type ServiceSettings, staticBackends } from "./service-traffic.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Ids name circuits and records, and hosts are connected to: what no store or resolver can take is not let in. */
export function usable(service: string, given: readonly Registration[]): void {
  const faults: Fault[] = [];
  for (const [index, { id, host }] of given.entries()) {
    if (!isCircuitName(`${service}/${id}`) || CONTROL.test(id))
      faults.push({ path: `backends.${index}.id`, message: "is not usable as a name", value: id.toWellFormed() });
    if (!host.isWellFormed() || CONTROL.test(host))
      faults.push({ path: `backends.${index}.host`, message: "host name or address", value: host.toWellFormed() });
  }
  const [first] = faults;
  if (first) throw new HeadgateError("input.invalid", `body: ${first.path} ${first.message}`, { faults });
}

/** Each id once. One that is named twice alike is named once; otherwise it is in conflict with itself, or with the file. */
export function unique(given: readonly Registration[], settings: ServiceSettings): readonly Registration[] {
  const byId = new Map<string, Registration>();
  const inFile = new Map(staticBackends(settings).map((one) => [one.id, one]));
  const faults: Fault[] = [];
  for (const [index, one] of given.entries()) {
    const twice = byId.get(one.id);
    const fault = (message: string) => faults.push({ path: `backends.${index}`, message, value: one.id });
    if (twice && !sameJson(twice as unknown as Json, one as unknown as Json)) fault("is named twice, differently");
    else if (inFile.has(one.id)) fault("it stands in the configuration file");
    byId.set(one.id, one);
  }
  refuse(faults);
  return [...byId.values()];
}

/** Why a backend cannot be written over the one that is there. */
export function faultOf(known: Registration | undefined, next: Registration): Fault | undefined {
  const why = conflictOf(known, next);
  return why === undefined ? undefined : { path: next.id, message: why, value: next.id };
}

/** @throws HeadgateError `backend.conflict` where there are faults */
export function refuse(faults: readonly Fault[]): void {
  const [first] = faults;
  if (!first) return;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : "";
  throw new HeadgateError("backend.conflict", `backend ${first.value}: ${first.message}${more}`, { faults });
}
