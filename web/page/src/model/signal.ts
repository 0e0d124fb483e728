/** A value that tells its watchers when it changes. */
export class Signal<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    this.tell();
  }

  /** tell is for values that were changed in place. */
  tell(): void {
    for (const watcher of this.watchers) watcher(this.current);
  }

  /** watch calls now and at each change. */
  watch(watcher: (value: T) => void): void {
    this.watchers.add(watcher);
    watcher(this.current);
  }
}
