import type { Millis } from "../kernel/time.ts";
import type { Page } from "./store.ts";

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Millis;
  /** Opaque validator; equal content written again may differ. */
  readonly etag: string;
}

export interface PutOptions {
  /** Only write if nothing is there; else HeadgateError `objects.exists`. */
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
}

/**
 * Bytes by key. Keys: 1..900 bytes of UTF-8, "/" separates, no "." or ".." part, no leading "/"; else HeadgateError `input.invalid`.
 * A reader sees a whole object or none, never half a write. Errors: `objects.exists`, `objects.unavailable` (retryable).
 */
export interface Objects {
  put(key: string, body: Uint8Array | string, options?: PutOptions): Promise<ObjectInfo>;
  /** Streams a body of unknown length in bounded memory (multipart on S3). Nothing is visible until it ends well. */
  putStream(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<ObjectInfo>;
  get(key: string, range?: { readonly start: number; readonly endExclusive: number }): Promise<Uint8Array | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Keys with the prefix in order of UTF-8 bytes. */
  list(prefix: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<Page<ObjectInfo>>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
}
