import type { Ports } from '@novacron/kernel';

/** The world of one invocation: the only way commands reach terminal, environment, clock and signals. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly ports: Ports;
  /** Size of the terminal that `out` writes to; undefined where it is none. */
  readonly terminal: { readonly columns: number; readonly lines: number } | undefined;
  readonly colour: boolean;
  /** Calls back at Ctrl-C instead of ending the process; returns what ends that. */
  onInterrupt(callback: () => void): () => void;
  /** Runs a Node program of this clone on our terminal; resolves to its exit code. */
  spawn(script: string, args: readonly string[]): Promise<number>;
}
