import { BlockList, isIP } from "node:net";

/** Networks that lead back into the machine or to the cloud's metadata and credentials, never to somebody's receiver. */
const NETWORKS: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ["127.0.0.0", 8, "a loopback address"],
  ["::1", 128, "a loopback address"],
  ["0.0.0.0", 8, "this machine"],
  ["::", 128, "this machine"],
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

/** NAT64's well-known prefix (RFC 6052): its last 32 bits are an IPv4 address. */
const NAT64 = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** Why an address may not be reached, "a loopback address"; undefined for any other and for what is no address but a name. */
export function refusedAddress(address: string): string | undefined {
  if (isIP(address) === 0) return undefined;
  // BlockList sees through IPv4 in IPv6 (::ffff:127.0.0.1) by itself.
  const found = lists.find(({ list }) => list.check(address, family(address)))?.what;
  if (found) return found;
  const [, high, low] = NAT64.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return refusedAddress([24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join("."));
}
