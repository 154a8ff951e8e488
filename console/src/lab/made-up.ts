const DAY = 86_400;
const STEP = 300;
const DAYS = 14;
/** A Monday. */
const START = 1_767_571_200;

/**
 * A fortnight that nobody measured: days, a quieter weekend, noise and one spike, the same for everybody. As CSV, a row in five minutes: enough to
 * look at policies before anything is recorded.
 */
export function madeUpFortnight(): string {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const rows = Array.from({ length: (DAYS * DAY) / STEP }, (_, index) => {
    const at = index * STEP;
    const day = Math.floor(at / DAY);
    const hours = (at % DAY) / 3600;
    const shape = 0.35 + 0.65 * Math.max(0, Math.sin(((hours - 6) / 24) * 2 * Math.PI)) ** 0.8;
    const spike = day === 9 && hours >= 14 && hours < 15 ? 2.2 : 1;
    const rate = 400 * shape * (day % 7 >= 5 ? 0.6 : 1) * spike * (1 + 0.16 * (random() + random() - 1));
    return `${START + at},${rate.toFixed(1)}`;
  });
  return `timestamp,value\n${rows.join("\n")}\n`;
}
