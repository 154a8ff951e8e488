import type { DurationMs, Millis } from "../core/kernel/time.ts";

/** How objects are kept in a bucket. What is absent is as the bucket has it by default. */
export interface S3Keeping {
  /** SSE-KMS with this key: id, alias or ARN. */
  readonly kmsKey?: string;
  readonly storageClass?: "STANDARD" | "STANDARD_IA" | "ONEZONE_IA" | "INTELLIGENT_TIERING" | "GLACIER_IR";
  /** Nobody can delete or overwrite what is written, from then on for so long. Only keys (without the prefix) that `applies` accepts; default all. */
  readonly objectLock?: {
    readonly mode: "governance" | "compliance";
    readonly for: DurationMs;
    readonly applies?: (key: string) => boolean;
  };
}

/** The members of a request that say so. */
export interface KeepingInput {
  readonly ServerSideEncryption?: "aws:kms";
  readonly SSEKMSKeyId?: string;
  readonly StorageClass?: NonNullable<S3Keeping["storageClass"]>;
  readonly ObjectLockMode?: "GOVERNANCE" | "COMPLIANCE";
  readonly ObjectLockRetainUntilDate?: Date;
  /** S3 wants a checksum with every locked write, whatever the client is set to. */
  readonly ChecksumAlgorithm?: "CRC32";
}

/** Undefined where nothing is to be said. */
export function keepingInput(
  { kmsKey, storageClass, objectLock }: S3Keeping,
  key: string,
  now: Millis,
): KeepingInput | undefined {
  const locked = objectLock && (objectLock.applies?.(key) ?? true) ? objectLock : undefined;
  const input: KeepingInput = {
    ...(kmsKey === undefined ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey }),
    // The default class needs no word, and some look-alikes know no word for it.
    ...(storageClass === undefined || storageClass === "STANDARD" ? {} : { StorageClass: storageClass }),
    ...(locked
      ? {
          ObjectLockMode: locked.mode === "compliance" ? "COMPLIANCE" : "GOVERNANCE",
          ObjectLockRetainUntilDate: new Date(now + locked.for),
          ChecksumAlgorithm: "CRC32",
        }
      : {}),
  };
  return Object.keys(input).length === 0 ? undefined : input;
}
