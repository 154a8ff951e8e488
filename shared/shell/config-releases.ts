import { checkDelivery } from "../core/delivery/check.ts";
import { checkFlags } from "../core/delivery/flags/check.ts";
import type { HeadgateConfig } from "./config-schema.ts";

/** What the schema cannot see and would not work, or is probably not meant. */
interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** A warning. */
  readonly works?: true;
  /** It is told of the key, without a value. */
  readonly atKey?: boolean;
}

/** Checks the meaning of some sections, whose form is right. */
export type MeaningCheck = (config: HeadgateConfig) => readonly Finding[];

/** The meaning of `delivery` and `flags`, whose form is right, in the order of the file. */
export const checkReleases: MeaningCheck = ({ services, traffic = {}, delivery = {}, flags = {} }) => [
  ...Object.entries(delivery).flatMap(([name, section]) => {
    const service = Object.hasOwn(services, name) ? services[name] : undefined;
    const weights = Object.hasOwn(traffic, name) && traffic[name]?.weights !== undefined;
    const facts = { known: service !== undefined, ecs: service?.ecs !== undefined, weights };
    return checkDelivery(section, facts).map((found) => ({
      ...found,
      path: ["delivery", name, ...found.path],
      atKey: found.works === true,
    }));
  }),
  ...checkFlags(flags).map((found) => ({ ...found, path: ["flags", ...found.path] })),
];
