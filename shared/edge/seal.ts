import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Sealed } from "../core/backup/format/types.ts";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { AwsClients } from "./aws-clients.ts";
import { readKeyFile } from "./key-file.ts";
import { boxUp, unbox } from "./seal-box.ts";
import { fileKeyring, type Keyring, kmsKeyring, type SealScope } from "./seal-keys.ts";

export type { SealScope } from "./seal-keys.ts";

/** What a sealed value is: it opens as this and nothing else, so that two of them cannot change places. */
export interface SealName extends SealScope {
  readonly kind: string;
  readonly name: string;
}

/** Seals and opens for one key. */
export interface Sealer {
  /** "file:<fingerprint>" or the ARN of a KMS key. */
  readonly key: string;
  /** Told once: others can read the key file. */
  readonly warnings: readonly string[];
  /** One random data key for all values of a restore point that this sealer seals, a nonce for each. */
  seal(plain: string | Uint8Array, name: SealName): Promise<Sealed>;
  /** @throws HeadgateError `backup.key`, `backup.damaged` */
  open(sealed: Sealed, name: SealName): Promise<Uint8Array>;
  /** Of a value, to see whether it changed; tells nobody without the key what it is. 64 hex digits. */
  digest(plain: string | Uint8Array, sealed: Sealed): string;
}

const bytesOf = (plain: string | Uint8Array): Uint8Array =>
  typeof plain === "string" ? new TextEncoder().encode(plain) : plain;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const unbase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const boundTo = ({ plan, point, kind, name }: SealName): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(["headgate-sealed", plan, point, kind, name]));

/** Data keys are kept while a point is worked on; more than a few are never in use at once. */
const MOST_KEPT = 64;

export function sealer(keys: Keyring, warnings: readonly string[] = []): Sealer {
  const fresh = new Map<string, ReturnType<Keyring["fresh"]>>();
  const opened = new Map<string, Promise<Uint8Array>>();
  const once = <T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known) return known;
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value as string);
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    return made;
  };
  return {
    key: keys.id,
    warnings,
    seal: async (plain, name) => {
      const scope = { plan: name.plan, point: name.point };
      const data = await once(fresh, JSON.stringify(scope), () => keys.fresh(scope));
      const { nonce, tag, text } = boxUp(data.plain, bytesOf(plain), boundTo(name));
      return {
        algorithm: "AES-256-GCM",
        ...{ key: keys.id, wrapped: data.wrapped },
        ...{ nonce: base64(nonce), tag: base64(tag), text: base64(text) },
      };
    },
    open: async (sealed, name) => {
      const scope = { plan: name.plan, point: name.point };
      if (sealed.algorithm !== "AES-256-GCM")
        throw new HeadgateError("backup.version", `${name.name} is sealed with ${String(sealed.algorithm)}`);
      const data = await once(opened, JSON.stringify([sealed.key, sealed.wrapped, scope]), () =>
        keys.open(sealed.key, sealed.wrapped, scope),
      );
      const box = { nonce: unbase64(sealed.nonce), tag: unbase64(sealed.tag), text: unbase64(sealed.text) };
      const plain = unbox(data, box, boundTo(name));
      if (!plain)
        throw new HeadgateError("backup.damaged", `${name.kind} ${name.name} is not what was sealed under that name`);
      return plain;
    },
    digest: (plain, sealed) => keys.digest?.(bytesOf(plain)) ?? createHash("sha256").update(sealed.text).digest("hex"),
  };
}

export interface SealerDeps {
  /** Folder of the configuration file. */
  readonly baseDir: string;
  readonly clients: Pick<AwsClients, "kms">;
}

/**
 * The sealer for a plan's `key`: `file:path` of a key file, or the ARN of a KMS key.
 *
 * @throws HeadgateError `backup.key`
 */
export async function openSealer(key: string, { baseDir, clients }: SealerDeps): Promise<Sealer> {
  if (key.startsWith("arn:")) return sealer(kmsKeyring(key, clients));
  const path = resolve(baseDir, key.replace(/^file:/, ""));
  const { keys, warnings } = await readKeyFile(path);
  return sealer(fileKeyring(keys), warnings);
}
