import type { Gap, SchemasPart } from "../../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Registry } from "../../../shared/edge/schema-registry.ts";
import { bounded } from "../../bounded.ts";
import { AT_ONCE, openRegistry } from "./open-registry.ts";

import type { PartContext, PartStep } from "./types.ts";
import "../../shared-parts.ts";
import "../../shared-parts.ts";

type Subject = SchemasPart["subjects"][number];

/** Reads a registry: every subject that is not deleted, with all its versions. */
export async function stepSchemas(context: PartContext): Promise<PartStep<"schemas">> {
  const settings = context.cluster?.registry;
  try {
    const registry = await openRegistry(context, settings);
    if (!registry || !settings) return { status: "failed", why: "the cluster names no schema registry" };
    const [compatibility, names] = await Promise.all([registry.compatibility(), registry.subjects()]);
    const read = await bounded(names, AT_ONCE, (name) => readSubject(registry, name));
    const gaps = read.flatMap((one): readonly Gap[] =>
      "why" in one ? [{ kind: "unread", part: "schemas", why: one.why }] : [],
    );
    const subjects = read.flatMap((one) => ("subject" in one && one.versions.length > 0 ? [one] : []));
    const part = { url: shownUrl(settings.url), ...(compatibility === undefined ? {} : { compatibility }), subjects };
    return { status: "done", part, objects: [], warnings: [], gaps };
  } catch (error) {
    return {
      status: "failed",
      why: `schemas are not in this point: ${error instanceof Error ? error.message : error}`,
    };
  }
}

/** An address as it may be stored: without a password in it. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = shown.password = "";
  return shown.href.replace(/\/+$/, "");
}

async function readSubject(registry: Registry, subject: string): Promise<Subject | { readonly why: string }> {
  try {
    const [compatibility, numbers] = await Promise.all([registry.compatibility(subject), registry.versions(subject)]);
    const versions = await bounded(numbers, 2, (version) => registry.schema(subject, version));
    return {
      subject,
      ...(compatibility === undefined ? {} : { compatibility }),
      versions: versions.flatMap((one) => one ?? []),
    };
  } catch (error) {
    // Of one subject; where nobody answers any more the whole part is not to be had.
    if (error instanceof HeadgateError && error.retryable) throw error;
    return { why: `subject ${subject} could not be read: ${error instanceof Error ? error.message : error}` };
  }
}
