const QUICKEST_MS = 200;

/** How long to wait until a look at the log's heads: hints tell what is new, looks find what no hint told; where they find nothing, they become rare. */
export class LookPace {
  static readonly SLOWEST_MS = 2_000;
  private ms = QUICKEST_MS;

  /** The wait before the next look, ms. */
  next(): number {
    const { ms } = this;
    this.ms = Math.min(2 * ms, LookPace.SLOWEST_MS);
    return ms;
  }

  /** Something is new; answers whether looks had become rare, so that a wait is under way that is too long now. */
  quicken(): boolean {
    const rare = this.ms > 2 * QUICKEST_MS;
    this.ms = QUICKEST_MS;
    return rare;
  }
}
