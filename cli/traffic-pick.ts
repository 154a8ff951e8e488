import { readFile } from "node:fs/promises";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { GivenHost } from "../shared/core/traffic/simulate/hosts-read.ts";
import type { Balancing } from "../shared/core/traffic/simulate/setting.ts";
import type { Host, PickRequest, PickWhy } from "../shared/core/traffic/types.ts";
import { type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain, table } from "./io.ts";
import { HOSTS, noBackends, readHostsFile, SERVICE, UNIT, unitOf } from "./traffic-hosts.ts";
import {
  balancingsFrom,
  listed,
  numberOf,
  POLICY,
  policiesOf,
  SEED,
  SET,
  seedOf,
  TABLE_SIZE,
  TAGS,
} from "./traffic-options.ts";

const HELP = "headgate traffic pick --help";
/** Candidates shown to people; the document has them all. */
const MOST_SHOWN = 20;
const STATES = ["healthy", "unhealthy", "ejected", "open", "closed", "draining"] as const;

/** What is in the way of some hosts, beside what the file says: `a:80=unhealthy`; without a name it is all of them. */
function withStates(hosts: readonly GivenHost[], options: Given): readonly GivenHost[] {
  return listed(text(options, "state")).reduce((all, one) => {
    const split = one.lastIndexOf("=");
    const [id, state] = [one.slice(0, Math.max(0, split)), one.slice(split + 1)];
    if (!STATES.some((known) => known === state))
      throw new UsageError(`--state ${JSON.stringify(one)} is no HOST=${STATES.join("|")}`, HELP);
    if (split >= 0 && !all.some(({ host }) => host.backend.id === id))
      throw new UsageError(`--state names ${JSON.stringify(id)}, which is no host of the file`, HELP);
    return all.map((given) =>
      split < 0 || given.host.backend.id === id ? { ...given, host: inState(given.host, state) } : given,
    );
  }, hosts);
}

const inState = (host: Host, state: string): Host => ({
  ...host,
  ...(state === "healthy" ? { healthy: true, ejected: false, open: false, draining: false } : {}),
  ...(state === "unhealthy" ? { healthy: false } : {}),
  ...(state === "ejected" ? { ejected: true } : {}),
  ...(state === "open" || state === "closed" ? { open: state === "open" } : {}),
  ...(state === "draining" ? { draining: true } : {}),
});

/** The bytes to be hashed; undefined: the request has no key. */
async function keyOf(options: Given): Promise<Uint8Array | undefined> {
  const [words, hex, file] = [text(options, "key"), text(options, "key-hex"), text(options, "key-file")];
  if ([words, hex, file].filter((one) => one !== undefined).length > 1)
    throw new UsageError("one of --key, --key-hex and --key-file", HELP);
  if (words !== undefined) return new TextEncoder().encode(words);
  if (hex !== undefined) {
    if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new UsageError("--key-hex is no hexadecimal text of whole bytes", HELP);
    return Uint8Array.from(Buffer.from(hex, "hex"));
  }
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    throw new HeadgateError(
      "input.invalid",
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  }
}

