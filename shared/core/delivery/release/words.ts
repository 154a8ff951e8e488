/**
 * The words of a command line, as a shell would split them: blanks separate, quotes keep together, a backslash takes the next
 * character as it is. Nothing is expanded. Undefined where a quote is not closed.
 */
export function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index += 1) {
    const char = line.charAt(index);
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"' && /["\\]/.test(line.charAt(index + 1)))
        word = `${word ?? ""}${line.charAt((index += 1))}`;
      else word = `${word ?? ""}${char}`;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === "\\" && index + 1 < line.length) word = `${word ?? ""}${line.charAt((index += 1))}`;
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ""}${char}`;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}
