import * as v from "valibot";
import { ManifestSchema } from "../../shared/core/backup/format/schema.ts";
import type { Manifest } from "../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import { sha256 } from "./documents.ts";

/** The member that carries the hash of all others. */
const SEAL = "sha256";

/**
 * The one text a manifest has at every destination: canonical JSON (RFC 8785 order) with a member `sha256`, the hash of the same text without it. So no byte of
 * it can change and go unseen, also of a point that no younger one needs.
 */
export const sealManifest = (manifest: Manifest): string => sealed(manifest);

/** Any paper that nobody else keeps the hash of, in the same way. */
export function sealed(paper: object): string {
  const { [SEAL]: _, ...rest } = paper as { readonly [key: string]: Json };
  return canonical({ ...rest, [SEAL]: sha256(canonical(rest)) });
}

/** Whether it is byte for byte what {@link sealed} wrote. */
export function isSealed(bytes: Uint8Array): boolean {
  try {
    const found = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return sealed(JSON.parse(found) as object) === found;
  } catch {
    return false;
  }
}

export interface OpenManifest {
  readonly manifest: Manifest;
  /** Of its bytes, as `needs` of later points say it. */
  readonly sha256: string;
}

/**
 * Reads a manifest strictly: what is not byte for byte what {@link sealManifest} writes is damaged.
 *
 * @param where key and place, for the message
 * @throws HeadgateError `backup.damaged`, `backup.version` where a newer program wrote it
 */
export function openManifest(
  bytes: Uint8Array,
  where: string,
  expected: { readonly plan: string; readonly id: string },
): OpenManifest {
  const damaged = (why: string) => new HeadgateError("backup.damaged", `${where} ${why}`);
  let found: string;
  let value: unknown;
  try {
    found = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(found);
  } catch (error) {
    throw damaged(`is no manifest: ${(error as Error).message}`);
  }
  const { format, version } = (value ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (format === "headgate-backup" && typeof version === "number" && version > 1)
    throw new HeadgateError(
      "backup.version",
      `${where} is of version ${version}; this program reads version 1: use the newer one that wrote it`,
    );
  const parsed = v.safeParse(ManifestSchema, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(`is no manifest: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  if (sealManifest(value as Manifest) !== found)
    throw damaged("was changed after it was written: its own hash does not fit");
  const manifest = value as Manifest;
  if (manifest.id !== expected.id || manifest.plan !== expected.plan)
    throw damaged(`belongs to another point: ${manifest.plan} ${manifest.id}`);
  return { manifest, sha256: sha256(bytes) };
}
