/** What a proxy does with a header, by name. */
export const Kind = {
  plain: 0,
  /** Belongs to one connection, not to the message (RFC 9110 §7.6.1): never passed on. */
  hop: 1,
  connection: 2,
  host: 3,
  contentLength: 4,
  transferEncoding: 5,
  forwardedFor: 6,
  forwardedProto: 7,
  forwardedHost: 8,
  traceparent: 9,
  expect: 10,
  idempotencyKey: 11,
  keepAlive: 12,
  trailer: 13,
  upgrade: 14,
  /** `extra` names have this kind and those above it. */
  extra: 16,
} as const;

const KINDS: Readonly<Record<string, number>> = {
  connection: Kind.connection,
  host: Kind.host,
  "content-length": Kind.contentLength,
  "transfer-encoding": Kind.transferEncoding,
  "x-forwarded-for": Kind.forwardedFor,
  "x-forwarded-proto": Kind.forwardedProto,
  "x-forwarded-host": Kind.forwardedHost,
  traceparent: Kind.traceparent,
  expect: Kind.expect,
  "idempotency-key": Kind.idempotencyKey,
  "keep-alive": Kind.keepAlive,
  trailer: Kind.trailer,
  upgrade: Kind.upgrade,
  "proxy-authenticate": Kind.hop,
  "proxy-authorization": Kind.hop,
  "proxy-connection": Kind.hop,
  te: Kind.hop,
};

const MOST_SPELLINGS = 1000;

/**
 * Tells the kind of a header as it was spelt. Spellings are remembered, as asking for the lower case each time is dear; so many at
 * most.
 *
 * @param extra further names in lower case, of kinds from `Kind.extra` on
 */
export function headerKinds(extra: Readonly<Record<string, number>>): (name: string) => number {
  const kinds = new Map([...Object.entries(extra), ...Object.entries(KINDS)]);
  const spellings = new Map<string, number>();
  return (name) => {
    const known = spellings.get(name);
    if (known !== undefined) return known;
    const kind = kinds.get(name.toLowerCase()) ?? Kind.plain;
    if (spellings.size < MOST_SPELLINGS && name.length <= 64) spellings.set(name, kind);
    return kind;
  };
}

/** Names that a Connection header lists, in lower case, without "close" and "keep-alive"; undefined where there are none. */
export function connectionNames(value: string): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  for (const part of value.toLowerCase().split(",")) {
    const name = part.trim();
    if (name !== "" && name !== "close" && name !== "keep-alive") (names ??= new Set()).add(name);
  }
  return names;
}
