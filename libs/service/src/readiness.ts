/** What a process still waits for before it can serve; `/readyz` tells the first reason. */
export class Readiness {
  private readonly looks: (() => string | undefined)[] = [];

  /** `look` answers a reason for as long as there is one. */
  add(look: () => string | undefined): void {
    this.looks.push(look);
  }

  /** Undefined where nothing is waited for. */
  get reason(): string | undefined {
    for (const look of this.looks) {
      const reason = look();
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
}
