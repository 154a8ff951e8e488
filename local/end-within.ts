/** Waits for all of them, but no longer than this; what is not done then goes on, and is not waited for. @param ms real milliseconds */
export async function endWithin(working: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const longest = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(working), longest]);
  clearTimeout(timer);
}
