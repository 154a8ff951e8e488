import { createHash, createHmac } from "node:crypto";
import type { SignatureV4 } from "@smithy/signature-v4";

type Bytes = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Bytes): Uint8Array | string => {
  if (typeof data === "string") return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** SHA-256, and HMAC-SHA-256 with a secret, as the signer wants them: something to be called with `new`. */
function Sha256(secret?: Bytes) {
  const fresh = () => (secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret)));
  let hash = fresh();
  return {
    update: (data: Bytes) => void hash.update(bytesOf(data)),
    digest: async () => new Uint8Array(hash.digest()),
    reset: () => {
      hash = fresh();
    },
  };
}

/** As the signer's options want it. */
export const SHA256 = Sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]["sha256"];
