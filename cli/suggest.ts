/** Edit distance in which swapping two neighbours counts once (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** What was probably meant: the nearest candidate, if at most a third of it is mistyped (or it continues what was given). */
export function suggest(given: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      far: candidate.startsWith(given) && given !== "" ? 0.5 : distance(given, candidate),
    }))
    .sort((a, b) => a.far - b.far)[0];
  return ranked && ranked.far <= Math.max(1, Math.ceil(ranked.candidate.length / 3)) ? ranked.candidate : undefined;
}
