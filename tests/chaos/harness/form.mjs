/** `make chaos` is the long form, `make test` has the short one. */
export const isLong = process.env.CHAOS === 'long';

/** What a scenario has in the short form, and in the long one. */
export const inForm = (short, long) => isLong ? long : short;

/** How many tasks a scenario has at least. */
export const tasks = Number(process.env.TASKS ?? inForm(1_000, 5_000));
