import type { Command } from "commander";
import type { Machine } from "./machine.ts";

/** Adds one command, or a group of them, to the program. What it does begins when it is called, not when it is added. */
export type AddCommand = (program: Command, machine: Machine) => void;
