/** A set of small whole numbers as text, four to a hexadecimal digit: 10,000 of them are 2,500 characters. */
export type Bits = string;

const at = (bits: Bits, index: number): number => Number.parseInt(bits[index] ?? "0", 16);

export const hasBit = (bits: Bits, number: number): boolean => (at(bits, number >> 2) & (1 << (number & 3))) !== 0;

/** The set with more numbers in it; the same text where they were in it already. */
export function withBits(bits: Bits, numbers: readonly number[]): Bits {
  if (numbers.every((number) => hasBit(bits, number))) return bits;
  const digits = [...bits].map((digit) => Number.parseInt(digit, 16));
  for (const number of numbers) {
    while (digits.length <= number >> 2) digits.push(0);
    digits[number >> 2] = (digits[number >> 2] ?? 0) | (1 << (number & 3));
  }
  return digits.map((digit) => digit.toString(16)).join("");
}
