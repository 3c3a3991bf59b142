import type { Report } from './rule.ts';

/** Invariant 10: no secret in any record, valid or not, nor in anything else that leaves the system as text. */
export class Secrets {
  private readonly secrets: readonly string[];
  private readonly report: Report;

  constructor(secrets: readonly string[], report: Report) {
    this.secrets = secrets;
    this.report = report;
  }

  look(text: string, where: string): void {
    const found = this.secrets.findIndex((secret) => text.includes(secret));
    if (found >= 0) this.report(where, `holds secret ${found} in: ${text.slice(0, 40)}…`);
  }
}
