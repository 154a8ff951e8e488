const STEPS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** Bytes as people read them, in steps of 1,000: "1.2 GB". */
export function bytesText(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 999.5 && step < STEPS.length - 1) {
    value /= 1_000;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${STEPS[step]}`;
}

/** A count with a comma each thousand. */
export const count = (value: number): string => value.toLocaleString("en-US");
