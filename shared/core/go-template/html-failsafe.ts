/** What stands for a value that would not be safe; searched for, it leads to the place. */
export const FAILSAFE = "ZgotmplZ";
