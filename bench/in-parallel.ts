// This file is about doing many things with so many in flight.

export async function inParallel<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, i)
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
