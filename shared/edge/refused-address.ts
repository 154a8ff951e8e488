import { BlockList, isIP } from "node:net";

const LOOPBACK = "a loopback address";
const UNSPECIFIED = "this machine";

/** Networks that lead back into the machine or to the cloud's metadata and credentials, never to somebody's receiver. */
const NETWORKS: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ["127.0.0.0", 8, LOOPBACK],
  ["::1", 128, LOOPBACK],
  ["0.0.0.0", 8, UNSPECIFIED],
  ["::", 128, UNSPECIFIED],
  ["169.254.0.0", 16, "a link-local address"],
  ["fe80::", 10, "a link-local address"],
  // EC2's metadata over IPv6 (fd00:ec2::254) and Lambda's and EKS's neighbours of it.
  ["fd00:ec2::", 32, "a metadata address"],
  ["224.0.0.0", 4, "a multicast address"],
  ["ff00::", 8, "a multicast address"],
];

const family = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

const lists = NETWORKS.map(([network, prefix, what]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, family(network));
  return { list, what };
});

/** The 16-bit groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const read = (text: string) =>
    text === ""
      ? []
      : text.split(":").flatMap((part) => {
          if (!part.includes(".")) return [Number.parseInt(part, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const [left, right] = [read(head), read(tail ?? "")];
  return tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * Prefixes whose addresses carry an IPv4 address that a gateway (or an old stack) goes to instead, and the group where it begins:
 * IPv4-compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, 8215) and 6to4 (RFC 3056).
 */
const CARRIERS: readonly (readonly [prefix: readonly number[], at: number])[] = [
  [[0, 0, 0, 0, 0, 0], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 1], 6],
  [[0x2002], 1],
];

function carried(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const groups = groupsOf(address);
  const found = CARRIERS.find(([prefix]) => prefix.every((group, index) => groups[index] === group));
  if (!found) return undefined;
  return [groups[found[1]] ?? 0, groups[found[1] + 1] ?? 0].flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

/** Why an address may not be reached, "a loopback address"; undefined for any other and for what is no address but a name. */
export function refusedAddress(address: string): string | undefined {
  if (isIP(address) === 0) return undefined;
  // BlockList sees through IPv4 in IPv6 (::ffff:127.0.0.1) by itself, and knows no zones (fe80::1%eth0).
  const plain = address.replace(/%.*$/, "");
  const found = lists.find(({ list }) => list.check(plain, family(plain)))?.what;
  if (found) return found;
  const inside = carried(plain);
  return inside === undefined ? undefined : refusedAddress(inside);
}

/** Whether it is this machine that an address leads to, as {@link refusedAddress} tells it. */
export const isThisMachine = (what: string): boolean => what === LOOPBACK || what === UNSPECIFIED;
