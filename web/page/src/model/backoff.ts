/** How long to wait before the next attempt: doubling from first to most, a quarter of it random. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly first = 500,
    private readonly most = 15_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** The wait in milliseconds after another failure. */
  next(): number {
    const base = Math.min(this.most, this.first * 2 ** Math.min(this.failures, 30));
    this.failures++;
    return Math.round(base * (0.75 + 0.25 * this.random()));
  }

  /** Call this after a success: the next failure starts from the beginning. */
  reset(): void {
    this.failures = 0;
  }
}
