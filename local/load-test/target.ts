import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HttpTarget } from "../../shared/core/readiness/load/plan.ts";
import type { Secrets } from "../../shared/edge/notify/secrets.ts";
import type { WireRequest } from "./http-sender.ts";

/** Networks that a load test may reach unasked: this machine, and those that are nobody else's (RFC 1918, 4193, 6598). */
const OWN: readonly (readonly [network: string, prefix: number])[] = [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["::1", 128],
  ["fc00::", 7],
];
const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
const own = new BlockList();
for (const [network, prefix] of OWN) own.addSubnet(network, prefix, familyOf(network));

/** Whether an address belongs to this machine or a private network. */
export const isOwn = (address: string): boolean => own.check(address, familyOf(address));

/**
 * The address that a host has now, where load may be sent there: all its addresses are this machine's or private, or somebody said that the
 * host is theirs. What was looked up is what is connected to: a name that is changed in between must not send load to somebody else.
 *
 * @throws HeadgateError `input.invalid`
 */
export async function allowedAddress(host: string, owned: readonly string[]): Promise<string> {
  const name = host.replace(/^\[|\]$/g, "");
  const found = await lookup(name, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new HeadgateError("input.invalid", `${name} has no address (${error.code ?? error.message})`);
  });
  // Loopback names have both; services of this machine mostly listen on IPv4.
  const first = found.find(({ family }) => family === 4) ?? found[0];
  const foreign = found.find(({ address }) => !isOwn(address));
  if (!first) throw new HeadgateError("input.invalid", `${name} has no address`);
  if (foreign && !owned.includes(name))
    throw new HeadgateError(
      "input.invalid",
      `${name} (${foreign.address}) is neither this machine nor in a private network; if it is yours, say so: --yes-i-own ${name}`,
    );
  return first.address;
}

/** Headers that the generator writes itself. */
const OURS = new Set(["content-length", "transfer-encoding", "connection"]);

/**
 * The requests of a plan as they go over the wire; secrets are read from where they are kept.
 *
 * @throws HeadgateError `input.invalid` where a header is ours to write, or a secret is not there
 */
export async function wireRequests(target: HttpTarget, secrets: Secrets): Promise<readonly WireRequest[]> {
  const { host } = new URL(target.url);
  return Promise.all(
    target.requests.map(async ({ method, path, headers, body, weight, expect }, index) => {
      const all = new Map([["host", host]]);
      for (const [name, value] of [...Object.entries(target.headers), ...Object.entries(headers)]) {
        if (OURS.has(name.toLowerCase()))
          throw new HeadgateError(
            "input.invalid",
            `requests[${index}]: the header ${name} is written by the test itself`,
          );
        all.set(name.toLowerCase(), await secretOr(value, name, secrets));
      }
      if (!all.has("user-agent")) all.set("user-agent", "headgate-load");
      const content = Buffer.from(body ?? "", "utf8");
      if (body !== undefined || ["POST", "PUT", "PATCH"].includes(method))
        all.set("content-length", String(content.length));
      const lines = [...all].map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const bytes = Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`, "latin1"), content]);
      return { bytes, method, weight, ...(expect === undefined ? {} : { expect }) };
    }),
  );
}

/** The value behind a reference. A message names the header, never the value. */
async function secretOr(value: string, name: string, secrets: Secrets): Promise<string> {
  const found = secrets.value(value);
  if (found === undefined) return value;
  const text = (
    await found.catch((error: Error) => {
      throw new HeadgateError("input.invalid", `header ${name}: ${error.message}`);
    })
  ).trim();
  if (/[\r\n\0]/.test(text))
    throw new HeadgateError("input.invalid", `header ${name}: what is kept there has line breaks`);
  return text;
}
