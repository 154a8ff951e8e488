import { type Decimal, fromNumber, multiply } from "../decimal.ts";
import { UNIT_PRICES } from "../self/prices.ts";
import { chargedBytes } from "./charged-bytes.ts";

/** USD for each terabyte, of 10^12 bytes. */
const PRICE = fromNumber(Number(UNIT_PRICES.scannedTb));

/** What one statement of Athena costs that has read so many bytes, USD. */
export const scanPrice = (scanned: number): Decimal => multiply(PRICE, fromNumber(chargedBytes(scanned) / 1e12));
