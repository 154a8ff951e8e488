import { createHash } from "node:crypto";
import type { ConfigPart } from "../../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { AwsClients } from "../../../shared/edge/aws-clients.ts";
import { putParameter, putSecret, type SecretValue } from "../../../shared/edge/aws-put-back.ts";
import { writeInto } from "../../../shared/edge/folder-write.ts";
import type { Sealer } from "../../../shared/edge/seal.ts";

type Item = ConfigPart["items"][number];

export interface RestoreConfigOptions {
  readonly plan: string;
  readonly point: string;
  /** Absent: what is sealed is listed only. */
  readonly sealer?: Sealer;
  /** Items that are restored; default all. */
  readonly wanted?: (item: Pick<Item, "kind" | "name">) => boolean;
  /** Items are written as files below this folder, readable by their owner only. Absent: nothing is written. */
  readonly folder?: string;
  /** Parameters and secrets are put back where they came from. Only on somebody's word. */
  readonly putBack?: Pick<AwsClients, "ssm" | "secrets">;
}

/** What was, or would be, done with one item. */
export interface ConfigRestored {
  readonly kind: string;
  readonly name: string;
  /** `sealed`: no key was given. `listed`: nothing was asked for but to say that it is there. */
  readonly status: "written" | "present" | "put_back" | "listed" | "sealed" | "failed";
  /** Below the folder. */
  readonly path?: string;
  readonly why?: string;
}

/**
 * Goes through the configuration of a restore point; with a folder and nothing else it touches nothing outside of it. One item that fails does not keep back the
 * others.
 *
 * @throws HeadgateError `backup.key` with another key than the one it was sealed with
 */
export async function restoreConfig(
  part: ConfigPart,
  options: RestoreConfigOptions,
): Promise<readonly ConfigRestored[]> {
  const { sealer, wanted = () => true, folder, putBack } = options;
  const done: ConfigRestored[] = [];
  for (const item of part.items.filter(wanted)) {
    const { kind, name } = item;
    const of = { kind, name };
    if (item.sealed && !sealer) {
      done.push({ ...of, status: "sealed", why: `it is sealed with ${item.sealed.key}, and no key was given` });
      continue;
    }
    if (folder === undefined && putBack === undefined) {
      done.push({ ...of, status: "listed" });
      continue;
    }
    try {
      const plain = await contentOf(item, options);
      if (putBack && (kind === "ssm" || kind === "secret")) {
        await put(putBack, kind, name, plain);
        done.push({ ...of, status: "put_back" });
      } else if (folder !== undefined) {
        const path = fileOf(of);
        const made = await writeInto(folder, path, identity(plain), () => once(plain), 0o600);
        done.push({ ...of, status: made ? "written" : "present", path });
      } else done.push({ ...of, status: "listed" });
    } catch (error) {
      if (error instanceof HeadgateError && error.code === "backup.key") throw error;
      done.push({ ...of, status: "failed", why: error instanceof Error ? error.message : String(error) });
    }
  }
  return done;
}

/** What an item says. @throws HeadgateError `backup.key`, `backup.damaged` */
export async function contentOf(
  item: Item,
  { plan, point, sealer }: Pick<RestoreConfigOptions, "plan" | "point" | "sealer">,
): Promise<Uint8Array> {
  const { kind, name, sealed, text } = item;
  if (!sealed) return new TextEncoder().encode(text ?? "");
  if (!sealer)
    throw new HeadgateError("backup.key", `${kind} ${name} is sealed with ${sealed.key}, and no key was given`);
  return sealer.open(sealed, { plan, point, kind, name });
}

const FOLDERS: Readonly<Record<string, string>> = { file: "files" };

/** "ssm/app/db.json": kind, then the parts of the name with what a file system may not like replaced. */
function fileOf({ kind, name }: Pick<Item, "kind" | "name">): string {
  const parts = name.split(/[/\\]+/).filter((part) => part !== "" && part !== ".");
  const safe = parts.map((part) => (part === ".." ? "_" : part.replace(/[^\w.@+=-]/g, "_")));
  const ending = kind === "headgate" || kind === "file" ? "" : ".json";
  return `${FOLDERS[kind] ?? kind}/${safe.join("/") || "_"}${ending}`;
}

const identity = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function put(
  clients: NonNullable<RestoreConfigOptions["putBack"]>,
  kind: "ssm" | "secret",
  name: string,
  plain: Uint8Array,
) {
  const value: unknown = JSON.parse(new TextDecoder().decode(plain));
  if (kind === "secret") return putSecret(clients.secrets, name, value as SecretValue);
  return putParameter(clients.ssm, name, value as Parameters<typeof putParameter>[2]);
}
