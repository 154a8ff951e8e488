import type { LogRecord } from "../../shared/core/backup/batch/records.ts";
import { ORIGIN_HEADER } from "../../shared/core/backup/restore/origin.ts";

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Headers without the one that a translated record was given: it is the last of its name, since the record may have come out of a restore before. */
function given({ headers }: LogRecord, translated: boolean): LogRecord["headers"] {
  const at = translated ? headers.findLastIndex(({ key }) => key === ORIGIN_HEADER) : -1;
  return at < 0 ? headers : headers.filter((_, index) => index !== at);
}

/** Timestamp, key, value and headers in their order. `translated`: the restored one bears its origin, which the other has not. */
export function sameRecord(source: LogRecord, restored: LogRecord, translated = false): boolean {
  if (source.timestamp !== restored.timestamp) return false;
  if (!sameBytes(source.key, restored.key) || !sameBytes(source.value, restored.value)) return false;
  const right = given(restored, translated);
  return (
    source.headers.length === right.length &&
    source.headers.every((header, index) => {
      const other = right[index];
      return other !== undefined && sameBytes(header.keyBytes, other.keyBytes) && sameBytes(header.value, other.value);
    })
  );
}
