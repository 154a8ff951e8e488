import { createWriteStream } from "node:fs";
import { glob, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type ExportFile,
  type ExportUnit,
  exportUnits,
  isBill,
  isManifest,
  manifestFiles,
} from "../../shared/core/cost/sources/export-layout.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { awsErrorName, awsErrorStatus } from "../../shared/edge/aws-errors.ts";
import { readObject } from "../../shared/edge/objects-tree.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";

/** A place where exports lie: a file, a folder, a pattern, or a prefix of a bucket. */
export interface BillFolder {
  readonly units: () => Promise<readonly ExportUnit[]>;
  /** Gives `work` a path of this machine for one of its files; what was fetched for it is gone afterwards. */
  readonly read: <Result>(file: ExportFile, work: (path: string) => Promise<Result>) => Promise<Result>;
  /** Of a file, for people. */
  readonly address: (file: ExportFile) => string;
}

export interface BillFolderDeps {
  readonly baseDir: string;
  readonly s3: AwsClients["s3"];
  readonly region?: string;
}

/** A manifest is a few kilobytes. */
const MOST_MANIFEST = 16 * 1024 * 1024;

export const openBillFolder = (address: string, deps: BillFolderDeps): BillFolder =>
  address.startsWith("s3://") ? bucketFolder(address, deps) : localFolder(address, deps.baseDir);

const code = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** @throws HeadgateError `bills.denied` where it may not be read, `bills.unavailable` */
function told(what: string, error: unknown): HeadgateError {
  if (error instanceof HeadgateError && error.code !== "objects.unavailable") return error;
  const cause = error instanceof HeadgateError ? error.cause : error;
  if (["EACCES", "EPERM"].includes(code(cause) ?? ""))
    return new HeadgateError("bills.denied", `${what} may not be read (${code(cause)})`, { cause: error });
  const status = awsErrorStatus(cause);
  if (status === 403 || status === 401 || awsErrorName(cause) === "CredentialsProviderError") {
    const needed = "needed are s3:ListBucket and s3:GetObject, and kms:Decrypt where the bucket is encrypted";
    return new HeadgateError("bills.denied", `${what} may not be read: ${(error as Error).message} (${needed})`, {
      cause: error,
    });
  }
  return new HeadgateError("bills.unavailable", `${what} cannot be read: ${(error as Error).message}`, {
    cause: error,
    retryable: error instanceof HeadgateError && error.retryable,
  });
}

function localFolder(address: string, baseDir: string): BillFolder {
  const path = resolve(baseDir, address.startsWith("~/") ? join(homedir(), address.slice(2)) : address);
  const root = async (): Promise<{ readonly base: string; readonly names: readonly string[] }> => {
    const info = await stat(path).catch((error: unknown) => {
      if (["ENOENT", "ENOTDIR"].includes(code(error) ?? "")) return undefined;
      throw error;
    });
    if (info?.isFile()) return { base: dirname(path), names: [basename(path)] };
    if (info) {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const names = entries.flatMap((one) =>
        one.isFile() ? [join(one.parentPath, one.name).slice(path.length + 1)] : [],
      );
      return { base: path, names: names.map((name) => name.split(sep).join("/")) };
    }
    if (!/[*?[{]/.test(path))
      throw new HeadgateError("bills.unavailable", `${address} does not exist (seen from ${baseDir})`);
    const found: string[] = [];
    for await (const one of glob(path)) if ((await stat(one)).isFile()) found.push(one);
    return { base: "", names: found };
  };
  let base = "";
  const full = (name: string): string => (base === "" ? name : join(base, name));
  return {
    units: async () => {
      try {
        const { base: at, names } = await root();
        base = at;
        const single = names.length === 1 && at === dirname(path);
        const files: ExportFile[] = [];
        const listed = new Map<string, readonly string[]>();
        for (const name of names) {
          if (!single && !isBill(base === "" ? basename(name) : name) && !isManifest(name)) continue;
          const { size, mtimeMs } = await stat(full(name));
          const modifiedAt = Math.floor(mtimeMs);
          files.push({ path: name, size, modifiedAt, mark: `${size}/${modifiedAt}` });
          if (isManifest(name) && size <= MOST_MANIFEST) {
            const all = manifestFiles(await readFile(full(name), "utf8"));
            if (all) listed.set(name, all);
          }
        }
        // A file that is named is a bill, whatever it is called.
        const [one] = files;
        if (single && one) return [{ name: one.path, files: [one], modifiedAt: one.modifiedAt }];
        return exportUnits(files, listed);
      } catch (error) {
        throw told(address, error);
      }
    },
    read: (file, work) => work(full(file.path)),
    address: (file) => (base === "" ? file.path : join(address, base === dirname(path) ? "" : file.path)),
  };
}

/** @throws HeadgateError `config.invalid` where it is no address of a bucket */
export function parseS3(address: string): { readonly bucket: string; readonly prefix: string } {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address);
  if (!match)
    throw new HeadgateError("config.invalid", `${address} is no place in a bucket; allowed is s3://bucket/prefix`);
  return { bucket: match[1] ?? "", prefix: match[2] ?? "" };
}

function bucketFolder(address: string, deps: BillFolderDeps): BillFolder {
  const { bucket, prefix } = parseS3(address);
  const objects = s3Objects({ client: deps.s3, bucket, ...(deps.region === undefined ? {} : { region: deps.region }) });
  return {
    units: async () => {
      try {
        const files: ExportFile[] = [];
        const listed = new Map<string, readonly string[]>();
        let cursor: string | undefined;
        do {
          const page = await objects.list(prefix, cursor === undefined ? {} : { cursor });
          for (const { key, size, modifiedAt, etag } of page.items) {
            // "bills" is the folder and not also "bills-of-others"; a key may also be meant as a whole.
            const inside = prefix === "" || prefix.endsWith("/") || key === prefix || key.startsWith(`${prefix}/`);
            if (!inside || size === 0) continue;
            if (!isBill(key.slice(prefix.length)) && !isManifest(key) && key !== prefix) continue;
            files.push({ path: key, size, modifiedAt, mark: etag });
            if (isManifest(key) && size <= MOST_MANIFEST) {
              const all = manifestFiles(new TextDecoder().decode((await objects.get(key)) ?? new Uint8Array()));
              if (all) listed.set(key, all);
            }
          }
          cursor = page.cursor;
        } while (cursor !== undefined);
        return exportUnits(files, listed);
      } catch (error) {
        throw told(address, error);
      }
    },
    read: async (file, work) => {
      const folder = await mkdtemp(join(tmpdir(), "headgate-bill-"));
      const path = join(folder, basename(file.path));
      try {
        try {
          await pipeline(Readable.from(readObject(objects, file.path, file.size)), createWriteStream(path));
        } catch (error) {
          throw told(`s3://${bucket}/${file.path}`, error);
        }
        return await work(path);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    address: (file) => `s3://${bucket}/${file.path}`,
  };
}
