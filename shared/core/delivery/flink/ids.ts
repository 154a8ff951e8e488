import { hex128 } from "../../kernel/hash.ts";
import type { Colour } from "./types.ts";

/** What our job ids begin with, so that a running job tells its colour by itself. */
const MARK: Readonly<Record<Colour, string>> = { blue: "b1", green: "9e" };

/** Colour of a job that runs; one whose id was not given by us counts as blue. */
export const colourOf = (jobId: string): Colour => (jobId.startsWith(MARK.green) ? "green" : "blue");

export const otherColour = (colour: Colour): Colour => (colour === "blue" ? "green" : "blue");

/** 32 hex digits: the same for the same rollout and purpose, so that whoever repeats a submission starts nothing twice. */
export const jobIdOf = (rollout: string, purpose: string, colour: Colour): string =>
  MARK[colour] + hex128(`${rollout} ${purpose} ${colour}`).slice(2);

/** 32 hex digits: with it Flink takes one savepoint, however often it is asked. */
export const triggerIdOf = (rollout: string): string => hex128(`${rollout} savepoint`);
