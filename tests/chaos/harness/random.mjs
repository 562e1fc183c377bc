const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
if (!Number.isInteger(seed)) throw new Error(`SEED is '${process.env.SEED}'; it must be a whole number.`);
if (process.env.SEED === undefined) console.log(`SEED=${seed}`);

let state = seed;

/** A number from 0 up to 1, the next of a sequence that SEED repeats (the generator mulberry32). */
export function random() {
  state = (state + 0x6d2b79f5) | 0;
  let bits = Math.imul(state ^ (state >>> 15), 1 | state);
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
