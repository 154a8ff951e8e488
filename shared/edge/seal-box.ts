import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** AES-256-GCM in three pieces. */
export interface Box {
  readonly nonce: Uint8Array;
  readonly tag: Uint8Array;
  readonly text: Uint8Array;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function boxUp(key: Uint8Array, plain: Uint8Array, bound: Uint8Array): Box {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { nonce, tag: cipher.getAuthTag(), text };
}

/** Undefined where key, bytes or what it is bound to are not those it was made with. */
export function unbox(key: Uint8Array, { nonce, tag, text }: Box, bound: Uint8Array): Uint8Array | undefined {
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound);
    decipher.setAuthTag(tag);
    return new Uint8Array(Buffer.concat([decipher.update(text), decipher.final()]));
  } catch {
    return undefined;
  }
}

/** One text of nonce, tag and text, base64. */
export const packBox = ({ nonce, tag, text }: Box): string => Buffer.concat([nonce, tag, text]).toString("base64");

export function unpackBox(packed: string): Box {
  const bytes = new Uint8Array(Buffer.from(packed, "base64"));
  const cut = NONCE_BYTES + TAG_BYTES;
  return { nonce: bytes.subarray(0, NONCE_BYTES), tag: bytes.subarray(NONCE_BYTES, cut), text: bytes.subarray(cut) };
}