const figure = (value: number): string => (Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(4))}`);

function tell(io: Io, why: PickWhy, sequence: readonly (string | null)[]): void {
  io.line(plain(why.host ?? "none"));
  for (const step of why.steps) io.line(plain(`  ${step}`));
  if (sequence.length > 1) io.line(plain(`in turn: ${sequence.map((one) => one ?? "none").join(" ")}`));
  if (why.candidates.length === 0) return;
  const first = [...why.candidates].sort((a, b) => Number(b.picked) - Number(a.picked)).slice(0, MOST_SHOWN);
  const rows = first.map((one) => [
    one.id,
    one.picked ? "picked" : (one.excluded ?? ""),
    Object.entries(one.values)
      .map(([name, value]) => `${name} ${figure(value)}`)
      .join(", "),
  ]);
  for (const line of table([["HOST", "", "COMPARED"], ...rows])) io.line(line);
  if (why.candidates.length > first.length) io.line(`and ${why.candidates.length - first.length} more`);
}

/** The same of a service that runs, with its own policy and loads. */
async function live(io: Io, options: Given): Promise<0 | 1> {
  const service = text(options, "service");
  if (service === undefined) throw new UsageError("--hosts FILE is missing, or --service NAME of what runs", HELP);
  const other = Object.keys(options).find((name) => options[name] !== undefined && !LIVE.has(name));
  if (other !== undefined) throw new UsageError(`--${other} needs --hosts: a service that runs has its own`, HELP);
  const { pickLive } = await import("./traffic-pick-live.ts");
  const [key, tags] = [text(options, "key"), text(options, "tags")];
  const view = await pickLive(io, service, {
    ...(key === undefined ? {} : { key }),
    ...(tags === undefined ? {} : { tags: listed(tags) }),
  });
  io.document(view);
  tell(io, view, [view.host ?? null]);
  return view.host === undefined ? 1 : 0;
}

/** Options that a service that runs can be asked with; the others are those of every verb. */
const LIVE = new Set(["service", "key", "tags", "json", "url", "debug", "help"]);

/** `headgate traffic pick`. */
export const trafficPickVerb: Verb = {
  name: "pick",
  about:
    "Which host of a file (or, without one, of a service that runs) is picked, and why: what is in the way of each host and what was compared. Exits 1 where there is no host to pick.",
  options: [
    { ...HOSTS, required: false, about: `${HOSTS.about}; without it a running Headgate is asked about --service` },
    { ...POLICY, about: `${POLICY.about} (default: least_response_time)` },
    { name: "key", value: "TEXT", about: "what consistent hashing hashes" },
    { name: "key-hex", value: "BYTES", about: "the same, any bytes in hexadecimal" },
    { name: "key-file", value: "FILE", about: "the same, the bytes of a file" },
    TAGS,
    UNIT,
    TABLE_SIZE,
    { name: "count", value: "N", about: "so many requests one after the other, none of which has ended (default: 1)" },
    { name: "state", value: "HOST=STATE,...", about: `what the file does not say: ${STATES.join(", ")}` },
    SET,
    SEED,
    SERVICE,
  ],
  example: "headgate traffic pick --hosts hosts.yaml --policy maglev --key user-42 --json",
  run: async ({ io, options }) => {
    if (text(options, "hosts") === undefined) return live(io, options);
    const [policy, second] = policiesOf(text(options, "policy") ?? "least_response_time", HELP);
    if (!policy || second) throw new UsageError("--policy: one policy is picked by", HELP);
    const [seed, unit] = [seedOf(options, HELP), unitOf(options, HELP)];
    const [balancing] = (await balancingsFrom([policy], options, HELP)) as [Balancing];
    const count = numberOf(options, "count", { least: 1, most: 1_000_000, otherwise: 1, whole: true }, HELP);
    const key = await keyOf(options);
    const [file, service] = [text(options, "hosts") as string, text(options, "service")];
    const given = await readHostsFile(io, file, { unit, service });
    const hosts = withStates(given, options);
    if (hosts.length === 0) return noBackends(io, file, service);

    const [{ xxHash64 }, { pickFrom }] = await Promise.all([
      import("../shared/core/traffic/hash/xxhash64.ts"),
      import("../shared/core/traffic/simulate/pick.ts"),
    ]);
    const hash = key && xxHash64(key);
    const tags = text(options, "tags") === undefined ? undefined : listed(text(options, "tags"));
    const request: Omit<PickRequest, "at"> = {
      hashed: hash !== undefined,
      hashHigh: hash?.high ?? 0,
      hashLow: hash?.low ?? 0,
      tags,
    };
    const { why, picks } = pickFrom(hosts, balancing, request, { count, seed });
    const idOf = (index: number): string | null => hosts[index]?.host.backend.id ?? null;
    const [first = -1] = picks;
    const sequence = picks.map(idOf);
    io.document({
      policy,
      host: idOf(first),
      index: first < 0 ? null : first,
      reason: why.reason,
      panic: why.panic,
      ...(text(options, "count") === undefined ? {} : { sequence }),
      why,
    });
    tell(io, why, sequence);
    return first < 0 ? 1 : 0;
  },
};
