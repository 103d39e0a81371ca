/** A catalogue with exactly the keys of another: a missing or extra key does not compile. */
export type SameKeys<T> = { [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> }
