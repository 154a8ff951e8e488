import type { S3Client } from "@aws-sdk/client-s3";
import type { Millis } from "../core/kernel/time.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorStatus } from "./aws-errors.ts";

export interface S3UploadsOptions {
  readonly client: ClientSource<S3Client>;
  readonly bucket: string;
  readonly prefix?: string;
  readonly region?: string;
}

/** ListMultipartUploads answers at most 1,000; more than this are left for the next time. */
const MOST_PAGES = 20;

/**
 * Aborts multipart uploads below a prefix that were begun before an instant; nothing of them was ever visible. Resolves to how many.
 *
 * @throws HeadgateError `objects.unavailable`
 */
export async function abortUploads(options: S3UploadsOptions, before: Millis): Promise<number> {
  const [client, s3] = await Promise.all([clientOf(options.client, options.region), import("./s3-calls.ts")]);
  const place = { Bucket: options.bucket };
  let aborted = 0;
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  try {
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await s3.listUploads(client, { ...place, Prefix: options.prefix ?? "", ...after });
      for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
        if (Key === undefined || UploadId === undefined || !Initiated || Initiated.getTime() >= before) continue;
        try {
          await s3.abortUpload(client, { ...place, Key, UploadId });
          aborted += 1;
        } catch (error) {
          // Somebody else was faster, or it was finished in this moment.
          if (awsErrorStatus(error) !== 404) throw error;
        }
      }
      const { NextKeyMarker, NextUploadIdMarker } = answer;
      if (!answer.IsTruncated || NextKeyMarker === undefined) break;
      after = { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker ? { UploadIdMarker: NextUploadIdMarker } : {}) };
    }
    return aborted;
  } catch (error) {
    throw awsError("objects.unavailable", `unfinished uploads of ${options.bucket} could not be given up`, error);
  }
}
