import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { HeadgateError } from "../core/kernel/errors.ts";
import { MINUTE_MS } from "../core/kernel/time.ts";
import type { Http } from "./http-client.ts";

/** Writing a snapshot is mostly making links, and the head's samples once. */
const TIMEOUT_MS = 2 * MINUTE_MS;
const MAX_BYTES = 65_536;
/** "20261123T073000Z-3f2a…": a name that leads out of the folder is none. */
const NAME = /^[A-Za-z0-9][\w.-]{0,200}$/;

export const snapshotFolder = (data: string, name: string): string => join(data, "snapshots", name);

/**
 * `POST /api/v1/admin/tsdb/snapshot`; resolves to the snapshot's name.
 *
 * @throws HeadgateError `query.unavailable` with what to do about it
 */
export async function takeSnapshot(http: Http, prometheus: string): Promise<string> {
  const base = new URL(prometheus);
  const { username, password, host } = base;
  base.username = base.password = base.search = base.hash = "";
  const url = new URL(`${base.href.replace(/\/+$/, "")}/api/v1/admin/tsdb/snapshot`);
  const word = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const headers = { accept: "application/json", ...(username === "" ? {} : { authorization: `Basic ${word}` }) };
  const failed = (what: string, cause?: unknown) =>
    new HeadgateError("query.unavailable", `Prometheus at ${host}: ${what}`, { cause });
  const reply = await http({ method: "POST", url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }).catch(
    (error: unknown) => {
      throw failed(error instanceof Error ? error.message : String(error), error);
    },
  );
  const answer = parsed(reply.body);
  if (/admin apis? (is |are )?disabled/i.test(reply.body))
    throw failed("its admin API is off; it has to be started with --web.enable-admin-api to make snapshots");
  if (reply.status >= 300) throw failed(`no snapshot was made: ${reply.status} ${(answer?.error ?? "").slice(0, 300)}`);
  const name = answer?.data?.name;
  if (typeof name !== "string" || !NAME.test(name)) throw failed("a snapshot was made, and no usable name was given");
  return name;
}

interface Answer {
  readonly error?: string;
  readonly data?: { readonly name?: unknown };
}

function parsed(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

/** Removes a snapshot, and the folder of snapshots when it was the last one. */
export async function removeSnapshot(data: string, name: string): Promise<void> {
  if (!NAME.test(name)) throw new RangeError(`${name} is no snapshot`);
  await rm(snapshotFolder(data, name), { recursive: true, force: true });
  await rmdir(join(data, "snapshots")).catch(() => undefined);
}
