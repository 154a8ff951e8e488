/** A name of letters, digits and the marks of RFC 9110; any other is left as it is. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

/** A header's name as Go writes it: the first letter and those after a hyphen large, the others small. */
export const canonicalHeader = (name: string): string =>
  TOKEN.test(name)
    ? name
        .toLowerCase()
        .replace(/(^|-)([a-z])/g, (_all, before: string, letter: string) => before + letter.toUpperCase())
    : name;
