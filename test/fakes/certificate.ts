import { type KeyObject, sign } from "node:crypto";

/** DER of one value (X.690): tag, length, content. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
/** sha256WithRSAEncryption (RFC 4055), without parameters. */
const ALGORITHM = sequence(Buffer.from("06092a864886f70d01010b0500", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const time = (at: Date) => der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`));

/** A self-signed certificate (RFC 5280, version 1) for an RSA key, as PEM. Made when it is needed, so that no key lies in a repository. */
export function selfSigned(keys: { publicKey: KeyObject; privateKey: KeyObject }, from: Date, to: Date): string {
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from("sns.test")))));
  const body = sequence(
    der(0x02, Buffer.from([1])),
    ALGORITHM,
    name,
    sequence(time(from), time(to)),
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.from([0]), sign("RSA-SHA256", body, keys.privateKey));
  const base64 = sequence(body, ALGORITHM, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`;
}
