import { createHmac, randomBytes } from "node:crypto";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { AwsClients } from "./aws-clients.ts";
import { awsErrorName, awsRetryable } from "./aws-errors.ts";
import type { FileKey } from "./key-file.ts";
import { boxUp, packBox, unbox, unpackBox } from "./seal-box.ts";

/** What a data key belongs to; KMS sees it as encryption context, in its log too. */
export interface SealScope {
  readonly plan: string;
  readonly point: string;
}

/** Who makes and opens data keys. */
export interface Keyring {
  /** "file:<fingerprint>" or the ARN of a KMS key. */
  readonly id: string;
  fresh(scope: SealScope): Promise<{ readonly plain: Uint8Array; readonly wrapped: string }>;
  /** @throws HeadgateError `backup.key` for another key, `backup.damaged` for a wrapped key that was changed */
  open(key: string, wrapped: string, scope: SealScope): Promise<Uint8Array>;
  /** Same text, same digest, and nobody without the key can try texts; undefined: this key cannot. */
  digest?(plain: Uint8Array): string;
}

const bound = ({ plan, point }: SealScope) =>
  new TextEncoder().encode(JSON.stringify(["headgate-data-key", plan, point]));

const wrongKey = (needed: string, given: string): HeadgateError =>
  new HeadgateError("backup.key", `it was sealed with ${needed}, and the key given is ${given}`);
const damaged = (what: string) => new HeadgateError("backup.damaged", what);

export function fileKeyring([first, ...more]: readonly [FileKey, ...FileKey[]]): Keyring {
  const keys = [first, ...more];
  const idOf = ({ fingerprint }: FileKey) => `file:${fingerprint}`;
  const digestKey = createHmac("sha256", first.bytes).update("headgate-digest-1").digest();
  return {
    id: idOf(first),
    fresh: async (scope) => {
      const plain = new Uint8Array(randomBytes(32));
      return { plain, wrapped: packBox(boxUp(first.bytes, plain, bound(scope))) };
    },
    open: async (key, wrapped, scope) => {
      const own = keys.find((one) => idOf(one) === key);
      if (!own) throw wrongKey(key, keys.map(idOf).join(", "));
      const plain = unbox(own.bytes, unpackBox(wrapped), bound(scope));
      if (!plain) throw damaged("the sealed data key was changed, or belongs to another restore point");
      return plain;
    },
    digest: (plain) => createHmac("sha256", digestKey).update(plain).digest("hex"),
  };
}

/** A key of AWS KMS; the data keys are made there, so that the key itself never leaves it. */
export function kmsKeyring(arn: string, clients: Pick<AwsClients, "kms">): Keyring {
  const reach = (of: string) => Promise.all([clients.kms(of.split(":")[3] || undefined), import("./kms-calls.ts")]);
  const context = ({ plan, point }: SealScope) => ({ plan, point });
  const failed = (what: string, error: unknown): HeadgateError =>
    new HeadgateError("backup.key", `${what}: ${awsErrorName(error)}: ${(error as Error).message}`, {
      cause: error,
      retryable: awsRetryable(error),
    });
  return {
    id: arn,
    fresh: async (scope) => {
      try {
        const [client, kms] = await reach(arn);
        const made = await kms.generateDataKey(client, {
          ...{ KeyId: arn, KeySpec: "AES_256", EncryptionContext: context(scope) },
        });
        if (!made.Plaintext || !made.CiphertextBlob) throw new Error("the answer holds no data key");
        return { plain: made.Plaintext, wrapped: Buffer.from(made.CiphertextBlob).toString("base64") };
      } catch (error) {
        throw failed(`KMS makes no data key with ${arn}`, error);
      }
    },
    open: async (key, wrapped, scope) => {
      if (!key.startsWith("arn:")) throw wrongKey(key, arn);
      try {
        const [client, kms] = await reach(key);
        const { Plaintext } = await kms.decrypt(client, {
          KeyId: key,
          CiphertextBlob: new Uint8Array(Buffer.from(wrapped, "base64")),
          EncryptionContext: context(scope),
        });
        if (!Plaintext) throw new Error("the answer holds no data key");
        return Plaintext;
      } catch (error) {
        if (awsErrorName(error) === "InvalidCiphertextException")
          throw damaged("KMS says that the sealed data key was changed, or belongs to another restore point");
        if (awsErrorName(error) === "IncorrectKeyException") throw wrongKey(key, arn);
        throw failed(`KMS does not open what ${key} sealed`, error);
      }
    },
  };
}
